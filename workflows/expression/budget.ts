// What one evaluation may cost. Work is counted, never timed, so that a replay ends exactly where the first run did.
// Must be asked before work is done, not after: nothing large may be made and then refused.
import type { Node } from 'acorn';
import type { Json } from '../definition.ts';
import { ExpressionError, type ExpressionErrorCode } from './error.ts';

/** Operations in one evaluation: nodes evaluated, and the work of functions in the units below. */
export const operationsMax = 100_000;
/** Characters (UTF-16 units) of one text made by an expression. */
export const stringCharactersMax = 1_000_000;
/** Elements of one array, or keys of one object, made by an expression. */
export const listItemsMax = 100_000;
/** Values in one result, counted as JSON would write them. */
export const resultValuesMax = 200_000;
/** Characters of all texts and keys in one result, counted as JSON would write them. */
export const resultCharactersMax = 4_000_000;
/** Levels of arrays and objects in a value that is made, read from JSON or written to it. */
export const valueLevelsMax = 200;
/** Characters scanned or written for one operation. */
export const charactersPerOperation = 100;
/** Characters joined by `+` for one operation: V8 shares them instead of copying. */
const joinedCharactersPerOperation = 500;
/** Elements copied or compared for one operation. */
export const itemsPerOperation = 10;
/** Character comparisons in the worst case of a search for one operation. */
const comparisonsPerOperation = 2_000;

/** What a name in an expression can mean, and the two functions that differ from call to call. */
export interface Scope {
  /** The names that exist here. An unset one (`error` outside of catch) is there with undefined. */
  roots: Record<string, Json | undefined>;
  /** The run's time, ISO 8601 in UTC; the same on replay. */
  now(): string;
  /** A new UUID; the same on replay. */
  uuid(): string;
}

/** One evaluation under way. */
export interface Evaluation {
  text: string;
  scope: Scope;
  /** Operations spent. */
  operations: number;
  /** What was prepared in this evaluation (patterns, time zones) and is paid for. */
  prepared?: Set<string>;
}

/** Throws the error of a place in the expression. */
export function fail(
  evaluation: Evaluation,
  node: Node,
  code: ExpressionErrorCode,
  message: string,
  hint?: string,
): never {
  const place = { text: evaluation.text, offset: node.start, length: node.end - node.start };
  throw new ExpressionError(code, message, place, hint);
}

/** Counts operations; throws budget_exceeded when there are too many. */
export function spend(evaluation: Evaluation, operations: number, node: Node): void {
  evaluation.operations += operations;
  if (evaluation.operations <= operationsMax) return;
  fail(
    evaluation,
    node,
    'budget_exceeded',
    `The expression takes more than ${operationsMax} operations.`,
    'use `foreach` over `chunk(list, 1000)`, or let a connector do the work',
  );
}

/** Counts preparing something once in an evaluation, cached or not: what is cached differs from one replay to the next. */
export function spendOnce(evaluation: Evaluation, what: string, operations: number, node: Node): void {
  evaluation.prepared ??= new Set();
  if (evaluation.prepared.has(what)) return;
  evaluation.prepared.add(what);
  spend(evaluation, operations, node);
}

/** Counts reading or writing so many characters. */
export function spendCharacters(evaluation: Evaluation, characters: number, node: Node): void {
  if (characters >= charactersPerOperation) spend(evaluation, Math.floor(characters / charactersPerOperation), node);
}

/** Counts copying or comparing so many elements. */
export function spendItems(evaluation: Evaluation, items: number, node: Node): void {
  if (items >= itemsPerOperation) spend(evaluation, Math.floor(items / itemsPerOperation), node);
}

/** Counts a search for `needle` in `haystack`, whose worst case multiplies their lengths. */
export function spendSearch(evaluation: Evaluation, haystack: string, needle: string, node: Node): void {
  const comparisons = haystack.length * Math.min(needle.length, haystack.length);
  spendCharacters(evaluation, haystack.length, node);
  spend(evaluation, Math.floor(comparisons / comparisonsPerOperation), node);
}

/** Counts joining two texts by `+`, and bounds the result. */
export function spendJoin(evaluation: Evaluation, characters: number, node: Node): void {
  refuseLongText(evaluation, characters, node);
  spend(evaluation, Math.floor(characters / joinedCharactersPerOperation), node);
}

/** Counts a text about to be made, and bounds it. */
export function spendText(evaluation: Evaluation, characters: number, node: Node): void {
  refuseLongText(evaluation, characters, node);
  spendCharacters(evaluation, characters, node);
}

function refuseLongText(evaluation: Evaluation, characters: number, node: Node): void {
  if (characters <= stringCharactersMax) return;
  const limit = stringCharactersMax;
  fail(evaluation, node, 'budget_exceeded', `This makes a string of more than ${limit} characters.`);
}

/** Counts an array or object about to be made, and bounds it. */
export function spendList(evaluation: Evaluation, items: number, node: Node): void {
  if (items > listItemsMax) {
    const limit = listItemsMax;
    fail(evaluation, node, 'budget_exceeded', `This makes an array or object of more than ${limit} elements.`);
  }
  spendItems(evaluation, items, node);
}
