// What a wait asks for: said to the store, and held against every event that it tells of. It waits for nothing itself.
import type { ExpressionText, Json, Template } from './definition.ts';
import { textsAt } from './event-texts.ts';
import { evaluateCondition, explain, ExpressionError } from './expression/index.ts';
import type { Place } from './place.ts';
import { createFrame } from './run.ts';
import type { RegisterRequest } from './store-call.ts';
import type { Candidate } from './wakes.ts';

/** Marks histories of runs that take nothing but what they asked for. */
const TAKES_ANSWERS_PATCH = 'takes-only-answers';

/** What a step waits for. */
export interface AwaitedEvents {
  /** Event types, any of them. */
  types: string[];
  source: string;
  /** By path in the event: what its text must be. */
  where: Record<string, Template>;
  /** Over `candidate`: only an event that it is true for is taken. */
  match: ExpressionText | undefined;
  /** Events so long before the one that started the run count too. */
  lookbackMs: number;
  timeoutMs: number | undefined;
  /** Only events behind this position of the inbox. Absent: all since the run began. */
  after?: number;
  /**
   * Says anew behind which position events count, in this many milliseconds at most: asked when the run was reset, and what it knew of may be
   * in the past.
   */
  renewed?: (withinMs: number) => Promise<number>;
  /** When the time is over, events that the run was not told of in time are looked for. */
  looksAgain?: true;
  /** Nothing else in the run asks this: nothing is kept of the event that was taken. */
  isAskedOnce?: true;
  /** Shown beside what the wait does; the step's label without it. */
  summary?: string;
  /** What people read that the run waits for; types, source and `where` without it. */
  text?: string;
  /** When the wait is cancelled or its time over: asks for the event, which is then waited for so much longer. */
  hasten?: Hastening;
}

/** How an event is asked for, and how long it may then take. */
export interface Hastening {
  ask(): Promise<unknown>;
  withinMs: number;
}

/** What was worked out when the wait began. Times in Unix milliseconds. */
export type Terms = {
  since: number;
  until: number | null;
  where: [string, string][];
  after: number;
};

/** As the store is asked for events behind a position. */
export function questionFor(
  { run, path }: Place,
  { types, source, match }: AwaitedEvents,
  { where, since }: Terms,
  after: number,
): Omit<RegisterRequest, 'until'> {
  return { waiter: path, types, source, where, since, after, except: run.input.event.id, once: match === undefined };
}

/**
 * Whether an event is one that was asked for. The store tells of no other; but after a reset, what an earlier execution was to be told
 * may still come to a wait of this one that has the same name. Runs that took such an event before take it in every replay.
 */
export function isAnswer({ run }: Place, awaited: AwaitedEvents, terms: Terms, candidate: Candidate): boolean {
  return isAskedFor(awaited, terms, candidate) || !run.runtime.patched(TAKES_ANSWERS_PATCH);
}

function isAskedFor(
  { types, source }: AwaitedEvents,
  { where, after }: Terms,
  { position, event }: Candidate,
): boolean {
  if (position <= after || source !== event.source || !types.includes(event.type)) return false;
  const texts = textsAt(
    event as unknown as Json,
    where.map(([path]) => path),
  );
  return texts?.every((text, index) => text === where[index]![1]) === true;
}

/**
 * Whether `match` holds. An event that it cannot be worked out for is not the one: what outside senders send must not be able to
 * fail a run. The details of the run say why.
 */
export function isMatch({ run, frame, step }: Place, { match }: AwaitedEvents, { event }: Candidate): boolean {
  if (match === undefined) return true;
  const locals = { ...frame.locals, candidate: event as unknown as Json };
  try {
    return evaluateCondition(match, createFrame(run, locals, frame.results, frame.label).scope);
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    run.details.note(`${run.input.flow.file}:${step.line}: \`match\` failed on ${event.id}: ${explain(thrown)}`);
    return false;
  }
}
