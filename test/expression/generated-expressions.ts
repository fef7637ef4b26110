// Makes random expressions over the whole subset, each written twice: for us, and for V8 as the oracle (where `==` is
// `===`, the left of `??` has `?.` everywhere, and a replacement is a function, because ours takes `$` literally).

import { KEYS, LITERALS, PATHS, type Kind } from './generated-data.ts';

/** One expression in both spellings. */
export interface Generated {
  ours: string;
  oracle: string;
}

/** A generator of numbers in [0, 1) from a seed (mulberry32, by Tommy Ettinger, public domain). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const KINDS: Kind[] = ['number', 'string', 'boolean', 'numbers', 'strings', 'objects', 'object', 'any'];

type Maker = (level: number) => Generated;

/** Creates a function that makes one expression after another. */
export function createGenerator(random: () => number): () => Generated {
  let locals: { name: string; kind: Kind }[] = [];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chance = (probability: number): boolean => random() < probability;
  const plain = (text: string): Generated => ({ ours: text, oracle: text });

  /** Joins parts of both spellings. */
  function join(strings: TemplateStringsArray, ...parts: (Generated | string)[]): Generated {
    const text = (side: keyof Generated): string =>
      String.raw({ raw: strings }, ...parts.map((part) => (typeof part === 'string' ? part : part[side])));
    return { ours: text('ours'), oracle: text('oracle') };
  }

  function make(kind: Kind, level: number): Generated {
    const wanted = chance(0.04) ? pick(KINDS) : kind;
    if (level <= 0 || chance(0.15)) return leaf(wanted);
    if (chance(0.06))
      return join`(${make('boolean', level - 1)} ? ${make(wanted, level - 1)} : ${make(wanted, level - 1)})`;
    if (chance(0.06)) return join`(${make(wanted, level - 1)} ${pick(['&&', '||'])} ${make(wanted, level - 1)})`;
    if (chance(0.06)) return fallback(wanted, level);
    return pick(MAKERS[wanted])(level - 1);
  }

  function leaf(kind: Kind): Generated {
    const near = locals.filter((local) => local.kind === kind || chance(0.05));
    if (near.length > 0 && chance(0.6)) return plain(pick(near).name);
    return plain(chance(0.7) ? pick(PATHS[kind]) : parenthesised(pick(LITERALS[kind])));
  }

  function parenthesised(literal: string): string {
    return /^[-{\d.]/.test(literal) ? `(${literal})` : literal;
  }

  /** `path ?? other`, where the path may break off anywhere. */
  function fallback(kind: Kind, level: number): Generated {
    let ours = chance(0.5) ? 'event.body' : pick(['event', 'item', 'vars', 'error', 'event.body.items[2].size']);
    let oracle = ours.replaceAll('.', '?.').replace('[', '?.[');
    for (let count = Math.floor(random() * 3); count >= 0; count--) {
      const key = pick(KEYS);
      const link = /^\d/.test(key) || chance(0.2) ? `['${key}']` : `.${key}`;
      ours += chance(0.1) ? `?.${link.replace(/^\./, '')}` : link;
      oracle += `?.${link.replace(/^\./, '')}`;
    }
    return join`(${{ ours, oracle }} ?? ${make(kind, level - 1)})`;
  }

  /** A chain with `?.` where one may be, over anything. */
  function optionalChain(): Generated {
    let text = pick([
      'event?.body',
      'event.body',
      'error',
      'item',
      'vars?.nothing',
      'event.body.items',
      'event.body.table',
    ]);
    for (let count = Math.floor(random() * 3); count >= 0; count--) {
      const key = pick(KEYS);
      const link = /^\d/.test(key) ? `[${key}]` : `.${key}`;
      text += chance(0.7) ? `?.${link.replace(/^\./, '')}` : link;
    }
    return plain(chance(0.2) ? `(${text})` : text);
  }

  function arrow(parameters: [string, Kind][], result: Kind, level: number): Generated {
    const outer = locals;
    const shown = parameters.map(([name]) => name);
    locals = [...locals, ...parameters.map(([name, kind]) => ({ name, kind }))];
    const body = make(result, level - 1);
    locals = outer;
    return join`(${shown.join(', ')}) => (${body})`;
  }

  /** Any list, with the kind of its elements. */
  function list(level: number): [Generated, Kind] {
    const [kind, element] = pick([
      ['numbers', 'number'],
      ['strings', 'string'],
      ['objects', 'object'],
    ] as const);
    return [make(kind, level), element];
  }

  function callback(element: Kind, result: Kind, level: number): Generated {
    if (element === 'object' && chance(0.3)) {
      const outer = locals;
      locals = [...locals, { name: 'id', kind: 'number' }, { name: 'label', kind: 'string' }];
      const body = make(result, level - 1);
      locals = outer;
      return join`({ id, name: label }) => (${body})`;
    }
    return arrow(
      chance(0.7)
        ? [['x', element]]
        : [
            ['x', element],
            ['i', 'number'],
          ],
      result,
      level,
    );
  }

  const method = (level: number, result: Kind, name: string): Generated => {
    const [values, element] = list(level);
    return join`${values}.${name}(${callback(element, result, level)})`;
  };
  const text: Maker = (level) => make('string', level);
  const number: Maker = (level) => make('number', level);
  const small = (): string => pick(['0', '1', '2', '-1', '3', '-2', '5', '1.5']);

  const MAKERS: Record<Kind, Maker[]> = {
    number: [
      (level) => join`(${number(level)} ${pick(['+', '-', '*', '/', '%', '**'])} ${number(level)})`,
      (level) =>
        join`(${number(level)} ${pick(['+', '-', '*'])} ${leaf('number')} ${pick(['+', '-', '*', '%'])} ${leaf('number')})`,
      (level) => join`(${pick(['-', '+'])}${number(level)})`,
      (level) => join`(+${text(level)})`,
      (level) => join`Number(${make(pick(['string', 'number', 'boolean']), level)})`,
      (level) =>
        join`Math.${pick(['floor', 'ceil', 'round', 'abs', 'trunc', 'sign', 'sqrt', 'cbrt', 'log2', 'sin'])}(${number(level)})`,
      (level) =>
        join`Math.${pick(['max', 'min', 'hypot', 'pow', 'atan2', 'imul'])}(${number(level)}, ${number(level)})`,
      (level) => join`${text(level)}.length`,
      (level) => join`${list(level)[0]}.length`,
      (level) =>
        join`${text(level)}.${pick(['indexOf', 'lastIndexOf'])}(${text(level)}${chance(0.3) ? `, ${small()}` : ''})`,
      (level) => join`${make('numbers', level)}.indexOf(${number(level)})`,
      (level) => method(level, 'boolean', 'findIndex'),
      (level) =>
        join`${make('numbers', level)}.reduce(${arrow(
          [
            ['sum', 'number'],
            ['x', 'number'],
          ],
          'number',
          level,
        )}${chance(0.8) ? ', 0' : ''})`,
      (level) => join`${pick(['sum', 'min', 'max'])}(${make('numbers', level)})`,
      (level) => join`sum(${make('objects', level)}, ${callback('object', 'number', level)})`,
      (level) => join`Math.max(...${make('numbers', level)})`,
    ],
    string: [
      (level) => join`(${text(level)} + ${make(pick(['string', 'number', 'boolean']), level)})`,
      (level) => join`(${number(level)} + ${text(level)})`,
      (level) => join`\`<\${${text(level)}}|\${${number(level)}}>\``,
      (level) => join`${text(level)}.${pick(['trim', 'trimStart', 'trimEnd', 'toUpperCase', 'toLowerCase'])}()`,
      (level) => join`${text(level)}.slice(${small()}${chance(0.5) ? `, ${small()}` : ''})`,
      (level) => join`${text(level)}.${pick(['padStart', 'padEnd'])}(${number(level)}${chance(0.5) ? ", 'ab'" : ''})`,
      (level) => join`${text(level)}.repeat(${small()})`,
      (level) => replacement(level),
      (level) => join`${text(level)}.at(${small()})`,
      (level) => join`${text(level)}[${small()}]`,
      (level) => join`String(${make(pick(['number', 'boolean', 'string']), level)})`,
      (level) => join`(${number(level)}).toFixed(${pick(['', '0', '2', '20'])})`,
      (level) => join`${pick([make('strings', level), make('numbers', level)])}.join(${pick(['', "'-'", "''"])})`,
      (level) => join`json.stringify(${make('any', level)}${chance(0.2) ? ', null, 2' : ''})`,
      (level) => join`url.encode(${text(level)})`,
      (level) => join`(typeof ${make('any', level)})`,
    ],
    boolean: [
      (level) => join`(${number(level)} ${pick(['<', '<=', '>', '>='])} ${number(level)})`,
      (level) => join`(${text(level)} ${pick(['<', '<=', '>', '>='])} ${text(level)})`,
      (level) => join`(${text(level)} ${pick(['<', '<=', '>', '>='])} ${number(level)})`,
      (level) => equality(level),
      (level) => join`(!${make('any', level)})`,
      (level) =>
        join`${text(level)}.${pick(['startsWith', 'endsWith', 'includes'])}(${text(level)}${chance(0.2) ? `, ${small()}` : ''})`,
      (level) =>
        join`${pick([make('numbers', level), make('strings', level)])}.includes(${make(pick(['number', 'string']), level)})`,
      (level) => method(level, 'boolean', pick(['some', 'every'])),
      (level) => join`(${pick(["'a'", "'id'", "'missing'", '0', "'length'"])} in ${make('object', level)})`,
      (level) => join`Boolean(${make('any', level)})`,
    ],
    numbers: [
      (level) => join`[${number(level)}, ${number(level)}]`,
      (level) => join`[...${make('numbers', level)}, ${number(level)}]`,
      (level) => method(level, 'number', 'map'),
      (level) => join`${make('numbers', level)}.filter(${callback('number', 'boolean', level)})`,
      (level) => join`${make('numbers', level)}.toSorted(${pick(['', '(a, b) => a - b', '(a, b) => b - a'])})`,
      (level) =>
        join`${make('numbers', level)}.${pick(['toReversed()', 'slice(1)', 'slice(-2)', 'slice(0, 2)', 'concat([9], 8)', 'flat()'])}`,
      (level) => join`${make('strings', level)}.map(Number)`,
      () => plain(`range(${small()}, ${small()})`),
      (level) => join`unique(${make('numbers', level)})`,
      (level) => join`${make('numbers', level)}.flatMap(${callback('number', 'numbers', level)})`,
    ],
    strings: [
      (level) => join`${text(level)}.split(${pick(["','", "''", "'b'", "';', 2"])})`,
      (level) => method(level, 'string', 'map'),
      (level) =>
        join`${make('strings', level)}.filter(${pick(['Boolean', 'x => x.length > 1', '(x, i) => i % 2 === 0'])})`,
      (level) => join`keys(${make('object', level)})`,
      (level) => join`${make('strings', level)}.toSorted()`,
      (level) => join`${make('strings', level)}.concat(${make('strings', level)})`,
      (level) => join`entries(${make('object', level)}).map(([key, value]) => key + (typeof value))`,
    ],
    objects: [
      (level) => join`${make('objects', level)}.filter(${callback('object', 'boolean', level)})`,
      (level) => join`[${make('object', level)}, ${make('object', level)}]`,
      (level) => method(level, 'object', 'map'),
      (level) => join`${make('objects', level)}.${pick(['toReversed()', 'slice(1)', 'slice(0, 2)'])}`,
    ],
    object: [
      (level) => join`({ a: ${make('any', level)}, id: ${number(level)}, name: ${text(level)} })`,
      (level) => join`({ ...${make('object', level)}, [${text(level)}]: ${make('any', level)} })`,
      (level) => join`merge(${make('object', level)}, ${make('object', level)})`,
      (level) => join`fromEntries(entries(${make('object', level)}))`,
      (level) => method(level, 'boolean', 'find'),
      (level) => join`${make('objects', level)}[${small()}]`,
      (level) => join`pick(${make('object', level)}, 'id', 'a')`,
    ],
    any: [
      () => optionalChain(),
      (level) => make(pick(KINDS.slice(0, -1)), level),
      (level) => fallback('any', level + 1),
      (level) => join`${list(level)[0]}.at(${small()})`,
      (level) => join`values(${make('object', level)})`,
      () => plain(`event.body.nested.flat(${pick(['', '1', '2', '0'])})`),
      (level) => join`json.parse(json.stringify(${make('any', level)}))`,
      (level) => join`[${make('any', level)}, ${make('any', level)}]`,
    ],
  };

  function equality(level: number): Generated {
    const [left, right] = chance(0.5)
      ? [make('any', level), make('any', level)]
      : [make('number', level), make(pick(['number', 'string']), level)];
    const operator = pick(['===', '!==', '==', '!=']);
    const both = { ours: operator, oracle: operator.length === 2 ? `${operator}=` : operator };
    return join`(${left} ${both} ${right})`;
  }

  function replacement(level: number): Generated {
    const other = make('string', level);
    const argument = { ours: other.ours, oracle: `() => (${other.oracle})` };
    return join`${text(level)}.${pick(['replace', 'replaceAll'])}(${text(0)}, ${argument})`;
  }

  return () => make(pick(KINDS), 1 + Math.floor(random() * 4));
}
