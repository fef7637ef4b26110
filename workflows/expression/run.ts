// Evaluating one bare expression: parse, walk, make JSON of the result.
import type { Json } from '../definition.ts';
import { fail, type Evaluation, type Scope } from './budget.ts';
import { evaluateTree } from './evaluate.ts';
import { finishResult } from './finish.ts';
import { parseExpression } from './parse.ts';
import { describe } from './value.ts';

/**
 * Evaluates one bare expression. The result is JSON, or undefined for what is absent.
 * @throws ExpressionError
 */
export function evaluateExpression(text: string, scope: Scope): Json | undefined {
  const { tree, onlyReads } = parseExpression(text);
  const evaluation: Evaluation = { text, scope, operations: 0 };
  const value = evaluateTree(tree, evaluation);
  return onlyReads ? (value as Json | undefined) : finishResult(evaluation, tree, value);
}

/**
 * Evaluates a condition: true or false, nothing that is merely truthy.
 * @throws ExpressionError
 */
export function evaluateCondition(text: string, scope: Scope): boolean {
  const { tree } = parseExpression(text);
  const evaluation: Evaluation = { text, scope, operations: 0 };
  const value = evaluateTree(tree, evaluation);
  if (typeof value === 'boolean') return value;
  const hints: Record<string, string> = {
    string: 'compare it: `value === "paid"`, or `value !== ""`',
    number: 'compare it: `value > 0`',
    array: 'ask for its elements: `list.length > 0`',
    undefined: 'give a fallback: `value ?? false`',
    null: 'give a fallback: `value ?? false`',
    object: 'ask for a value in it, or `Boolean(value)`',
  };
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  fail(
    evaluation,
    tree,
    'type_mismatch',
    `A condition must be true or false, this is ${describe(value)}.`,
    hints[type],
  );
}
