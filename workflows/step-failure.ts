// How a step ends other than by finishing: it fails, or it ends the run. Cancellation is neither and belongs to the Runtime.
import type { FlowError, Json, JsonObject } from './definition.ts';
import type { ErrorCode } from './error-codes.ts';
import { CAUSE_DEPTH_MAX } from './limits.ts';

/** What the maker of a failed attempt says about another one. */
export interface RetryAdvice {
  /** Whether it may help. */
  helps: boolean;
  /** When to make it, in milliseconds; undefined when nothing is known. */
  delayMs: number | undefined;
}

/** A failure that authors see and may handle. `error.step` is null until the interpreter knows which step it was. */
export class StepFailure extends Error {
  override name = 'StepFailure';
  readonly error: FlowError;
  /** Only of a failed call. */
  readonly advice: RetryAdvice | undefined;
  constructor(error: FlowError, advice?: RetryAdvice) {
    super(error.message);
    this.error = error;
    this.advice = advice;
  }
}

/** The run ends successfully with a value (`return`). Nothing but the end of the run may swallow it. */
export class RunReturned extends Error {
  override name = 'RunReturned';
  readonly value: Json;
  constructor(value: Json) {
    super('the run returned');
    this.value = value;
  }
}

/** How a loop is left early: `next` ends an iteration, `break` all of them. */
export type LoopExit = 'next' | 'break';

/** Ends an iteration of the loop around, or the loop. Only `finally` sees it on the way; no `catch` does. */
export class LoopLeft extends Error {
  override name = 'LoopLeft';
  readonly exit: LoopExit;
  constructor(exit: LoopExit) {
    super(`the loop was left by ${exit}`);
    this.exit = exit;
  }
}

/** A failure of Hookline's own, not yet tied to a step. */
export function failStep(code: ErrorCode, message: string): StepFailure {
  return new StepFailure({ code, message, step: null, attempt: 1 });
}

/**
 * The failure a `fail` step asks for: `{code, message}`, or a whole caught error, which keeps its step, status and cause.
 * Any other value makes a failure with the code `invalid_field`.
 */
export function authorFailure(value: Json): StepFailure {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return failStep('invalid_field', '`fail` needs a map with `code` and `message`, or a caught error');
  }
  const { code, message } = value;
  if (typeof code !== 'string' || code === '' || typeof message !== 'string') {
    return failStep('invalid_field', '`fail` needs `code` and `message`, both text');
  }
  const step = typeof value['step'] === 'string' ? value['step'] : null;
  const attempt = typeof value['attempt'] === 'number' ? value['attempt'] : 1;
  return new StepFailure({ ...withoutNulls(value), code, message, step, attempt } as FlowError);
}

/** An error that flows saw, without the parts that it does not have; its causes too, and what it says could not be undone. */
function withoutNulls(error: JsonObject): JsonObject {
  const { cause, undo, ...parts } = error;
  const known = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== null));
  if (isMap(cause)) known['cause'] = withoutNulls(cause);
  const failures = Array.isArray(undo) ? undo.filter(isUndoFailure) : [];
  if (failures.length > 0) known['undo'] = failures.map((each) => ({ ...each, error: withoutNulls(each.error) }));
  return known;
}

function isUndoFailure(value: Json): value is { step: string; error: JsonObject } {
  return isMap(value) && typeof value['step'] === 'string' && isMap(value['error']);
}

function isMap(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The same error with a cause, unless it has one, is the cause passed on, or the chain is long enough. */
export function withCause(error: FlowError, cause: FlowError): FlowError {
  if (error.cause !== undefined || (error.code === cause.code && error.message === cause.message)) return error;
  return { ...error, cause: cut(cause, CAUSE_DEPTH_MAX) };
}

function cut(error: FlowError, depth: number): FlowError {
  const { cause, ...rest } = error;
  return cause === undefined || depth <= 1 ? rest : { ...rest, cause: cut(cause, depth - 1) };
}

/** Parts that not every error has. */
const ABSENT: JsonObject = {
  status: null,
  headers: null,
  body: null,
  branch: null,
  index: null,
  cause: null,
  undo: null,
};

/** The error as flows see it: every part is there, null where nothing is known, so that `error.status == 404` is always an answer. */
export function errorJson(error: FlowError): JsonObject {
  const { cause, undo, ...parts } = error;
  const json: JsonObject = { ...ABSENT, ...(parts as JsonObject) };
  if (cause !== undefined) json['cause'] = errorJson(cause);
  if (undo !== undefined) json['undo'] = undo.map((each) => ({ step: each.step, error: errorJson(each.error) }));
  return json;
}
