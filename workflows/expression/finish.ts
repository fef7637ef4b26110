// From a value inside an evaluation to JSON: undefined leaves its key out, -0 becomes 0, and the size is counted as JSON
// would write it. Must count shared parts each time they occur: a small graph can be an endless tree.
import type { Node } from 'acorn';
import type { Json } from '../definition.ts';
import { fail, resultCharactersMax, resultValuesMax, spendItems, valueLevelsMax, type Evaluation } from './budget.ts';
import { setKey, type Value, type ValueObject } from './value.ts';

interface Size {
  values: number;
  characters: number;
}

/** Copies a value to plain JSON. Undefined in an array becomes null, as in JSON.stringify. */
export function finishResult(evaluation: Evaluation, node: Node, value: Value): Json | undefined {
  const size: Size = { values: 0, characters: 0 };
  const result = copy(evaluation, node, value, 0, size);
  spendItems(evaluation, size.values, node);
  return result;
}

function copy(evaluation: Evaluation, node: Node, value: Value, level: number, size: Size): Json | undefined {
  count(evaluation, node, size, typeof value === 'string' ? value.length : 1);
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value === 0 ? 0 : value;
  refuseDeep(evaluation, node, level);
  if (Array.isArray(value)) return value.map((item) => copy(evaluation, node, item, level + 1, size) ?? null);
  const result: ValueObject = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    size.characters += key.length;
    setKey(result, key, copy(evaluation, node, item, level + 1, size));
  }
  return result as Json;
}

function count(evaluation: Evaluation, node: Node, size: Size, characters: number): void {
  size.values++;
  size.characters += characters;
  if (size.values > resultValuesMax) {
    fail(evaluation, node, 'budget_exceeded', `The result holds more than ${resultValuesMax} values.`);
  }
  if (size.characters > resultCharactersMax) {
    fail(evaluation, node, 'budget_exceeded', `The result holds more than ${resultCharactersMax} characters.`);
  }
}

function refuseDeep(evaluation: Evaluation, node: Node, level: number): void {
  if (level < valueLevelsMax) return;
  fail(evaluation, node, 'budget_exceeded', `The value is nested more than ${valueLevelsMax} levels deep.`);
}

/**
 * An upper bound of the characters that JSON.stringify would write with `indent` spaces a level.
 * @throws ExpressionError budget_exceeded when the value is too large or too deep to be written
 */
export function jsonCharacters(evaluation: Evaluation, node: Node, value: Value, indent = 0): number {
  const size: Size = { values: 0, characters: 0 };
  addJsonCharacters(evaluation, node, value, 0, indent, size);
  spendItems(evaluation, size.values, node);
  return size.characters;
}

function addJsonCharacters(
  evaluation: Evaluation,
  node: Node,
  value: Value,
  level: number,
  indent: number,
  size: Size,
): void {
  const line = 2 + indent * (level + 1);
  if (typeof value === 'string') return count(evaluation, node, size, jsonTextCharacters(value) + line);
  if (typeof value === 'number') return count(evaluation, node, size, String(value).length + line);
  if (typeof value !== 'object' || value === null) return count(evaluation, node, size, 5 + line);
  refuseDeep(evaluation, node, level);
  count(evaluation, node, size, 2 + 2 * line);
  if (Array.isArray(value)) {
    for (const item of value) addJsonCharacters(evaluation, node, item, level + 1, indent, size);
    return;
  }
  for (const key of Object.keys(value)) {
    if (value[key] === undefined) continue;
    size.characters += jsonTextCharacters(key) + 2;
    addJsonCharacters(evaluation, node, value[key], level + 1, indent, size);
  }
}

const escapeCharacters = 5;

/** Characters of a text in JSON: quotes, and up to 6 for each character that may have to be escaped. */
function jsonTextCharacters(text: string): number {
  let characters = text.length + 2;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const isEscaped = code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff);
    if (isEscaped) characters += escapeCharacters;
  }
  return characters;
}
