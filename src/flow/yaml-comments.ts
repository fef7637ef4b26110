// Finds values that a `#` has cut off: in YAML ` #` starts a comment wherever it stands. Text in quotes is safe from it.
import { Lexer, type Document } from 'yaml';
import { lineOf, lineText, type FileText, type Report } from './report.ts';

/** Marks of the lexer that stand for no text (document start, scalar, end of flow). */
const marks = new Set(['\u0002', '\u0018', '\u001f']);

interface Comment {
  offset: number;
  /** What stands before it in its line. */
  before: 'plain' | 'key' | 'other';
}

const found = new WeakMap<FileText, Comment[]>();

/**
 * Reports comments directly after a `key:`, a `-` or an unquoted value that have no space after their `#`: nobody writes
 * comments like that, but `channel: #triage` is written every day.
 */
export function reportLostComments(file: FileText, document: Document, report: Report): void {
  const [start, , end] = document.range ?? [0, 0, file.text.length];
  const comments = found.get(file) ?? commentsOf(file);
  found.set(file, comments);
  for (const { offset, before } of comments) {
    if (before === 'other' || offset < start || offset >= end) continue;
    if (/^#(?:[\s#!-]|$)/.test(file.text.slice(offset, offset + 2))) continue;
    reportComment(file, offset, before, report);
  }
}

function reportComment(file: FileText, offset: number, before: 'plain' | 'key', report: Report): void {
  const line = lineText(file, lineOf(file, offset));
  const column = offset - (file.lineStarts[lineOf(file, offset) - 1] ?? 0);
  const lost = line.slice(column);
  const inExpression = /\$\{\{[^}]*$/.test(line.slice(0, column));
  if (inExpression) {
    const message = 'this `#` starts a comment in YAML, so the expression is cut off before it';
    return report.add('yaml_comment_in_expression', { offset, length: 1 }, message, 'Put the whole value in quotes.');
  }
  const value = before === 'key' ? lost : `${line.slice(0, column).replace(/^\s*(?:- +)?(?:[^\s:]+: +)?/, '')}${lost}`;
  const message =
    before === 'key'
      ? `\`${lost}\` is a comment in YAML, so the value is empty`
      : `\`${lost}\` is a comment in YAML, so the value ends before it`;
  const hint = `Put the value in quotes: "${value}"; a real comment has a space after the #.`;
  report.add('yaml_comment', { offset, length: lost.length }, message, hint);
}

function commentsOf(file: FileText): Comment[] {
  const comments: Comment[] = [];
  let offset = 0;
  let before: Comment['before'] = 'other';
  let inScalar = false;
  for (const token of new Lexer().lex(file.text)) {
    if (marks.has(token)) {
      inScalar = token === '\u001f';
      continue;
    }
    if (token.startsWith('#') && !inScalar) comments.push({ offset, before });
    else if (inScalar) before = 'plain';
    else if (token === ':' || token === '-') before = 'key';
    else if (/\n/.test(token)) before = 'other';
    else if (!/^[ \t]+$/.test(token)) before = 'other';
    inScalar = false;
    offset += token.length;
  }
  return comments;
}
