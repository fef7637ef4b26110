// The reference of functions, methods and error codes for docs/expressions.md, made from the tables that evaluation uses.
import { showSignature, type Entry } from './entry.ts';
import { EXPRESSION_ERROR_CODES } from './error.ts';
import { CONSTANTS, FUNCTIONS } from './functions/index.ts';
import { METHODS } from './methods/index.ts';

/** Markdown tables of all functions and methods, with an example of each. */
export function expressionReference(): string {
  const functions = [...FUNCTIONS.values()];
  const math = functions.filter((row) => row.name.startsWith('Math.'));
  const constants = [...CONSTANTS.keys()].map((name) => `\`${name}\``).join(', ');
  return [
    section(
      'Functions',
      functions.filter((row) => !math.includes(row)),
      (row) => showSignature(row.name, row),
    ),
    section('Math', math, (row) => showSignature(row.name, row)),
    `And the constants ${constants}.`,
    ...Object.entries(METHODS).map(([type, table]) =>
      section(
        `Methods of a ${type}`.replace('a array', 'an array'),
        [...table.values()],
        (row) => `.${showSignature(row.name, row)}`,
      ),
    ),
  ].join('\n\n');
}

function section(title: string, rows: Entry[], show: (row: Entry) => string): string {
  const lines = rows.map((row) => {
    const result = JSON.stringify(row.example.result);
    return `| ${code(show(row))} | ${cell(row.summary)} | ${code(row.example.expression)} → ${code(result)} |`;
  });
  return [`### ${title}`, '', '| | what it gives | example |', '| --- | --- | --- |', ...lines].join('\n');
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** A `|` inside a cell would end it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** A Markdown table of the error codes. */
export function expressionErrorReference(): string {
  const lines = Object.entries(EXPRESSION_ERROR_CODES).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  return ['| code | what is wrong |', '| --- | --- |', ...lines].join('\n');
}
