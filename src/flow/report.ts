// Collects the problems of one document with their places. It never throws: the loader reports everything it finds at once.
import type { Problem } from './catalog.ts';
import { problemsPerDocumentMax } from './limits.ts';
import { type ProblemCode, problemCodes } from './problem-codes.ts';

/** A file's text with what is needed to turn offsets into lines. */
export interface FileText {
  path: string;
  text: string;
  /** Offset of the first character of each line. */
  lineStarts: number[];
}

/** A stretch of a file: offset and length in UTF-16 units. */
export interface Place {
  offset: number;
  length: number;
}

/** The problems of one document. */
export interface Report {
  file: FileText;
  problems: Problem[];
  /** The problems by place, hidden texts blotted out of every line that is shown. */
  sorted(): Problem[];
  /** Adds a problem unless one stands at the same place already: the first, most specific one is kept. */
  add(code: ProblemCode, place: Place, message: string, hint?: string): void;
  /** The same, and the text at the place is not shown by any problem: it may be a secret. */
  addHidden(code: ProblemCode, place: Place, message: string, hint?: string): void;
  /** Marks a place as dealt with, so that nothing more is said about it. */
  cover(place: Place): void;
  /** True when there is an error among them. */
  broken(): boolean;
}

/** Indexes the lines of a file. */
export function fileText(path: string, text: string): FileText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { path, text, lineStarts };
}

/** Line of an offset, from 1. */
export function lineOf(file: FileText, offset: number): number {
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((file.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** The text of a line (from 1), without its line break. */
export function lineText(file: FileText, line: number): string {
  const start = file.lineStarts[line - 1] ?? file.text.length;
  const end = file.text.indexOf('\n', start);
  return file.text.slice(start, end === -1 ? file.text.length : end).replace(/\r$/, '');
}

/** Makes an empty report for one document of a file. */
export function createReport(file: FileText): Report {
  const problems: Problem[] = [];
  const taken = new Set<number | string>();
  const trapped = new Set<number>();
  const add: Report['add'] = (code, place, message, hint) => {
    // Of one map several fields can be missing.
    const key = code === 'missing_field' ? `${place.offset} ${message}` : place.offset;
    if (taken.has(key) || problems.length >= problemsPerDocumentMax) return;
    const line = lineOf(file, Math.min(place.offset, file.text.length));
    // A line that YAML misreads makes no sense to later checks either: what they say about it is an echo.
    const isTrap = code.startsWith('yaml_') && code !== 'yaml_syntax' && code !== 'yaml_dollar_missing';
    if (trapped.has(line) && !isTrap) return;
    if (isTrap) trapped.add(line);
    taken.add(place.offset).add(key);
    const text = lineText(file, line);
    const column = place.offset - (file.lineStarts[line - 1] ?? 0) + 1;
    const room = Math.max(1, text.length - column + 1);
    problems.push({
      code,
      severity: problemCodes[code].severity,
      file: file.path,
      line,
      column,
      length: Math.max(1, Math.min(place.length, room)),
      message,
      ...(hint === undefined ? {} : { hint }),
      sourceLine: text,
    });
  };
  const hidden: Place[] = [];
  const addHidden: Report['add'] = (code, place, message, hint) => {
    hidden.push(place);
    add(code, place, message, hint);
  };
  const sorted = () =>
    problems
      .map((problem) => ({ ...problem, sourceLine: withoutHidden(file, problem, hidden) }))
      .sort((left, right) => left.line - right.line || left.column - right.column);
  return {
    file,
    problems,
    add,
    addHidden,
    sorted,
    cover: (place) => taken.add(place.offset),
    broken: () => problems.some((problem) => problem.severity === 'error'),
  };
}

function withoutHidden(file: FileText, problem: Problem, hidden: Place[]): string {
  const start = file.lineStarts[problem.line - 1] ?? 0;
  let line = problem.sourceLine;
  for (const place of hidden) {
    const from = Math.max(0, place.offset - start);
    const to = Math.min(line.length, place.offset + place.length - start);
    if (to > from) line = line.slice(0, from) + '*'.repeat(to - from) + line.slice(to);
  }
  return line;
}
