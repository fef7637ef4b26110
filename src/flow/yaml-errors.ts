// Puts what the YAML parser says into the author's words. The parser's own errors after the first are mostly its echo.
import type { Document, YAMLError } from 'yaml';
import { lineOf, lineText, type FileText, type Report } from './report.ts';

/** Errors that do not derail the parser, so that each of them is worth reporting. */
const independent = new Set(['DUPLICATE_KEY', 'BAD_SCALAR_START', 'BLOCK_AS_IMPLICIT_KEY', 'TAG_RESOLVE_FAILED']);

/** True when the parser's errors leave keys and values where they are, so that the rest can be checked too. */
export function isReadable(document: Document): boolean {
  return document.errors.every((error) => error.code === 'DUPLICATE_KEY' || error.code === 'BAD_SCALAR_START');
}

/** What to say for the parser's remaining codes. */
const plainWords: Record<string, [message: string, hint: string]> = {
  BAD_INDENT: ['the indentation does not fit the lines above', 'Entries of one map or list begin in the same column.'],
  MISSING_CHAR: [
    'something is missing here: a `:` after a key, a `-` before a list entry, or a closing bracket',
    'Look at this line and the one above it.',
  ],
  BLOCK_IN_FLOW: [
    'a block of lines stands inside `{ … }` or `[ … ]`',
    'Close the bracket, or write the outer value as a block too.',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'a key goes over several lines, or a `:` is missing',
    'Look for a missing `:` in this line, or a quote that is not closed.',
  ],
  BAD_DQ_ESCAPE: [
    'a backslash in double quotes begins an escape that YAML does not know',
    'Write `\\\\` for a backslash, or use single quotes.',
  ],
  BAD_DIRECTIVE: ['a line that begins with `%` is a YAML directive', 'Put the text in quotes.'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters', 'Look for a quote that is not closed.'],
};

/** Adds the parser's errors and warnings to the report; after a trap was recognised only independent ones. */
export function reportYamlErrors(file: FileText, document: Document, report: Report): void {
  let derailed = report.problems.some((problem) => problem.code.startsWith('yaml_template'));
  const seen = [...document.errors, ...document.warnings].sort((left, right) => left.pos[0] - right.pos[0]);
  for (const error of seen) {
    if (independent.has(error.code)) {
      reportOne(file, error, report);
      continue;
    }
    if (derailed) continue;
    derailed = true;
    reportOne(file, error, report);
  }
}

function reportOne(file: FileText, error: YAMLError, report: Report): void {
  const [offset, end] = error.pos;
  const place = { offset, length: Math.max(1, end - offset) };
  const character = file.text[offset] ?? '';
  const line = lineText(file, lineOf(file, offset));
  if (error.code === 'TAB_AS_INDENT' || (/^ *\t/.test(line) && error.code === 'BAD_INDENT')) {
    const tab = file.text.lastIndexOf('\n', offset - 1) + 1 + line.indexOf('\t');
    return report.add(
      'yaml_tab',
      { offset: tab, length: 1 },
      'the line is indented with a tab',
      'YAML wants spaces: two for each level.',
    );
  }
  if (error.code === 'DUPLICATE_KEY') return reportDuplicate(file, place.offset, report);
  if (error.code === 'BAD_SCALAR_START') {
    return report.add(
      'yaml_reserved_character',
      { offset, length: 1 },
      `a value cannot begin with ${character === '`' ? 'a backtick' : `\`${character}\``} in YAML`,
      `Put it in quotes: ${quoted(restOfValue(file, offset))}`,
    );
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY') return reportColon(file, offset, report);
  if (error.code === 'TAG_RESOLVE_FAILED') {
    const tag = file.text.slice(offset, end);
    const value = restOfValue(file, offset);
    return report.add(
      'yaml_tag',
      place,
      `\`${tag}\` is a YAML tag here, not part of the value`,
      `Put the value in quotes: ${quoted(value)}`,
    );
  }
  if (error.code === 'BAD_ALIAS') {
    const value = restOfValue(file, offset);
    return report.add(
      'yaml_alias',
      place,
      `\`${character}\` begins a YAML alias or anchor`,
      `Put the value in quotes: ${quoted(value)}`,
    );
  }
  if (/closing ["']/.test(error.message)) {
    return report.add(
      'yaml_quotes',
      { offset: Math.max(0, offset - 1), length: 1 },
      'a text in quotes does not end',
      'Close the quote, or double it inside single quotes.',
    );
  }
  if (/["']/.test(file.text[offset - 1] ?? '') && error.message.includes('node end')) {
    return report.add(
      'yaml_quotes',
      place,
      'text goes on after its closing quote',
      "Put the whole value in quotes; inside single quotes write `''` for one.",
    );
  }
  if (error.message.includes('node end') && /[[{]/.test(character) && /[^\s,:[{]/.test(file.text[offset - 1] ?? ' ')) {
    const message = `\`${character}\` begins another value inside \`{ … }\` or \`[ … ]\``;
    return report.add(
      'yaml_syntax',
      place,
      message,
      'Put the whole value in quotes, or write it on a line of its own.',
    );
  }
  const bracket = /end with a ([\]}])/.exec(error.message)?.[1];
  if (bracket !== undefined) {
    const message = `a \`${bracket === ']' ? '[' : '{'}\` is not closed: \`${bracket}\` is missing`;
    return report.add('yaml_syntax', place, message, 'Close it before the line ends, or indent the lines that go on.');
  }
  if (error.code === 'RESOURCE_EXHAUSTION')
    return report.add('yaml_alias_bomb', place, 'the document expands to more than the loader takes');
  if (error.code === 'MULTILINE_IMPLICIT_KEY' && /[|>][+-]?\d*$/.test(lineText(file, lineOf(file, offset) - 1))) {
    const words = 'text below `|` or `>` must be indented further than its key';
    return report.add('yaml_syntax', place, words, 'Indent these lines by two more spaces.');
  }
  const [message, hint] = plainWords[error.code] ?? [
    `the YAML cannot be read here: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`,
    'Look at this line and the one above it: quotes, brackets, indentation.',
  ];
  const blank = /^[ ]*/.exec(file.text.slice(offset))?.[0].length ?? 0;
  report.add('yaml_syntax', { offset: offset + blank, length: 1 }, message, hint);
}

function reportDuplicate(file: FileText, offset: number, report: Report): void {
  const key = /^[^\s:,}]+/.exec(file.text.slice(offset, offset + 100))?.[0] ?? '';
  report.add(
    'yaml_duplicate_key',
    { offset, length: key.length },
    `\`${key}\` stands twice in this map`,
    'Keep one of them; the last would silently win.',
  );
}

function reportColon(file: FileText, offset: number, report: Report): void {
  const line = lineText(file, lineOf(file, offset));
  const start = offset - (file.text.lastIndexOf('\n', offset - 1) + 1);
  const dash = /^ *(-[A-Za-z_]+):/.exec(line);
  if (dash !== null && start > dash[0].length - 1) {
    const place = { offset: offset - start + line.indexOf('-'), length: dash[1]!.length };
    const hint = `Write \`- ${dash[1]!.slice(1)}:\`.`;
    report.cover({ offset, length: 1 });
    return report.add('yaml_syntax', place, 'a dash needs a space after it to begin a list entry', hint);
  }
  const value = restOfValue(file, offset);
  const place = { offset, length: value.length };
  const inTemplate = value.includes('${{');
  if (inTemplate) {
    const hint = `Put the whole value in quotes: ${quoted(value)}`;
    return report.add('yaml_template_colon', place, 'the `: ` in this unquoted expression ends a key in YAML', hint);
  }
  report.add(
    'yaml_colon_in_value',
    place,
    `\`${value}\` holds \`: \`, which makes a second key in YAML`,
    `Put the value in quotes: ${quoted(value)}`,
  );
}

/** The rest of the line, without a comment. */
function restOfValue(file: FileText, offset: number): string {
  const end = file.text.indexOf('\n', offset);
  return file.text
    .slice(offset, end === -1 ? undefined : end)
    .replace(/\s+#.*$/, '')
    .trimEnd();
}

/** The value as the author should have written it. */
export function quoted(value: string): string {
  if (!value.includes('"')) return `"${value}"`;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
