// Regular expressions in linear time (RE2 syntax), compiled once and kept in a bounded cache.
// Must never run unbounded: patterns are sized before they are compiled, and every character looked at is counted.
import { MatcherInput, RE2JS } from 're2js';
import { createCache } from '../cache.ts';
import { spend, spendOnce } from '../budget.ts';
import { failArgument, type Call } from '../entry.ts';

/** Characters of one pattern. */
export const patternCharactersMax = 1_000;
/** Instructions of one compiled pattern, counted repetitions written out. */
export const patternInstructionsMax = 2_000;
/** Steps of the matcher (characters × instructions) for one operation. */
const stepsPerOperation = 100;
/** Operations of finding one match, besides its steps. */
const matchOperations = 10;
const cachedPatternsMax = 200;
const cachedInstructionsMax = 40_000;

const compiledPatterns = createCache<RE2JS>(cachedPatternsMax, cachedInstructionsMax);

/** Compiles argument `index` of a call; fails at it when the pattern is wrong or too large. */
export function compilePattern(call: Call, index: number, pattern: string): RE2JS {
  if (pattern.length > patternCharactersMax) {
    failArgument(call, index, 'budget_exceeded', `A pattern has at most ${patternCharactersMax} characters.`);
  }
  spendOnce(call.evaluation, `pattern ${pattern}`, compilingOperations(pattern), call.node);
  const cached = compiledPatterns.get(pattern);
  if (cached !== undefined) return cached;
  if (writtenOutSize(pattern) > patternInstructionsMax) failLarge(call, index);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'not a pattern';
    failArgument(call, index, 'invalid_value', `This is not a pattern: ${reason}.`, hintForPattern(pattern));
  }
  if (compiled.programSize() > patternInstructionsMax) failLarge(call, index);
  compiledPatterns.set(pattern, compiled, compiled.programSize());
  return compiled;
}

/** What compiling takes, measured: a base, each instruction, and much more for each class of Unicode. */
function compilingOperations(pattern: string): number {
  const unicodeClasses = pattern.match(/\\[pP]/g)?.length ?? 0;
  return 100 + 3 * Math.min(writtenOutSize(pattern), patternInstructionsMax) + 60 * unicodeClasses;
}

function failLarge(call: Call, index: number): never {
  failArgument(call, index, 'budget_exceeded', 'The pattern is too large when its repetitions are written out.');
}

function hintForPattern(pattern: string): string | undefined {
  if (/\(\?<?[=!]/.test(pattern))
    return 'looking ahead or behind is not there: patterns are RE2, which always ends in time';
  if (/\\[1-9]/.test(pattern)) return 'references to groups are not there: patterns are RE2, which always ends in time';
  if (/^\/.*\/[a-z]*$/.test(pattern)) return 'write the pattern without slashes; `(?i)` at its start ignores case';
  return undefined;
}

/** How many instructions a pattern has at least when `{n,m}` is written out: a bound to be known before compiling. */
function writtenOutSize(pattern: string): number {
  const groups: number[] = [];
  let size = 0;
  let last = 0;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!;
    const repeat = character === '{' ? /^\{(\d{1,6})(?:,(\d{0,6}))?\}/.exec(pattern.slice(index, index + 16)) : null;
    if (repeat !== null) {
      const times = Math.max(Number(repeat[1]), Number(repeat[2] || 0), 1);
      size += last * (times - 1);
      last *= times;
      index += repeat[0].length - 1;
    } else if (character === '(') {
      groups.push(size);
      size = 0;
    } else if (character === ')' && groups.length > 0) {
      last = size + 2;
      size = groups.pop()! + last;
    } else {
      if (character === '\\') index++;
      else if (character === '[') index = endOfClass(pattern, index);
      last = 1;
      size++;
    }
    if (size > patternInstructionsMax) return size;
  }
  return groups.reduce((sum, group) => sum + group, size);
}

function endOfClass(pattern: string, start: number): number {
  let index = start + 1;
  if (pattern[index] === '^') index++;
  if (pattern[index] === ']') index++;
  while (index < pattern.length && pattern[index] !== ']') index += pattern[index] === '\\' ? 2 : 1;
  return index;
}

/** One match: where it stands, and the text of each group (null when it took no part). */
export interface Match {
  start: number;
  end: number;
  groups: (string | null)[];
  names: Record<string, number>;
}

/** The matches of a pattern in a text, from left to right, found as they are asked for. */
export function* findMatches(call: Call, pattern: RE2JS, text: string): Generator<Match> {
  const matcher = pattern.matcher(MatcherInput.utf16(countedText(call, pattern.programSize(), text)));
  const names = pattern.namedGroups();
  while (matcher.find()) {
    spend(call.evaluation, matchOperations, call.node);
    const groups: (string | null)[] = [];
    for (let group = 0; group <= pattern.groupCount(); group++) groups.push(matcher.group(group) ?? null);
    yield { start: matcher.start(0), end: matcher.end(0), groups, names };
  }
}

/** A string object whose characters are counted as the matcher looks at them, so that no pattern outruns the budget. */
function countedText(call: Call, instructions: number, text: string): string {
  let steps = 0;
  const count = (more: number): void => {
    steps += more;
    if (steps < stepsPerOperation) return;
    spend(call.evaluation, Math.floor(steps / stepsPerOperation), call.node);
    steps %= stepsPerOperation;
  };
  const counted = {
    charCodeAt(index: number): number {
      count(instructions);
      return text.charCodeAt(index);
    },
    indexOf(part: string, from = 0): number {
      const found = text.indexOf(part, from);
      count((found === -1 ? text.length : found) - from + 1);
      return found;
    },
  };
  return Object.assign(new String(text), counted) as unknown as string;
}
