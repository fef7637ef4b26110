// Unary and binary operators: where a result is given it is JavaScript's; what JavaScript would coerce oddly is an error.
import type { BinaryExpression, Expression, Node, UnaryExpression } from 'acorn';
import { fail, spendCharacters, spendJoin, type Evaluation } from './budget.ts';
import { keyFrom } from './access.ts';
import { describe, hasKey, isObject, numberFromText, type Value } from './value.ts';

type Binary = (evaluation: Evaluation, node: BinaryExpression, left: Value, right: Value) => Value;

const BINARY: Record<string, Binary> = {
  '===': (evaluation, node, left, right) => same(evaluation, node, left, right),
  '!==': (evaluation, node, left, right) => !same(evaluation, node, left, right),
  '==': (evaluation, node, left, right) => looselySame(evaluation, node, left, right),
  '!=': (evaluation, node, left, right) => !looselySame(evaluation, node, left, right),
  '<': (evaluation, node, left, right) => compare(evaluation, node, left, right, (one, two) => one < two),
  '<=': (evaluation, node, left, right) => compare(evaluation, node, left, right, (one, two) => one <= two),
  '>': (evaluation, node, left, right) => compare(evaluation, node, left, right, (one, two) => one > two),
  '>=': (evaluation, node, left, right) => compare(evaluation, node, left, right, (one, two) => one >= two),
  '+': add,
  '-': (evaluation, node, left, right) => arithmetic(evaluation, node, left, right, (one, two) => one - two),
  '*': (evaluation, node, left, right) => arithmetic(evaluation, node, left, right, (one, two) => one * two),
  '/': (evaluation, node, left, right) => arithmetic(evaluation, node, left, right, (one, two) => one / two),
  '%': (evaluation, node, left, right) => arithmetic(evaluation, node, left, right, (one, two) => one % two),
  '**': (evaluation, node, left, right) => arithmetic(evaluation, node, left, right, (one, two) => one ** two),
  in: isIn,
};

export function applyBinary(evaluation: Evaluation, node: BinaryExpression, left: Value, right: Value): Value {
  return BINARY[node.operator]!(evaluation, node, left, right);
}

/** `typeof` needs no values of ours: it is here with the other unary operators. */
export function applyUnary(evaluation: Evaluation, node: UnaryExpression, value: Value): Value {
  if (node.operator === '!') return !value;
  if (node.operator === 'typeof') return typeof value;
  if (typeof value === 'number') return node.operator === '-' ? -value : value;
  const number = node.operator === '+' && typeof value === 'string' ? numberFromText(value) : undefined;
  if (number !== undefined) return number;
  const message = `\`${node.operator}\` needs a number, this is ${describe(value)}${typeof value === 'string' && node.operator === '+' ? ' that is not one' : ''}.`;
  fail(evaluation, node.argument, 'type_mismatch', message, hintForNumber(value));
}

function same(evaluation: Evaluation, node: BinaryExpression, left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) {
    spendCharacters(evaluation, left.length, node);
  }
  if (typeof left === 'object' && left !== null && typeof right === 'object' && right !== null) {
    const hint =
      'compare one of their values, or `json.stringify(a) === json.stringify(b)`; for emptiness use `.length`';
    fail(evaluation, node, 'type_mismatch', 'Arrays and objects cannot be compared with each other.', hint);
  }
  return left === right;
}

function looselySame(evaluation: Evaluation, node: BinaryExpression, left: Value, right: Value): boolean {
  if ((left === null && right === undefined) || (left === undefined && right === null)) {
    const message = `\`${node.operator}\` means \`${node.operator}=\` here, and null is not undefined.`;
    fail(evaluation, node, 'type_mismatch', message, 'write `(value ?? null) === null` for both');
  }
  return same(evaluation, node, left, right);
}

function compare(
  evaluation: Evaluation,
  node: BinaryExpression,
  left: Value,
  right: Value,
  test: (one: number | string, two: number | string) => boolean,
): boolean {
  if (typeof left === 'number' && typeof right === 'number') return test(left, right);
  if (typeof left === 'string' && typeof right === 'string') {
    spendCharacters(evaluation, Math.min(left.length, right.length), node);
    return test(left, right);
  }
  const one = typeof left === 'string' && typeof right === 'number' ? numberFromText(left) : left;
  const two = typeof right === 'string' && typeof left === 'number' ? numberFromText(right) : right;
  if (typeof one === 'number' && typeof two === 'number') return test(one, two);
  fail(
    evaluation,
    node,
    'type_mismatch',
    `\`${node.operator}\` orders two numbers or two strings, this is ${describe(left)} and ${describe(right)}.`,
    hintForOrder(left, right),
  );
}

function hintForOrder(left: Value, right: Value): string {
  if (left === null || right === null || left === undefined || right === undefined) {
    return 'give a fallback: `(value ?? 0)`';
  }
  if (typeof left === 'string' || typeof right === 'string') return 'the string does not spell a number';
  return 'compare one of their values, or `.length`';
}

function add(evaluation: Evaluation, node: BinaryExpression, left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return finite(evaluation, node, left + right);
  if (typeof left !== 'string' && typeof right !== 'string') {
    const [side, value] = typeof left === 'number' ? [node.right, right] : [node.left, left];
    fail(
      evaluation,
      side,
      'type_mismatch',
      `\`+\` adds two numbers or joins text, this is ${describe(left)} and ${describe(right)}.`,
      hintForAdd(value),
    );
  }
  const text = textFrom(evaluation, node.left, left) + textFrom(evaluation, node.right, right);
  spendJoin(evaluation, text.length, node);
  return text;
}

function hintForAdd(value: Value): string | undefined {
  if (value === null || value === undefined) return 'give a fallback: `(value ?? 0)`';
  if (Array.isArray(value)) return 'write `one.concat(two)` or `[...one, ...two]`';
  if (isObject(value)) return 'write `merge(one, two)` or `{ ...one, ...two }`';
  return undefined;
}

/** The text of a scalar inside a longer text, as JavaScript writes it. Others are errors: JavaScript's text for them helps nobody. */
export function textFrom(evaluation: Evaluation, node: Node, value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const hint =
    value === null || value === undefined
      ? 'write `(value ?? "")`'
      : 'write `json.stringify(value)` or `list.join(", ")`';
  fail(evaluation, node, 'type_mismatch', `This is ${describe(value)}, which has no good text.`, hint);
}

function arithmetic(
  evaluation: Evaluation,
  node: BinaryExpression,
  left: Value,
  right: Value,
  calculate: (one: number, two: number) => number,
): number {
  const one = operand(evaluation, node, node.left as Expression, left);
  const two = operand(evaluation, node, node.right, right);
  return finite(evaluation, node, calculate(one, two));
}

function operand(evaluation: Evaluation, node: BinaryExpression, side: Expression, value: Value): number {
  if (typeof value === 'number') return value;
  fail(
    evaluation,
    side,
    'type_mismatch',
    `\`${node.operator}\` needs numbers, this is ${describe(value)}.`,
    hintForNumber(value),
  );
}

function hintForNumber(value: Value): string | undefined {
  if (typeof value === 'string') return 'convert it: `Number(value)`';
  if (value === null || value === undefined) return 'give a fallback: `(value ?? 0)`';
  return undefined;
}

/** Every number in an expression is finite, because JSON has no other. */
export function finite(evaluation: Evaluation, node: Node, number: number): number {
  if (Number.isFinite(number)) return number;
  const message = `The result is ${Number.isNaN(number) ? 'not a number' : 'infinite'}, which JSON cannot hold.`;
  fail(evaluation, node, 'not_finite', message, 'guard it: `count > 0 ? total / count : 0`');
}

function isIn(evaluation: Evaluation, node: BinaryExpression, left: Value, right: Value): boolean {
  const key = keyFrom(evaluation, node.left as Expression, left);
  if (isObject(right)) return hasKey(right, key);
  const hint =
    Array.isArray(right) || typeof right === 'string'
      ? 'write `value.includes(part)`'
      : 'give a fallback: `(value ?? {})`';
  fail(
    evaluation,
    node.right,
    'type_mismatch',
    `\`in\` looks for a key of an object, this is ${describe(right)}.`,
    hint,
  );
}
