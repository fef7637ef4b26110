// Reading keys and indexes: own data only, and absence is an error that names what there is.
// Must never reach a prototype, and never show a value in a message.
import type { Expression, MemberExpression, Node } from 'acorn';
import { fail, spendCharacters, type Evaluation } from './budget.ts';
import { closestWord } from './closest-word.ts';
import { hintForMethod } from './elsewhere.ts';
import { isMethod } from './methods/index.ts';
import { describe, hasKey, isObject, readKey, type Value } from './value.ts';

const shownKeysMax = 12;
const shownCharactersMax = 60;

/** The key as JavaScript would make it from a computed value; only strings and numbers can be keys. */
export function keyFrom(evaluation: Evaluation, node: Expression, value: Value): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') {
    fail(evaluation, node, 'type_mismatch', `A key must be a string or a number, this is ${describe(value)}.`);
  }
  spendCharacters(evaluation, value.length, node);
  return value;
}

/** Reads `key` of `object`. When it is absent: undefined if `absentAllowed`, else an error. `object` is not null or undefined. */
export function readMember(
  evaluation: Evaluation,
  node: MemberExpression,
  object: Value,
  key: string,
  absentAllowed: boolean,
): Value {
  if (hasKey(object, key)) return readKey(object, key);
  if (!isObject(object) && !node.computed && isMethod(object, key)) {
    fail(
      evaluation,
      node.property,
      'type_mismatch',
      `\`${key}\` is a method: it must be called.`,
      `write \`.${key}(…)\``,
    );
  }
  if (absentAllowed) return undefined;
  readMissing(evaluation, node.property, shownSource(evaluation, node.object), object, key, node.computed);
}

/** Throws the error of a key that `object` (called `owner` in the message) does not have. */
export function readMissing(
  evaluation: Evaluation,
  place: Node,
  owner: string,
  object: Value,
  key: string,
  computed = false,
): never {
  const message = Array.isArray(object)
    ? `${owner} has ${object.length} ${object.length === 1 ? 'element' : 'elements'} and no \`${shorten(key)}\`.`
    : isObject(object)
      ? `${owner} has no key \`${shorten(key)}\`. ${shownKeys(object)}`
      : `${owner} is ${describe(object)} and has no \`${shorten(key)}\`.`;
  fail(evaluation, place, 'missing_key', message, hintForMissing(computed, object, key));
}

/** Throws the error of reading from null or undefined. */
export function failAbsent(evaluation: Evaluation, node: MemberExpression, object: null | undefined): never {
  const owner = shownSource(evaluation, node.object);
  const what = node.computed
    ? 'a key'
    : `\`${shorten(evaluation.text.slice(node.property.start, node.property.end))}\``;
  fail(
    evaluation,
    node.property,
    'missing_key',
    `${owner} is ${object === null ? 'null' : 'undefined'}, so ${what} cannot be read from it.`,
    node.computed ? 'write `?.[…]`, or give a fallback with `??`' : 'write `?.`, or give a fallback with `??`',
  );
}

function hintForMissing(computed: boolean, object: Value, key: string): string {
  if (isObject(object)) {
    const near = closestWord(key, Object.keys(object));
    if (near !== undefined) return `did you mean \`${shorten(near)}\`?`;
  }
  if (Array.isArray(object) && /^-?\d+$/.test(key)) return `write \`.at(${key})\` if it may be absent`;
  const word = isObject(object) ? undefined : hintForMethod(key);
  if (word !== undefined) return word;
  if (Array.isArray(object)) return `write \`[0].${key}\` for one element, \`.map(x => x.${key})\` for all`;
  return computed
    ? 'if it may be absent, write `?.[…]` or `?? fallback`'
    : 'if it may be absent, write `?.` or `?? fallback`';
}

function shownKeys(object: { [key: string]: Value }): string {
  const keys = Object.keys(object);
  if (keys.length === 0) return 'It is empty.';
  const shown = keys.slice(0, shownKeysMax).map(shorten).join(', ');
  return `It has: ${shown}${keys.length > shownKeysMax ? `, and ${keys.length - shownKeysMax} more` : ''}.`;
}

function shownSource(evaluation: Evaluation, node: { start: number; end: number }): string {
  return `\`${shorten(evaluation.text.slice(node.start, node.end))}\``;
}

function shorten(text: string): string {
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text;
}
