// Makes the definition that a run is pinned to from a document that has passed all checks. Pure; reports nothing.
import type { Flow, Json, JsonObject, OnError, Retry, Step, Template } from '../../workflows/definition.ts';
import { durationMs } from '../../workflows/duration.ts';
import { parseTemplateText } from '../../workflows/expression/index.ts';
import { RETRY_DEFAULT, UNDO_TIMEOUT_MS } from '../../workflows/limits.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import type { Field } from '../../workflows/steps/step.ts';
import type { FlowDocument } from './document.ts';
import { isObject, verbsOf } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** What every step of a flow is normalised with. */
interface Origin {
  document: FlowDocument;
  /** The flow's retry, which fills what a step's retry leaves out. */
  retry: Retry;
}

/** What its expressions read that is captured when a run starts. */
export interface UsedValues {
  configNames: string[];
  runUrl: boolean;
}

/** The normalised flow. `raw` must have passed the schema and all checks. */
export function normaliseFlow(document: FlowDocument, raw: JsonObject, used: UsedValues): Flow {
  const retry = raw['retry'] === undefined ? undefined : retryOf(raw['retry'], RETRY_DEFAULT);
  const origin: Origin = { document, retry: retry ?? RETRY_DEFAULT };
  const list = (field: string) => (raw[field] === undefined ? undefined : stepsOf(origin, raw[field], [field]));
  const steps = list('steps') ?? [];
  const caught = list('catch');
  const lastly = list('finally');
  const approves = hasVerb([steps, caught, lastly], 'approve') ? (true as const) : undefined;
  return withoutUndefined({
    language: 1 as const,
    flow: raw['flow'] as string,
    description: raw['description'] as string | undefined,
    file: document.file.path,
    vars: (raw['vars'] ?? {}) as Record<string, Template>,
    input: raw['input'] as JsonObject | undefined,
    timeoutMs: literalMs(raw['timeout']),
    retry,
    steps,
    catch: caught,
    finally: lastly,
    undoOnFailure: raw['undo_on_failure'] === true ? (true as const) : undefined,
    output: raw['output'],
    configNames: used.configNames,
    runUrl: used.runUrl ? (true as const) : undefined,
    respondsEarly: hasVerb([steps, caught, lastly], 'respond'),
    approves,
    notifiesUntilDecided: approves,
    looksAgain: hasVerb([steps, caught, lastly], 'wait_for') ? (true as const) : undefined,
  });
}

function stepsOf(origin: Origin, value: Json | undefined, path: Path): Step[] {
  if (!Array.isArray(value)) return [];
  return value.map((raw, index) => stepOf(origin, raw as JsonObject, [...path, index]));
}

function stepOf(origin: Origin, raw: JsonObject, path: Path): Step {
  const verb = verbsOf(raw)[0]!;
  const fields = STEP_TYPES.get(verb)!.fields;
  const step: Step = withoutUndefined({
    verb,
    id: raw['id'] as string | undefined,
    name: raw['name'] as string | undefined,
    line: origin.document.lineOf(path),
    guard: verb === 'if' || raw['if'] === undefined ? undefined : bareText(raw['if']),
    timeoutMs: literalMs(raw['timeout']),
    attemptTimeoutMs: literalMs(raw['attempt_timeout']),
    retry: raw['retry'] === undefined ? undefined : retryOf(raw['retry'], origin.retry),
    onError: raw['on_error'] as OnError | undefined,
    undoSteps: Array.isArray(raw['undo']) ? bounded(stepsOf(origin, raw['undo'], [...path, 'undo'])) : undefined,
    undoWhen: raw['undo_when'] as Step['undoWhen'],
  });
  return Object.assign(step, fieldsOf(origin, fields, raw, path));
}

/**
 * The interpreter puts no timer of its own around an `undo` of one step that has a timeout; one that would wait for ever without
 * gets the time of an undo here, in the definition, so that runs in flight stay as they were.
 */
function bounded(steps: Step[]): Step[] {
  const [only] = steps;
  if (only === undefined || steps.length > 1 || only.timeoutMs !== undefined) return steps;
  return STEP_TYPES.get(only.verb)?.waitsForEver === true ? [{ ...only, timeoutMs: UNDO_TIMEOUT_MS }] : steps;
}

/** The values of those fields that are there. */
function fieldsOf(origin: Origin, fields: Record<string, Field>, raw: JsonObject, path: Path): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (raw[name] !== undefined) values[name] = fieldOf(origin, field, raw[name], [...path, name]);
  }
  return values;
}

function fieldOf(origin: Origin, field: Field, value: Json, path: Path): unknown {
  if (field.kind === 'expression') return bareText(value);
  if (field.kind === 'steps') return stepsOf(origin, value, path);
  if (field.kind === 'group' && isObject(value)) return fieldsOf(origin, field.fields ?? {}, value, path);
  if (field.kind === 'duration' || field.kind === 'duration_template') return literalMs(value) ?? value;
  if (field.kind === 'branches' && isObject(value)) {
    const branches = Object.entries(value).map(([branch, list]) => [branch, stepsOf(origin, list, [...path, branch])]);
    return Object.fromEntries(branches) as Record<string, Step[]>;
  }
  if (field.kind === 'cases' && Array.isArray(value)) {
    return value.map((item, index) => {
      const { when, steps } = item as JsonObject;
      return { when: bareText(when!), steps: stepsOf(origin, steps, [...path, index, 'steps']) };
    });
  }
  return value;
}

/** The text of a bare expression, an enclosing `${{ }}` stripped. */
export function bareText(value: Json): string {
  const text = String(value);
  if (!text.includes('${{')) return text.trim();
  const only = parseTemplateText(text).parts[0];
  return typeof only === 'object' ? only.expression : text;
}

/** Milliseconds of a literal duration; undefined for anything else. */
export function literalMs(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? durationMs(value) : undefined;
}

function retryOf(value: Json, base: Retry): Retry {
  const { on, until, ...times } = base;
  if (!isObject(value)) return { ...times, maxAttempts: 1 };
  const delayMs = literalMs(value['delay']) ?? base.delayMs;
  return withoutUndefined({
    maxAttempts: (value['max_attempts'] as number | undefined) ?? base.maxAttempts,
    delayMs,
    backoff: (value['backoff'] as number | undefined) ?? base.backoff,
    // A first delay over the largest one would be refused by Temporal.
    maxDelayMs: Math.max(literalMs(value['max_delay']) ?? base.maxDelayMs, delayMs),
    on: value['on'] === undefined ? on : bareText(value['on']),
    until: value['until'] === undefined ? until : bareText(value['until']),
  });
}

function hasVerb(steps: (Step[] | undefined)[], verb: string): boolean {
  const inside = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(inside);
    if (value === null || typeof value !== 'object') return false;
    return ('verb' in value && 'line' in value && value.verb === verb) || Object.values(value).some(inside);
  };
  return inside(steps);
}

/** Leaves out keys without a value, so that the definition is the same before and after JSON. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
