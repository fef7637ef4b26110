// Waits for an event: registers, looks at what came before, then lets events come. The store finds the run by what it waits for;
// the run looks no further than at what it is given. Must never take the same event twice for the same question.
import { isAnswer, isMatch, questionFor, type AwaitedEvents, type Hastening, type Terms } from './awaited-events.ts';
import { isAsked, noteAsked, wasAsked } from './asked-waits.ts';
import { comparableText } from './comparable-text.ts';
import type { Json, JsonObject } from './definition.ts';
import { enter } from './effects.ts';
import { EMIT_SOURCE } from './emit-event.ts';
import { renderTemplate } from './expression/index.ts';
import { sha256Hex } from './expression/sha256.ts';
import { bytesFromText } from './expression/utf8.ts';
import { decide } from './journal.ts';
import { FORGET_TIMEOUT_MS, STEP_TIMEOUT_MS } from './limits.ts';
import { isAskedTooLate, isToLookAgain, lookAgain } from './look-again.ts';
import { labelOf, type Place } from './place.ts';
import { RUN_SOURCE } from './run-life.ts';
import { failStep, StepFailure } from './step-failure.ts';
import {
  startStoreCall,
  storeCall,
  STORE_CALLS,
  type ForgetRequest,
  type RegisterAnswer,
  type RegisterRequest,
} from './store-call.ts';
import type { Candidate } from './wakes.ts';

/** Of what people read about a wait. */
const TEXT_CHARACTERS_MAX = 300;
/** Hex digits of a question's name. */
const QUESTION_DIGITS = 16;

/** The event, or undefined when the time was over. Throws StepFailure when a text of `where` is none. */
export async function waitForEvent(place: Place, awaited: AwaitedEvents): Promise<Json | undefined> {
  const { run, node, path: id } = place;
  const terms = decide<Terms>(node, 'wait for', () => termsOf(place, awaited));
  run.wakes.open(id);
  run.details.waits(
    id,
    `${run.input.flow.file}:${place.step.line}: ${labelOf(place)}: waiting for ${textOf(awaited, terms)}`,
  );
  let taken: Candidate | undefined;
  try {
    taken = (await firstLook(place, awaited, terms)) ?? (await letCome(place, awaited, terms));
    if (taken === undefined && isToLookAgain(place, awaited)) taken = await lookAgain(place, awaited, terms);
    if (taken === undefined && awaited.hasten !== undefined) await hasten(place, awaited, terms, awaited.hasten);
  } catch (thrown) {
    const isCancelled = run.runtime.isCancellation(thrown);
    if (awaited.hasten !== undefined && (isCancelled || thrown instanceof StepFailure)) {
      await hasten(place, awaited, terms, awaited.hasten);
    }
    if (isCancelled) await run.runtime.nonCancellable(() => forget(place));
    throw thrown;
  } finally {
    run.wakes.close(id);
    run.details.over(id);
  }
  if (taken === undefined) return undefined;
  if (awaited.isAskedOnce !== true) run.wakes.take(questionOf(awaited, terms), taken.position);
  // Without `match` the store forgot the wait itself.
  if (awaited.match !== undefined) await forget(place, taken.position);
  return taken.event as unknown as Json;
}

function termsOf({ run, frame }: Place, awaited: AwaitedEvents): Terms {
  const { runtime, input } = run;
  const began = Date.parse(input.event.time);
  const where = Object.entries(awaited.where)
    .map(([path, template]): [string, string] => [path, whereText(path, renderTemplate(template, frame.scope))])
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const terms: Terms = {
    since: Math.min(runtime.startedAt, Number.isNaN(began) ? runtime.startedAt : began) - awaited.lookbackMs,
    until: awaited.timeoutMs === undefined ? null : runtime.now() + awaited.timeoutMs,
    where,
    after: 0,
  };
  return { ...terms, after: Math.max(awaited.after ?? 0, run.wakes.takenFor(questionOf(awaited, terms))) };
}

function whereText(path: string, value: Json | undefined): string {
  const text = comparableText(value);
  if (text !== undefined) return text;
  throw failStep(
    'invalid_field',
    `\`where\`: what \`${path}\` must be is no text, number or boolean: no event could match`,
  );
}

/** For people. */
function textOf({ types, source, text }: AwaitedEvents, { where }: Terms): string {
  if (text !== undefined) return text;
  const of = source === EMIT_SOURCE || source === RUN_SOURCE ? '' : ` of ${source}`;
  const conditions = where.map(([path, value]) => `${path} is ${JSON.stringify(value)}`).join(' and ');
  return `${types.join(' or ')}${of}${conditions === '' ? '' : ` where ${conditions}`}`.slice(0, TEXT_CHARACTERS_MAX);
}

/** Two waits with the same question do not take the same event, one after the other. */
function questionOf({ types, source, match }: AwaitedEvents, { where }: Terms): string {
  const text = JSON.stringify([types, source, where, match ?? null]);
  return sha256Hex(bytesFromText(text)).slice(0, QUESTION_DIGITS);
}

/** Looks back, unless that was done before: one turn of the run either way, for histories have what follows in that order. */
function firstLook(place: Place, awaited: AwaitedEvents, terms: Terms): Promise<Candidate | undefined> {
  return wasAsked(place.node) ? Promise.resolve(undefined) : lookBack(place, awaited, terms);
}

/** Registers the wait and looks at what came before that, as long as the store has more to show. */
async function lookBack(place: Place, awaited: AwaitedEvents, terms: Terms): Promise<Candidate | undefined> {
  const { run, node } = place;
  const resets = run.resets();
  let { after } = terms;
  for (;;) {
    const request: RegisterRequest = { ...questionFor(place, awaited, terms, after), until: terms.until };
    const withinMs = Math.min(STEP_TIMEOUT_MS, leftOf(place, terms));
    const input = request as unknown as JsonObject;
    let answer: Json;
    try {
      answer = await storeCall(place, STORE_CALLS.register, input, withinMs, awaited.summary);
    } catch (thrown) {
      if (isAskedTooLate(place, awaited, terms, thrown)) return undefined;
      throw thrown;
    }
    const { candidates, more } = answer as unknown as RegisterAnswer;
    for (const candidate of candidates) {
      if (isMatch(place, awaited, candidate)) return candidate;
      after = candidate.position;
    }
    if (!more) break;
  }
  noteAsked(node, resets);
  return undefined;
}

/**
 * Asks once more, after the run was reset: the store forgot the wait when the run ended, and events may have come meanwhile. Undefined also
 * when the time is over.
 */
async function askAgain(place: Place, awaited: AwaitedEvents, terms: Terms): Promise<Candidate | undefined> {
  try {
    if (awaited.renewed !== undefined) terms.after = await awaited.renewed(leftOf(place, terms));
    return await lookBack(place, awaited, terms);
  } catch (thrown) {
    if (thrown instanceof StepFailure && isOver(place, terms)) return undefined;
    throw thrown;
  }
}

function isOver({ run }: Place, { until }: Terms): boolean {
  return until !== null && until <= run.runtime.now();
}

/** Milliseconds until the time of the wait is over, 1 when it is. */
function leftOf({ run }: Place, { until }: Terms): number {
  return Math.max(1, (until ?? Number.MAX_SAFE_INTEGER) - run.runtime.now());
}

/** Undefined when the time was over first. */
async function letCome(place: Place, awaited: AwaitedEvents, terms: Terms): Promise<Candidate | undefined> {
  const { run, path: id } = place;
  const { runtime } = run;
  const { until } = terms;
  const isToAsk = (): boolean => wasAsked(place.node) && !isAsked(place) && !isOver(place, terms);
  for (;;) {
    // Before it looks at what it is told: a call must not take an end from before.
    if (isToAsk()) {
      const found = await askAgain(place, awaited, terms);
      if (found !== undefined) return found;
      continue;
    }
    for (let next = run.wakes.next(id); next !== undefined; next = run.wakes.next(id)) {
      if (isAnswer(place, awaited, terms, next) && isMatch(place, awaited, next)) return next;
    }
    // A run that many events come to must get a chance to continue as new.
    await enter(run);
    if (run.wakes.has(id) || isToAsk()) continue;
    const leftMs = until === null ? undefined : until - runtime.now();
    runtime.waiting();
    const isToGoOn = (): boolean => run.wakes.has(id) || isToAsk();
    if (!(await runtime.until(isToGoOn, leftMs, awaited.summary ?? labelOf(place)))) return undefined;
  }
}

/** Whatever comes of it, the wait has ended as it did. The store keeps a wait for a while after its time. */
async function hasten(place: Place, awaited: AwaitedEvents, terms: Terms, by: Hastening): Promise<void> {
  const { runtime } = place.run;
  await runtime.nonCancellable(async () => {
    await by.ask();
    const longer: Terms = { ...terms, until: runtime.now() + by.withinMs };
    try {
      if ((await firstLook(place, awaited, longer)) === undefined) await letCome(place, awaited, longer);
    } catch (thrown) {
      if (!(thrown instanceof StepFailure)) throw thrown;
    }
  });
}

/** Best effort: what the store keeps of a wait that is over expires, or is swept. */
async function forget(place: Place, taken?: number): Promise<void> {
  const request: ForgetRequest = taken === undefined ? { waiter: place.path } : { waiter: place.path, taken };
  try {
    await startStoreCall(place, STORE_CALLS.forget, request, FORGET_TIMEOUT_MS);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
  }
}
