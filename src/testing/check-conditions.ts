// Checks the conditions on `actual` that stand in a test document. It reports; it evaluates none.
import type { Json } from '../../workflows/definition.ts';
import { ExpressionError, inspectExpression } from '../../workflows/expression/index.ts';
import type { FlowDocument } from '../flow/document.ts';
import { addExpressionProblem } from '../flow/expression-problems.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { conditionOf } from './compare.ts';

/** Conditions on `actual`, wherever they stand in a value. */
export function checkConditions(document: FlowDocument, value: Json | undefined, path: Path): void {
  if (Array.isArray(value)) return value.forEach((each, index) => checkConditions(document, each, [...path, index]));
  if (isObject(value)) {
    for (const [key, each] of Object.entries(value)) checkConditions(document, each, [...path, key]);
    return;
  }
  if (value === undefined) return;
  try {
    const condition = conditionOf(value);
    if (condition === undefined) return;
    const { problems } = inspectExpression(condition.expression, { roots: ['actual'] });
    for (const problem of problems) addExpressionProblem(document, path, condition.offset, problem);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    addExpressionProblem(document, path, 0, error);
  }
}
