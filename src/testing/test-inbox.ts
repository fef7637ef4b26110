// The inbox of a case: the events that came, and which run waits for which. It compares events with questions as the store
// does, in memory; it knows no clock and makes no event of its own.
import { APPROVAL_SOURCE } from '../../workflows/decision.ts';
import type { ConnectorCall, EventData, Json } from '../../workflows/definition.ts';
import type { LookAgainRequest, RegisterAnswer, RegisterRequest } from '../../workflows/store-call.ts';
import type { Candidate, Wake } from '../../workflows/wakes.ts';
import { textsAt } from '../inbox/event-key.ts';

/** Who waits. */
export type WaitingStep = ConnectorCall['run'];

/** A wait of a run. */
export interface Waiter extends RegisterRequest {
  caller: WaitingStep;
}

export interface TestInbox {
  /**
   * Keeps an event that came at this time (Unix milliseconds) and wakes those that wait for it; its position, undefined when an event
   * of this id is there already.
   */
  accept(event: EventData, receivedAt: number): number | undefined;
  /** The event at a position; undefined where there is none. */
  eventAt(position: number): EventData | undefined;
  /** Keeps a wait, and answers with the events that came before it. */
  register(request: RegisterRequest, caller: WaitingStep): RegisterAnswer;
  /** The events that came within the time of a wait that is over. */
  lookAgain(request: LookAgainRequest): RegisterAnswer;
  /** `run`: the id of the run that waits. */
  forget(path: string, run: string): void;
  /** Every wait that there was, in the order in which they began. */
  waiters(): Waiter[];
}

interface Kept extends Candidate {
  receivedAt: number;
}

/** Events that a run is handed at once to look at with `match`: as activities/store-calls.ts has it. */
const CANDIDATES_MAX = 10;

/** An inbox that holds nothing but the event that started the run. `wake` tells a run, by its id, of an event that it waits for. */
export function createTestInbox(started: EventData, wake: (wake: Wake, run: string) => void): TestInbox {
  const events: Kept[] = [];
  const ids = new Set([started.id]);
  const waiters = new Map<string, Waiter>();
  /** Those of them that events still wake: what ended costs no later event anything. */
  const open = new Map<string, Waiter>();
  const before = (request: Omit<RegisterRequest, 'until'>): Kept[] =>
    events.slice(request.after).filter((kept) => answers(kept, request));

  return {
    waiters: () => [...waiters.values()],
    accept(event, receivedAt) {
      if (ids.has(event.id)) return undefined;
      ids.add(event.id);
      const kept: Kept = { position: events.length + 1, event, receivedAt };
      events.push(kept);
      // First all, then one by one: who is told may ask the next question, and is not told of the same event again.
      const told = [...open].filter(([, waiter]) => answers(kept, waiter));
      for (const [key, waiter] of told) {
        if (waiter.once) open.delete(key);
        wake({ waiter: waiter.waiter, position: kept.position, event }, waiter.caller.id);
      }
      return kept.position;
    },
    eventAt: (position) => events[position - 1]?.event,
    register(request, caller) {
      const key = keyOf(request.waiter, caller.id);
      // A run that asks for a next page of what came before registers again.
      waiters.delete(key);
      waiters.set(key, { ...request, caller });
      const limit = request.once ? 1 : CANDIDATES_MAX;
      const found = before(request).slice(0, limit);
      open.delete(key);
      if (!request.once || found.length === 0) open.set(key, waiters.get(key)!);
      return {
        candidates: found.map(({ position, event }) => ({ position, event })),
        more: !request.once && found.length === limit,
      };
    },
    lookAgain(request) {
      const found = before(request).filter(({ receivedAt }) => receivedAt <= request.upTo);
      return { candidates: found.map(({ position, event }) => ({ position, event })), more: false };
    },
    forget: (path, run) => void open.delete(keyOf(path, run)),
  };
}

function keyOf(path: string, run: string): string {
  return `${run} ${path}`;
}

function answers({ position, event, receivedAt }: Kept, request: Omit<RegisterRequest, 'until'>): boolean {
  const { types, source, since, after, except } = request;
  if (!types.includes(event.type) || event.source !== source) return false;
  if (receivedAt < since || position <= after || event.id === except) return false;
  return differentPath(event, request) === undefined;
}

/** The first path of `where` at which the event says something else; undefined when there is none. */
export function differentPath(
  event: EventData,
  { where }: Pick<RegisterRequest, 'where'>,
): [string, string] | undefined {
  return where.find(([path, text]) => textsAt(event as unknown as Json, [path])?.[0] !== text);
}

/** What is waited for, in words. */
export function questionText({ types, source, where }: Pick<RegisterRequest, 'types' | 'source' | 'where'>): string {
  if (source === APPROVAL_SOURCE) return "a person's decision";
  const conditions = where.map(([path, text]) => `\`${path}\` is ${JSON.stringify(text)}`);
  const head = `${types.map((type) => `\`${type}\``).join(' or ')} from \`${source}\``;
  return conditions.length === 0 ? head : `${head} where ${conditions.join(' and ')}`;
}
