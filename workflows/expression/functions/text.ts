// Functions with patterns, on RE2: `text.matches`, `extract`, `extractAll`, `replace`. Patterns match anywhere in the text.
import { spendList, spendText } from '../budget.ts';
import { entry, failArgument, type Call, type Entry } from '../entry.ts';
import type { Value } from '../value.ts';
import { compilePattern, findMatches, type Match } from './pattern.ts';

function matches(call: Call, text: string, pattern: string): boolean {
  return findMatches(call, compilePattern(call, 1, pattern), text).next().done !== true;
}

/** What a match gives: the whole of it, its one group, or the list of its groups. */
function extracted(match: Match): Value {
  if (match.groups.length === 1) return match.groups[0];
  return match.groups.length === 2 ? match.groups[1] : match.groups.slice(1);
}

function extract(call: Call, text: string, pattern: string): Value {
  const match = findMatches(call, compilePattern(call, 1, pattern), text).next();
  return match.done === true ? undefined : extracted(match.value);
}

function extractAll(call: Call, text: string, pattern: string): Value {
  const found: Value[] = [];
  for (const match of findMatches(call, compilePattern(call, 1, pattern), text)) {
    found.push(extracted(match));
    spendList(call.evaluation, match.groups.length, call.node);
  }
  spendList(call.evaluation, found.length, call.node);
  return found;
}

function replace(call: Call, text: string, pattern: string, replacement: string): string {
  const pieces: string[] = [];
  let characters = text.length;
  let end = 0;
  for (const match of findMatches(call, compilePattern(call, 1, pattern), text)) {
    const other = filledIn(call, replacement, match);
    characters += other.length;
    spendText(call.evaluation, other.length, call.node);
    pieces.push(text.slice(end, match.start), other);
    end = match.end;
  }
  pieces.push(text.slice(end));
  spendText(call.evaluation, characters, call.node);
  return pieces.join('');
}

/** The replacement of one match: `$1` to `$99`, `$<name>`, `$&` for all of it, `$$` for a dollar sign, as in JavaScript. */
function filledIn(call: Call, replacement: string, match: Match): string {
  return replacement.replace(/\$(?:\$|&|(\d{1,2})|<([^>]*)>)/g, (written, digits?: string, name?: string) => {
    if (written === '$$') return '$';
    if (written === '$&') return match.groups[0] ?? '';
    const index = digits === undefined ? match.names[name ?? ''] : Number(digits);
    if (index === undefined || index === 0 || index >= match.groups.length) {
      failArgument(
        call,
        2,
        'invalid_value',
        `The pattern has no group for \`${written}\`.`,
        'write `$$` for a dollar sign',
      );
    }
    return match.groups[index] ?? '';
  });
}

export const TEXT_FUNCTIONS: Entry[] = [
  entry(
    'text.matches',
    ['text: string', 'pattern: string'],
    'boolean',
    'Whether an RE2 pattern matches anywhere; `^` and `$` tie it to the ends, `(?i)` ignores case.',
    ['text.matches("INV-42", "^INV-[0-9]+$")', true],
    matches,
  ),
  entry(
    'text.extract',
    ['text: string', 'pattern: string'],
    'any',
    'The first match: its group if the pattern has one, the list of groups if it has several; undefined if none.',
    ['text.extract("Order #42 paid", "#([0-9]+)")', '42'],
    extract,
  ),
  entry(
    'text.extractAll',
    ['text: string', 'pattern: string'],
    'array',
    'Every match, each as in `text.extract`.',
    ['text.extractAll("a1 b22", "[0-9]+")', ['1', '22']],
    extractAll,
  ),
  entry(
    'text.replace',
    ['text: string', 'pattern: string', 'replacement: string'],
    'string',
    'Every match replaced; `$1`, `$<name>` and `$&` stand for groups and the match, `$$` for a dollar sign.',
    ['text.replace("2026-01-31", "([0-9]+)-([0-9]+)-([0-9]+)", "$3.$2.$1")', '31.01.2026'],
    replace,
  ),
];
