// Puts errors of expressions into a document's report. The words are the expression's own; only the place is added.
import type { ExpressionError, ExpressionErrorCode } from '../../workflows/expression/error.ts';
import type { FlowDocument } from './document.ts';
import type { ProblemCode } from './problem-codes.ts';
import type { Path } from './yaml-node.ts';

const codes: Partial<Record<ExpressionErrorCode, ProblemCode>> = {
  unknown_root: 'expression_root',
  unknown_function: 'expression_function',
  unknown_method: 'expression_function',
  wrong_arguments: 'expression_function',
  secret_not_allowed: 'secret_place',
};

/** Reports an expression's error. `offset` is where the expression begins in the value at `path`. */
export function addExpressionProblem(
  document: FlowDocument,
  path: Path,
  offset: number,
  error: ExpressionError,
  hint = error.hint,
): void {
  const place = document.textPlace(path, offset + error.offset, error.length);
  document.report.add(codes[error.code] ?? 'expression_syntax', place, error.message, hint);
}
