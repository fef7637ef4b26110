// Where the expressions of a template text begin and end. `$${{` is a literal `${{`. Parsed texts are cached.
// Must find the true end of an expression with the parser: strings and objects may hold `}}`.
import { createCache } from './cache.ts';
import { ExpressionError } from './error.ts';
import { parseExpressionStart, syntaxError } from './parse.ts';

/** One piece of a template text: literal text, or an expression and where its text begins in the whole. */
export type TemplatePart = string | { expression: string; offset: number };

/** A template text taken apart. `whole`: it is one expression and nothing else, so the value keeps its type. */
export interface TemplateText {
  parts: TemplatePart[];
  whole: boolean;
}

/** Characters of one template text. */
export const templateCharactersMax = 1_000_000;
/** Expressions in one template text. */
const expressionsMax = 1_000;
const cachedTextsMax = 2_000;
const cachedCharactersMax = 1_000_000;

const opening = '${{';
const parsedTexts = createCache<TemplateText>(cachedTextsMax, cachedCharactersMax);

/**
 * Takes a template text apart. Line breaks at the very end do not keep it from being `whole`, since YAML's `|` adds one.
 * @throws ExpressionError expression_syntax or expression_too_large; its `text` is the whole template text
 */
export function parseTemplateText(text: string): TemplateText {
  if (!text.includes(opening)) return { parts: text === '' ? [] : [text], whole: false };
  const cached = parsedTexts.get(text);
  if (cached !== undefined) return cached;
  const parsed = takeApart(text);
  parsedTexts.set(text, parsed, text.length);
  return parsed;
}

function takeApart(text: string): TemplateText {
  const parts: TemplatePart[] = [];
  let literal = '';
  let expressions = 0;
  let position = 0;
  for (;;) {
    const start = text.indexOf(opening, position);
    if (start === -1) break;
    if (start > position && text[start - 1] === '$') {
      literal += text.slice(position, start - 1) + opening;
      position = start + opening.length;
      continue;
    }
    literal += text.slice(position, start);
    if (literal !== '') parts.push(literal);
    literal = '';
    if (++expressions > expressionsMax || text.length > templateCharactersMax) throw tooLarge(text, start);
    const found = findExpression(text, start);
    parts.push(found.part);
    position = found.end;
  }
  const rest = literal + text.slice(position);
  const isWhole = expressions === 1 && parts.length === 1 && /^\n*$/.test(rest);
  if (rest !== '' && !isWhole) parts.push(rest);
  return { parts, whole: isWhole };
}

function findExpression(text: string, start: number): { part: TemplatePart; end: number } {
  const offset = start + opening.length + leadingSpaces(text, start + opening.length);
  if (offset >= text.length)
    throw syntaxError(text, start, opening.length, '`${{` is not closed.', 'close it with `}}`');
  if (text.startsWith('}}', offset)) {
    throw syntaxError(
      text,
      start,
      offset + 2 - start,
      'The expression is empty.',
      'write a value, such as `event.body.id`',
    );
  }
  const { end } = parseExpressionStart(text, offset);
  const close = end + leadingSpaces(text, end);
  if (!text.startsWith('}}', close)) throw unclosed(text, start, close);
  return { part: { expression: text.slice(offset, end), offset }, end: close + 2 };
}

function leadingSpaces(text: string, from: number): number {
  let position = from;
  while (position < text.length && /\s/.test(text[position]!)) position++;
  return position - from;
}

function unclosed(text: string, start: number, position: number): ExpressionError {
  if (text.indexOf('}}', position) === -1) {
    return syntaxError(text, start, opening.length, '`${{` is not closed.', 'close it with `}}`');
  }
  return syntaxError(text, position, 1, 'Unexpected text after the expression; `}}` should follow.');
}

function tooLarge(text: string, offset: number): ExpressionError {
  const message = `A text holds at most ${expressionsMax} expressions and ${templateCharactersMax} characters.`;
  return new ExpressionError('expression_too_large', message, { text, offset, length: opening.length });
}
