// Functions on objects: their keys and values, and new objects made of them. Own keys only; nothing is changed in place.
import { spendCharacters, spendList } from '../budget.ts';
import { entry, failArgument, type Call, type Entry } from '../entry.ts';
import { describe, hasKey, setKey, type Value, type ValueObject } from '../value.ts';

function keysOf(call: Call, object: ValueObject): string[] {
  const keys = Object.keys(object);
  spendList(call.evaluation, keys.length, call.node);
  return keys;
}

/** A key given as a value; an error unless it is a string or a number. */
export function keyText(call: Call, index: number, value: Value): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') {
    failArgument(call, index, 'type_mismatch', `A key must be a string or a number, this is ${describe(value)}.`);
  }
  spendCharacters(call.evaluation, value.length, call.node);
  return value;
}

function fromEntries(call: Call, list: Value[]): Value {
  spendList(call.evaluation, list.length, call.node);
  const object: ValueObject = {};
  for (const pair of list) {
    if (!Array.isArray(pair)) {
      const message = `\`fromEntries\` wants an array of [key, value] pairs, this holds ${describe(pair)}.`;
      failArgument(call, 0, 'type_mismatch', message, 'write `list.map(x => [x.key, x.value])`');
    }
    setKey(object, keyText(call, 0, pair[0]), pair[1]);
  }
  return object;
}

function merge(call: Call, ...objects: ValueObject[]): Value {
  const result: ValueObject = {};
  for (const object of objects) {
    for (const key of keysOf(call, object)) setKey(result, key, object[key]);
  }
  return result;
}

function wantedKeys(call: Call, keys: (string | Value[])[]): string[] {
  const wanted = keys.flatMap((key, index) =>
    Array.isArray(key) ? key.map((one) => keyText(call, index + 1, one)) : [keyText(call, index + 1, key)],
  );
  spendList(call.evaluation, wanted.length, call.node);
  return wanted;
}

function pick(call: Call, object: ValueObject, ...keys: (string | Value[])[]): Value {
  const result: ValueObject = {};
  for (const key of wantedKeys(call, keys)) {
    if (hasKey(object, key)) setKey(result, key, object[key]);
  }
  return result;
}

function omit(call: Call, object: ValueObject, ...keys: (string | Value[])[]): Value {
  const unwanted = new Set(wantedKeys(call, keys));
  const result: ValueObject = {};
  for (const key of keysOf(call, object)) {
    if (!unwanted.has(key)) setKey(result, key, object[key]);
  }
  return result;
}

export const COLLECTION_FUNCTIONS: Entry[] = [
  entry('keys', ['object: object'], 'array', 'The keys of an object.', ['keys({ a: 1, b: 2 })', ['a', 'b']], keysOf),
  entry(
    'values',
    ['object: object'],
    'array',
    'The values of an object.',
    ['values({ a: 1, b: 2 })', [1, 2]],
    (call: Call, object: ValueObject) => keysOf(call, object).map((key) => object[key]),
  ),
  entry(
    'entries',
    ['object: object'],
    'array',
    'The [key, value] pairs of an object.',
    ['entries({ a: 1 }).map(([key, value]) => key + "=" + value)', ['a=1']],
    (call: Call, object: ValueObject) => keysOf(call, object).map((key) => [key, object[key]]),
  ),
  entry(
    'fromEntries',
    ['pairs: array'],
    'object',
    'An object of [key, value] pairs; of equal keys the last one counts.',
    ['fromEntries([["a", 1]])', { a: 1 }],
    fromEntries,
  ),
  entry(
    'merge',
    ['...objects: object'],
    'object',
    'One object of several; of equal keys the last one counts.',
    ['merge({ a: 1, b: 1 }, { b: 2 })', { a: 1, b: 2 }],
    merge,
  ),
  entry(
    'pick',
    ['object: object', '...keys: string|array'],
    'object',
    'Only these keys, where they are there.',
    ['pick({ a: 1, b: 2 }, "a")', { a: 1 }],
    pick,
  ),
  entry(
    'omit',
    ['object: object', '...keys: string|array'],
    'object',
    'All keys but these.',
    ['omit({ a: 1, b: 2 }, "a")', { b: 2 }],
    omit,
  ),
];
