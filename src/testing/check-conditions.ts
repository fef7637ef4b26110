// Checks the conditions on `actual` that stand in a test document. It reports; it evaluates none.
import type { Json } from '../../workflows/definition.ts';
import { ExpressionError, inspectExpression, parseTemplateText } from '../../workflows/expression/index.ts';
import type { FlowDocument } from '../flow/document.ts';
import { addExpressionProblem } from '../flow/expression-problems.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { conditionOf } from './compare.ts';

const SECRET = /^\s*secrets\.[A-Za-z_][A-Za-z0-9_]*\s*$/;

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
    if (condition === undefined) return checkPlain(document, value, path);
    const { problems } = inspectExpression(condition.expression, { roots: ['actual'] });
    for (const problem of problems) addExpressionProblem(document, path, condition.offset, problem);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    addExpressionProblem(document, path, 0, error);
  }
}

/** Values are compared as they stand: an expression in one is never worked out. The name of a secret stands for its value. */
function checkPlain(document: FlowDocument, value: Json, path: Path): void {
  if (typeof value !== 'string' || !value.includes('${{')) return;
  const { parts } = parseTemplateText(value);
  const other = parts.find((part) => typeof part !== 'string' && !SECRET.test(part.expression));
  if (other === undefined || typeof other === 'string') return;
  const message = `\`${other.expression}\` is not worked out here: what is expected is compared as it stands`;
  const hint = 'Write the value, or a condition on it: `"${{ actual > 5 }}"`.';
  document.report.add('wrong_value', document.valuePlace(path), message, hint);
}
