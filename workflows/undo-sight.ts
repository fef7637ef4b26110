// What the undo of a step looks at, found in its expressions: a run keeps nothing else of what there was when the step ended.
// It may find too much, never too little. Knows no verbs: any text of the steps may be an expression.
import type { Json, JsonObject, Step } from './definition.ts';
import { ExpressionError, inspectExpression, parseTemplateText, type Scope } from './expression/index.ts';
import type { Run } from './run.ts';

/** Names looked at in each root; undefined: all of it. */
export type Sight = Map<string, Set<string> | undefined>;

/** Roots of which only the names that are looked at are kept. */
const TABLES = ['steps', 'vars'];

/** What the undo of a step looks at; `locals` are the names that its surroundings bind. Found once a run. */
export function sightOf(run: Run, step: Step, locals: string[]): Sight {
  const known = run.sights.get(step);
  if (known !== undefined) return known;
  const sight: Sight = new Map();
  collect(step.undoSteps as unknown as Json, [...TABLES, ...locals], sight);
  run.sights.set(step, sight);
  return sight;
}

/** What can be seen there now. */
export function seenFrom(roots: Scope['roots'], sight: Sight): JsonObject {
  const seen: JsonObject = {};
  for (const [root, names] of sight) {
    const value = roots[root];
    if (value !== undefined) seen[root] = names === undefined ? value : picked(value as JsonObject, names);
  }
  return seen;
}

function picked(table: JsonObject, names: Set<string>): JsonObject {
  return Object.fromEntries(Object.entries(table).filter(([name]) => names.has(name)));
}

function collect(value: Json, roots: string[], sight: Sight): void {
  if (typeof value === 'string') for (const text of expressionsIn(value)) collectNames(text, roots, sight);
  if (value === null || typeof value !== 'object') return;
  for (const inner of Object.values(value)) collect(inner, roots, sight);
}

/** A text without `${{` may be a bare expression; one that is none has no references. */
function expressionsIn(text: string): string[] {
  if (!text.includes('${{')) return [text];
  try {
    return parseTemplateText(text).parts.flatMap((part) => (typeof part === 'string' ? [] : [part.expression]));
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    return [];
  }
}

function collectNames(text: string, roots: string[], sight: Sight): void {
  for (const { root, path } of inspectExpression(text, { roots }).references) {
    const [name] = path;
    if (!TABLES.includes(root) || typeof name !== 'string') sight.set(root, undefined);
    else if (!sight.has(root)) sight.set(root, new Set([name]));
    else sight.get(root)?.add(name);
  }
}
