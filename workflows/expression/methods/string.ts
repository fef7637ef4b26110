// Methods of strings: JavaScript's own, in UTF-16 units, with plain text where JavaScript would take patterns.
import { spend, spendCharacters, spendList, spendSearch, spendText } from '../budget.ts';
import { entry, failArgument, type Call, type Entry } from '../entry.ts';

function occurrences(text: string, part: string): number {
  if (part === '') return text.length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

function pad(call: Call, text: string, length: number, fill: string): void {
  if (length > text.length && fill !== '') spendText(call.evaluation, length, call.node);
}

function scan(call: Call, text: string): void {
  spendCharacters(call.evaluation, text.length, call.node);
}

function search(call: Call, text: string, part: string): void {
  spendSearch(call.evaluation, text, part, call.node);
}

export const STRING_METHODS: Entry[] = [
  entry(
    'at',
    ['index: number'],
    'string',
    'The character at an index; from the end when negative; undefined outside.',
    ['"abc".at(-1)', 'c'],
    (_call: Call, text: string, index: number) => text.at(index),
  ),
  entry(
    'endsWith',
    ['part: string', 'end?: number'],
    'boolean',
    'Whether it ends with a text.',
    ['"invoice.pdf".endsWith(".pdf")', true],
    (call: Call, text: string, part: string, end?: number) => {
      scan(call, part);
      return text.endsWith(part, end);
    },
  ),
  entry(
    'includes',
    ['part: string', 'from?: number'],
    'boolean',
    'Whether it holds a text.',
    ['"abc".includes("b")', true],
    (call: Call, text: string, part: string, from?: number) => {
      search(call, text, part);
      return text.includes(part, from);
    },
  ),
  entry(
    'indexOf',
    ['part: string', 'from?: number'],
    'number',
    'Where a text first stands, or -1.',
    ['"abcb".indexOf("b")', 1],
    (call: Call, text: string, part: string, from?: number) => {
      search(call, text, part);
      return text.indexOf(part, from);
    },
  ),
  entry(
    'lastIndexOf',
    ['part: string', 'from?: number'],
    'number',
    'Where a text last stands, or -1.',
    ['"abcb".lastIndexOf("b")', 3],
    (call: Call, text: string, part: string, from?: number) => {
      search(call, text, part);
      return text.lastIndexOf(part, from);
    },
  ),
  entry(
    'padEnd',
    ['length: number', 'fill?: string'],
    'string',
    'Filled up at the end to a length.',
    ['"7".padEnd(3, "0")', '700'],
    (call: Call, text: string, length: number, fill = ' ') => {
      pad(call, text, length, fill);
      return text.padEnd(length, fill);
    },
  ),
  entry(
    'padStart',
    ['length: number', 'fill?: string'],
    'string',
    'Filled up at the start to a length.',
    ['"7".padStart(3, "0")', '007'],
    (call: Call, text: string, length: number, fill = ' ') => {
      pad(call, text, length, fill);
      return text.padStart(length, fill);
    },
  ),
  entry(
    'repeat',
    ['count: number'],
    'string',
    'Repeated so many times.',
    ['"ab".repeat(2)', 'abab'],
    (call: Call, text: string, count: number) => {
      if (count < 0) failArgument(call, 0, 'invalid_value', '`repeat` cannot repeat fewer than 0 times.');
      spendText(call.evaluation, text.length * Math.trunc(count), call.node);
      return text === '' ? '' : text.repeat(count);
    },
  ),
  entry(
    'replace',
    ['part: string', 'other: string'],
    'string',
    'The first occurrence of a text replaced; `$` means itself.',
    ['"a-b-c".replace("-", "+")', 'a+b-c'],
    (call: Call, text: string, part: string, other: string) => {
      search(call, text, part);
      spendText(call.evaluation, text.length + other.length, call.node);
      return text.replace(part, () => other);
    },
  ),
  entry(
    'replaceAll',
    ['part: string', 'other: string'],
    'string',
    'Every occurrence of a text replaced; `$` means itself.',
    ['"a-b-c".replaceAll("-", "+")', 'a+b+c'],
    (call: Call, text: string, part: string, other: string) => {
      search(call, text, part);
      const count = occurrences(text, part);
      spend(call.evaluation, Math.floor(count / 10), call.node);
      spendText(call.evaluation, text.length + count * (other.length - part.length), call.node);
      return text.replaceAll(part, () => other);
    },
  ),
  entry(
    'slice',
    ['start?: number', 'end?: number'],
    'string',
    'From one index up to another; from the end when negative.',
    ['"abcdef".slice(1, -1)', 'bcde'],
    (_call: Call, text: string, start?: number, end?: number) => text.slice(start, end),
  ),
  entry(
    'split',
    ['separator: string', 'limit?: number'],
    'array',
    'The parts between separators.',
    ['"a,b".split(",")', ['a', 'b']],
    (call: Call, text: string, separator: string, limit?: number) => {
      search(call, text, separator);
      spendList(call.evaluation, occurrences(text, separator), call.node);
      return text.split(separator, limit);
    },
  ),
  entry(
    'startsWith',
    ['part: string', 'from?: number'],
    'boolean',
    'Whether it starts with a text.',
    ['"Re: x".startsWith("Re:")', true],
    (call: Call, text: string, part: string, from?: number) => {
      scan(call, part);
      return text.startsWith(part, from);
    },
  ),
  entry('toLowerCase', [], 'string', 'In lower case.', ['"ÄB".toLowerCase()', 'äb'], (call: Call, text: string) => {
    spendText(call.evaluation, text.length, call.node);
    return text.toLowerCase();
  }),
  entry('toUpperCase', [], 'string', 'In upper case.', ['"äb".toUpperCase()', 'ÄB'], (call: Call, text: string) => {
    spendText(call.evaluation, text.length, call.node);
    return text.toUpperCase();
  }),
  entry(
    'trim',
    [],
    'string',
    'Without white space at both ends.',
    ['" a ".trim()', 'a'],
    (call: Call, text: string) => {
      scan(call, text);
      return text.trim();
    },
  ),
  entry(
    'trimEnd',
    [],
    'string',
    'Without white space at the end.',
    ['" a ".trimEnd()', ' a'],
    (call: Call, text: string) => {
      scan(call, text);
      return text.trimEnd();
    },
  ),
  entry(
    'trimStart',
    [],
    'string',
    'Without white space at the start.',
    ['" a ".trimStart()', 'a '],
    (call: Call, text: string) => {
      scan(call, text);
      return text.trimStart();
    },
  ),
];
