// Compares what was expected with what was there, and keeps only the paths that differ. Pure.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { evaluateExpression, ExpressionError, parseTemplateText } from '../../workflows/expression/index.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';

/** One place where the two are not the same. `undefined`: nothing is there. */
export interface Difference {
  path: Path;
  /** Where it stands in the document, when it is not at `path` below `expect`. */
  place?: Path;
  expected: Json | undefined;
  actual: Json | undefined;
  /** What is wrong, where the two values do not say it. */
  note?: string;
}

/** `${{ secrets.NAME }}`, however it is spaced. */
const SECRET_TEXT = /\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;
const ACTUAL = /\bactual\b/;

/** The condition over `actual` that an expected value is, and where it begins in the text; undefined for a plain value. */
export function conditionOf(expected: Json): { expression: string; offset: number } | undefined {
  if (typeof expected !== 'string' || !expected.includes('${{') || !ACTUAL.test(expected)) return undefined;
  const { parts, whole } = parseTemplateText(expected);
  const [only] = parts;
  return whole && typeof only === 'object' && ACTUAL.test(only.expression) ? only : undefined;
}

/**
 * Where `actual` is not what is expected. Maps may hold more than what is expected of them, unless `exact`; lists are as long
 * as written. An expected text that is one `${{ … }}` over `actual` is a condition on the value.
 */
export function differences(expected: Json, actual: Json | undefined, exact: boolean, path: Path = []): Difference[] {
  const condition = conditionOf(expected)?.expression;
  if (condition !== undefined) return conditionDifferences(condition, expected, actual, path);
  if (isObject(expected) && isObject(actual)) return mapDifferences(expected, actual, exact, path);
  if (Array.isArray(expected) && Array.isArray(actual)) return listDifferences(expected, actual, exact, path);
  return isSame(expected, actual) ? [] : [{ path, expected, actual }];
}

function mapDifferences(expected: JsonObject, actual: JsonObject, exact: boolean, path: Path): Difference[] {
  const found = Object.entries(expected).flatMap(([key, value]) =>
    differences(value, Object.hasOwn(actual, key) ? actual[key] : undefined, exact, [...path, key]),
  );
  if (!exact) return found;
  const more = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  return [...found, ...more.map((key) => ({ path: [...path, key], expected: undefined, actual: actual[key] }))];
}

function listDifferences(expected: Json[], actual: Json[], exact: boolean, path: Path): Difference[] {
  const count = Math.max(expected.length, actual.length);
  return Array.from({ length: count }, (_, index): Difference[] => {
    const inside = [...path, index];
    const wanted = expected[index];
    if (wanted === undefined) return [{ path: inside, expected: undefined, actual: actual[index] }];
    return differences(wanted, actual[index], exact, inside);
  }).flat();
}

function isSame(expected: Json, actual: Json | undefined): boolean {
  if (typeof expected === 'string' && typeof actual === 'string') return spaced(expected) === spaced(actual);
  // Maps and lists were looked into; one of each kind is left here.
  return expected === actual;
}

function spaced(text: string): string {
  return text.replace(SECRET_TEXT, '${{ secrets.$1 }}');
}

function conditionDifferences(condition: string, expected: Json, actual: Json | undefined, path: Path): Difference[] {
  const notes = { path, expected, actual };
  if (actual === undefined) return [notes];
  try {
    const scope = { roots: { actual }, now: () => new Date(0).toISOString(), uuid: () => '' };
    const verdict = evaluateExpression(condition, scope);
    if (verdict === true) return [];
    return [verdict === false ? notes : { ...notes, note: 'the condition gives neither true nor false' }];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [{ ...notes, note: error.message }];
  }
}
