// Text to tree: acorn parses, the grammar check refuses what is outside the subset. Trees are cached by text.
// Must never hand acorn more than it can take: length, tokens and nesting are bounded before its recursion can matter.
import { parseExpressionAt, type Expression, type Token } from 'acorn';
import { createCache } from './cache.ts';
import { ExpressionError } from './error.ts';
import { checkGrammar } from './grammar.ts';
import { hintForSyntax } from './syntax-hints.ts';

/** Characters of one expression. */
export const expressionCharactersMax = 10_000;
/** Words and signs of one expression. */
export const tokensMax = 4_000;
/** Brackets inside one another. */
export const bracketLevelsMax = 64;
const arrowsMax = 64;
const operatorsMax = 1_000;
const cachedExpressionsMax = 2_000;
const cachedCharactersMax = 1_000_000;

/** An expression of the subset, ready to be evaluated again and again. */
export interface ParsedExpression {
  tree: Expression;
  /** It only picks from what is there (no calls, no new values), so its result needs no checking. */
  onlyReads: boolean;
}

/** Labels of acorn's tokens for operators, each of which is a level of its recursion. */
const OPERATORS = new Set(
  '?,??,||,&&,|,^,&,==/!=/===/!==,</>/<=/>=,<</>>/>>>,+/-,%,*,/,**,++/--,!/~,in,instanceof,typeof,void,delete'.split(
    ',',
  ),
);

const parsedExpressions = createCache<ParsedExpression>(cachedExpressionsMax, cachedCharactersMax);

/**
 * Parses one bare expression.
 * @throws ExpressionError expression_syntax, expression_unsupported or expression_too_large
 */
export function parseExpression(text: string): ParsedExpression {
  const cached = parsedExpressions.get(text);
  if (cached !== undefined) return cached;
  if (text.length > expressionCharactersMax) throw tooLong(text, 0);
  const { tree, end } = parseExpressionStart(text, 0);
  const rest = end + text.slice(end).search(/\S/);
  if (rest >= end) throw syntaxError(text, rest, 1, 'Unexpected text after the expression.', hintForSyntax(text, rest));
  const parsed = { tree, onlyReads: checkGrammar(tree, text) };
  parsedExpressions.set(text, parsed, text.length);
  return parsed;
}

/**
 * Parses the expression at `offset`, whatever follows it, and tells where it truly ends (after its own closing brackets).
 * The tree is not yet checked against the subset.
 * @throws ExpressionError expression_syntax or expression_too_large
 */
export function parseExpressionStart(text: string, offset: number): { tree: Expression; end: number } {
  const source = text.slice(0, offset + expressionCharactersMax + 1);
  const bounds = createTokenBounds(text, offset);
  try {
    const tree = parseExpressionAt(source, offset, {
      ecmaVersion: 2024,
      sourceType: 'module',
      onToken: bounds.take,
      onComment: (_block, _text, start, end) => {
        throw syntaxError(text, start, end - start, 'Comments cannot stand in an expression.', 'use a YAML comment');
      },
    });
    if (bounds.end() - offset > expressionCharactersMax) throw tooLong(text, offset);
    return { tree, end: bounds.end() };
  } catch (error) {
    throw error instanceof ExpressionError ? error : fromAcorn(error, text, offset, source.length);
  }
}

/** Watches the tokens that acorn consumes: where the last one ends, and that there are not too many or too deep. */
function createTokenBounds(text: string, offset: number): { take(token: Token): void; end(): number } {
  let tokens = 0;
  let levels = 0;
  let arrows = 0;
  let operators = 0;
  let end = offset;

  function take(token: Token): void {
    const { label } = token.type;
    end = token.end;
    tokens++;
    if (label === '(' || label === '[' || label === '{' || label === '${') levels++;
    if (label === ')' || label === ']' || label === '}') levels--;
    if (label === '=>') arrows++;
    if (OPERATORS.has(label)) operators++;
    const isSmall = tokens <= tokensMax && operators <= operatorsMax;
    if (isSmall && levels <= bracketLevelsMax && arrows <= arrowsMax) return;
    const place = { text, offset: token.start, length: token.end - token.start };
    throw new ExpressionError(
      'expression_too_large',
      `The expression is too large: at most ${tokensMax} words and signs, ${operatorsMax} operators, ${bracketLevelsMax} levels of brackets.`,
      place,
      'split it over several steps with `set`',
    );
  }

  return { take, end: () => end };
}

function tooLong(text: string, offset: number): ExpressionError {
  return new ExpressionError(
    'expression_too_large',
    `The expression is longer than ${expressionCharactersMax} characters.`,
    { text, offset, length: 1 },
    'split it over several steps with `set`',
  );
}

/** A syntax error at a place in a text. */
export function syntaxError(
  text: string,
  offset: number,
  length: number,
  message: string,
  hint?: string,
): ExpressionError {
  return new ExpressionError('expression_syntax', message, { text, offset, length }, hint);
}

function fromAcorn(error: unknown, text: string, offset: number, sourceLength: number): ExpressionError {
  if (!(error instanceof SyntaxError) || error.message.startsWith('Not enough stack')) return tooLong(text, offset);
  const position = (error as SyntaxError & { pos?: number }).pos ?? offset;
  const isCutOff = position >= sourceLength - 1 || error.message.startsWith('Unterminated');
  if (text.length > sourceLength && isCutOff) return tooLong(text, offset);
  if (text.slice(offset).trim() === '') {
    return syntaxError(text, offset, 1, 'The expression is empty.', 'write a value, such as `event.body.id`');
  }
  const reason = error.message.replace(/ \(\d+:\d+\)$/, '');
  const message = position >= text.trimEnd().length ? 'The expression ends too early.' : `${reason}.`;
  return syntaxError(text, position, wordLength(text, position), message, hintForSyntax(text, position));
}

function wordLength(text: string, position: number): number {
  return /^[\p{L}\p{N}_$]+/u.exec(text.slice(position, position + 64))?.[0].length ?? 1;
}
