// Names inside arrow functions, and how parameters get their values. Immutable: a binding is made once and never changed.
import type { Pattern } from 'acorn';
import { readMissing } from './access.ts';
import { fail, spend, type Evaluation } from './budget.ts';
import { describe, hasKey, isObject, readKey, type Value } from './value.ts';

/** One name and its value, and the names around it. */
export interface Locals {
  name: string;
  value: Value;
  outer: Locals | undefined;
}

export function findLocal(locals: Locals | undefined, name: string): Locals | undefined {
  for (let at = locals; at !== undefined; at = at.outer) {
    if (at.name === name) return at;
  }
  return undefined;
}

/** Binds one parameter: a name, `[first, second]` or `{ key, other: name }`. A missing key or element is an error. */
export function bindPattern(
  evaluation: Evaluation,
  pattern: Pattern,
  value: Value,
  outer: Locals | undefined,
): Locals | undefined {
  spend(evaluation, 1, pattern);
  if (pattern.type === 'Identifier') return { name: pattern.name, value, outer };
  if (pattern.type === 'ArrayPattern') return bindElements(evaluation, pattern, value, outer);
  if (pattern.type !== 'ObjectPattern') return outer;
  if (!isObject(value)) {
    fail(evaluation, pattern, 'type_mismatch', `\`{ … }\` opens an object, this is ${describe(value)}.`);
  }
  let locals = outer;
  for (const property of pattern.properties) {
    if (property.type === 'RestElement') continue;
    const key =
      property.key.type === 'Identifier' ? property.key.name : String((property.key as { value?: unknown }).value);
    if (!hasKey(value, key)) readMissing(evaluation, property.key, 'The value', value, key);
    locals = bindPattern(evaluation, property.value, readKey(value, key), locals);
  }
  return locals;
}

function bindElements(
  evaluation: Evaluation,
  pattern: Extract<Pattern, { type: 'ArrayPattern' }>,
  value: Value,
  outer: Locals | undefined,
): Locals | undefined {
  if (!Array.isArray(value)) {
    fail(evaluation, pattern, 'type_mismatch', `\`[ … ]\` opens an array, this is ${describe(value)}.`);
  }
  let locals = outer;
  for (const [index, element] of pattern.elements.entries()) {
    if (element === null) continue;
    if (index >= value.length) readMissing(evaluation, element, 'The value', value, String(index));
    locals = bindPattern(evaluation, element, value[index], locals);
  }
  return locals;
}
