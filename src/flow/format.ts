// Turns a problem into text for people: where, what, the line with a caret, what to do. It decides nothing.
import type { Problem } from './catalog.ts';

/** Columns of a source line that are shown; longer lines are cut around the caret. */
const lineWidthMax = 160;

const styles = { red: '\u001b[31m', yellow: '\u001b[33m', bold: '\u001b[1m', dim: '\u001b[2m', off: '\u001b[0m' };

/**
 * Formats one problem as `file:line:column: error[code]: message`, the line, a caret and the hint.
 * `color` adds ANSI colours (for a terminal).
 */
export function formatProblem(problem: Problem, color = false): string {
  const paint = (style: keyof typeof styles, text: string) => (color ? styles[style] + text + styles.off : text);
  const tone = problem.severity === 'error' ? 'red' : 'yellow';
  const head = `${paint('bold', `${problem.file}:${problem.line}:${problem.column}:`)} ${paint(tone, `${problem.severity}[${problem.code}]`)}: ${printable(problem.message)}`;
  const { text, indent, length } = excerpt(problem);
  const lines = [head, `  ${text}`, `  ${indent}${paint(tone, '^'.repeat(length))}`];
  if (problem.hint) lines.push(`  ${paint('dim', 'hint:')} ${printable(problem.hint)}`);
  return lines.join('\n');
}

/** The line and the caret's place in it; tabs stay tabs, so that the caret stays below its character. */
function excerpt(problem: Problem): { text: string; indent: string; length: number } {
  const start = Math.max(0, problem.column - lineWidthMax / 2);
  const cut = problem.sourceLine.length > lineWidthMax;
  const from = cut ? start : 0;
  const text = problem.sourceLine.slice(from, cut ? from + lineWidthMax : undefined);
  const before = problem.sourceLine.slice(from, problem.column - 1);
  const length = Math.max(1, Math.min(problem.length, text.length - before.length));
  return { text: printable(text), indent: before.replace(/[^\t]/g, ' '), length };
}

/** Control characters (but the tab) would move the cursor of a terminal. */
function printable(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const control = (code < 32 && character !== '\t' && character !== '\n') || (code >= 127 && code < 160);
    return control ? '\ufffd' : character;
  }).join('');
}
