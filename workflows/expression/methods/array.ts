// Methods of arrays that take no function: JavaScript's own; none changes the array it is called on.
import {
  fail,
  spend,
  spendCharacters,
  spendItems,
  spendList,
  spendText,
  valueLevelsMax,
  type Evaluation,
} from '../budget.ts';
import { entry, failArgument, type Call, type Entry } from '../entry.ts';
import { describe, type Value } from '../value.ts';

/** Counts comparing every element with one value. */
function scan(call: Call, list: Value[], item: Value): void {
  spendItems(call.evaluation, list.length, call.node);
  if (typeof item === 'string') spendCharacters(call.evaluation, (item.length * list.length) / 100, call.node);
}

function concat(call: Call, list: Value[], ...others: Value[]): Value {
  let length = list.length;
  for (const other of others) length += Array.isArray(other) ? other.length : 1;
  spendList(call.evaluation, length, call.node);
  return list.concat(...others.map((other) => (Array.isArray(other) ? other : [other])));
}

/** Appends the elements of `list`, opened `levels` deep, to `target`. */
export function flatten(
  evaluation: Evaluation,
  node: Call['node'],
  list: Value[],
  levels: number,
  target: Value[],
): void {
  spend(evaluation, 1, node);
  for (const item of list) {
    if (Array.isArray(item) && levels >= 1) {
      flatten(evaluation, node, item, levels - 1, target);
      continue;
    }
    target.push(item);
    if (target.length % 1_000 === 0) spendList(evaluation, target.length, node);
  }
}

function flat(call: Call, list: Value[], levels = 1): Value {
  if (levels > valueLevelsMax)
    failArgument(call, 0, 'budget_exceeded', `\`flat\` opens at most ${valueLevelsMax} levels.`);
  const target: Value[] = [];
  flatten(call.evaluation, call.node, list, levels, target);
  spendList(call.evaluation, target.length, call.node);
  return target;
}

/** The text of an element in `join` and in the default order of `toSorted`, as JavaScript makes it. */
function elementText(call: Call, item: Value, absent: string): string {
  if (typeof item === 'object' && item !== null) {
    const message = `\`${call.name}\` needs strings, numbers or booleans, this array holds ${describe(item)}.`;
    fail(call.evaluation, call.node, 'type_mismatch', message, 'pick a value of each first: `.map(x => x.name)`');
  }
  return item === null || item === undefined ? absent : String(item);
}

function join(call: Call, list: Value[], separator = ','): Value {
  spendItems(call.evaluation, list.length, call.node);
  const texts = list.map((item) => elementText(call, item, ''));
  const separators = separator.length * Math.max(0, list.length - 1);
  spendText(
    call.evaluation,
    texts.reduce((sum, text) => sum + text.length, separators),
    call.node,
  );
  return texts.join(separator);
}

export const ARRAY_METHODS: Entry[] = [
  entry(
    'at',
    ['index: number'],
    'any',
    'The element at an index; from the end when negative; undefined outside.',
    ['[1, 2, 3].at(-1)', 3],
    (_call: Call, list: Value[], index: number) => list.at(index),
  ),
  entry(
    'concat',
    ['...others: any'],
    'array',
    'With other arrays or elements at its end.',
    ['[1].concat([2, 3], 4)', [1, 2, 3, 4]],
    concat,
  ),
  entry(
    'flat',
    ['levels?: number'],
    'array',
    'Inner arrays opened, one level deep if not said otherwise.',
    ['[1, [2, [3]]].flat()', [1, 2, [3]]],
    flat,
  ),
  entry(
    'includes',
    ['item: any', 'from?: number'],
    'boolean',
    'Whether it holds a value.',
    ['["new", "paid"].includes("paid")', true],
    (call: Call, list: Value[], item: Value, from?: number) => {
      scan(call, list, item);
      return list.includes(item, from);
    },
  ),
  entry(
    'indexOf',
    ['item: any', 'from?: number'],
    'number',
    'Where a value first stands, or -1.',
    ['["a", "b"].indexOf("b")', 1],
    (call: Call, list: Value[], item: Value, from?: number) => {
      scan(call, list, item);
      return list.indexOf(item, from);
    },
  ),
  entry(
    'join',
    ['separator?: string'],
    'string',
    'Its elements as one text; null and undefined are empty.',
    ['["a", 1].join("-")', 'a-1'],
    join,
  ),
  entry(
    'slice',
    ['start?: number', 'end?: number'],
    'array',
    'From one index up to another; from the end when negative.',
    ['[1, 2, 3].slice(1)', [2, 3]],
    (call: Call, list: Value[], start?: number, end?: number) => {
      const part = list.slice(start, end);
      spendList(call.evaluation, part.length, call.node);
      return part;
    },
  ),
  entry(
    'toReversed',
    [],
    'array',
    'In reverse order.',
    ['[1, 2].toReversed()', [2, 1]],
    (call: Call, list: Value[]) => {
      spendList(call.evaluation, list.length, call.node);
      return list.toReversed();
    },
  ),
];

/** Sorts by text, as JavaScript does without a comparator. */
export function sortByText(call: Call, list: Value[]): Value[] {
  const present = list.filter((item) => item !== undefined);
  const texts = present.map((item) => elementText(call, item, 'null'));
  const rounds = Math.ceil(Math.log2(list.length + 1));
  spendItems(call.evaluation, list.length * rounds, call.node);
  spendCharacters(call.evaluation, texts.reduce((sum, text) => sum + text.length, 0) * rounds, call.node);
  return list.toSorted();
}
