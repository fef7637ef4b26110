// The generated parts of docs/errors.md: what can be wrong with a flow file, and what can go wrong in a run. Text only.
import { ERROR_CODES } from '../../workflows/error-codes.ts';
import { EXPRESSION_ERROR_CODES } from '../../workflows/expression/error.ts';
import { problemCodeGroups, type ProblemCodeEntry } from './problem-codes.ts';

/** Every problem code with an anchor of its own, by group. */
export function loadErrorReference(): string {
  const groups = Object.entries(problemCodeGroups as Record<string, Record<string, ProblemCodeEntry>>);
  return groups
    .map(([group, codes]) => [`### ${group}`, ...Object.entries(codes).map(codeSection)].join('\n\n'))
    .join('\n\n');
}

function codeSection([code, { severity, meaning, remedy }]: [string, ProblemCodeEntry]): string {
  const note = severity === 'warning' ? ' A warning: the flow loads.' : '';
  return `#### ${code}\n\n${meaning}${note} ${remedy}`;
}

/** Every code that `error.code` can have, but an author's own. */
export function runErrorReference(): string {
  const rows = (codes: Record<string, string>) =>
    Object.entries(codes).map(([code, meaning]) => `| <a id="run-${code}"></a>\`${code}\` | ${sentence(meaning)} |`);
  const head = ['| `error.code` | what it means |', '| --- | --- |'];
  return [...head, ...rows(ERROR_CODES), ...rows(EXPRESSION_ERROR_CODES)].join('\n');
}

function sentence(text: string): string {
  const capital = text.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  return capital.endsWith('.') ? capital : `${capital}.`;
}
