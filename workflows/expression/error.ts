// What goes wrong in expressions, and how it is shown: message, the expression, a caret, a hint.
// Must never hold a value of the event, only names of keys, types and the author's own text.

/** Every code an expression can fail with; documented in docs/expressions.md. */
export const EXPRESSION_ERROR_CODES = {
  expression_syntax: 'the text is not one JavaScript expression, or a `${{` is not closed',
  expression_unsupported: 'JavaScript that is outside the subset',
  expression_too_large: 'the text is too long, or nested too deeply',
  unknown_root: 'a name that does not exist here',
  unknown_function: 'a function that does not exist',
  unknown_method: 'a method that the value does not have',
  wrong_arguments: 'too few or too many arguments, or a function where a value belongs',
  missing_key: 'a key or index that the value does not have, or reading from null or undefined',
  type_mismatch: 'a value of the wrong type',
  invalid_value: 'a value of the right type that cannot be used, such as text that is not JSON or not a time',
  not_finite: 'a calculation that gives no finite number',
  budget_exceeded: 'too many operations, or a text or array that grows too large',
  secret_not_allowed: '`secrets.NAME` where no secret may stand',
} as const;

/** One of the codes above. */
export type ExpressionErrorCode = keyof typeof EXPRESSION_ERROR_CODES;

/** An expression that cannot be read or evaluated. `offset` and `length` are UTF-16 positions in `text`. */
export class ExpressionError extends Error {
  override name = 'ExpressionError';
  code: ExpressionErrorCode;
  text: string;
  offset: number;
  length: number;
  hint?: string;

  constructor(
    code: ExpressionErrorCode,
    message: string,
    place: { text: string; offset: number; length: number },
    hint?: string,
  ) {
    super(message);
    this.code = code;
    this.text = place.text;
    this.offset = place.offset;
    this.length = Math.max(1, place.length);
    if (hint !== undefined) this.hint = hint;
  }
}

const windowCharactersMax = 100;
const windowBeforeCharacters = 40;

/** The error for people: message, the line of the expression (cut to a window when long), a caret line, the hint. */
export function explain(error: ExpressionError): string {
  const { line, column } = lineAt(error.text, error.offset);
  const start = line.length > windowCharactersMax ? Math.max(0, column - windowBeforeCharacters) : 0;
  const end = Math.min(line.length, start + windowCharactersMax);
  const before = start > 0 ? '…' : '';
  const after = end < line.length ? '…' : '';
  const shown = `${before}${line.slice(start, end)}${after}`.replaceAll('\t', ' ');
  const caretColumn = column - start + before.length;
  const carets = '^'.repeat(Math.max(1, Math.min(error.length, shown.length - caretColumn)));
  const lines = [error.message, `  ${shown}`, `  ${' '.repeat(caretColumn)}${carets}`];
  if (error.hint !== undefined) lines.push(`  hint: ${error.hint}`);
  return lines.join('\n');
}

function lineAt(text: string, offset: number): { line: string; column: number } {
  const place = Math.min(Math.max(0, offset), text.length);
  const start = text.lastIndexOf('\n', place - 1) + 1;
  const next = text.indexOf('\n', place);
  return { line: text.slice(start, next === -1 ? text.length : next), column: place - start };
}
