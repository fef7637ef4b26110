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
  /** Events still wake it; the store does not know when the run waits no more. */
  isOpen: boolean;
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
  waiters: Waiter[];
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
  const inbox: TestInbox = {
    waiters: [],
    accept(event, receivedAt) {
      if (ids.has(event.id)) return undefined;
      ids.add(event.id);
      const kept: Kept = { position: events.length + 1, event, receivedAt };
      events.push(kept);
      for (const waiter of inbox.waiters) {
        if (!waiter.isOpen || !answers(kept, waiter)) continue;
        if (waiter.once) waiter.isOpen = false;
        wake({ waiter: waiter.waiter, position: kept.position, event }, waiter.caller.id);
      }
      return kept.position;
    },
    eventAt: (position) => events[position - 1]?.event,
    register(request, caller) {
      // A run that asks for a next page of what came before registers again.
      const waiter: Waiter = { ...request, caller, isOpen: true };
      inbox.waiters = [...inbox.waiters.filter((each) => !isOf(each, request.waiter, caller.id)), waiter];
      const limit = request.once ? 1 : CANDIDATES_MAX;
      const found = events.filter((kept) => answers(kept, request)).slice(0, limit);
      if (request.once && found.length > 0) waiter.isOpen = false;
      return {
        candidates: found.map(({ position, event }) => ({ position, event })),
        more: !request.once && found.length === limit,
      };
    },
    lookAgain(request) {
      const found = events.filter((kept) => kept.receivedAt <= request.upTo && answers(kept, request));
      return { candidates: found.map(({ position, event }) => ({ position, event })), more: false };
    },
    forget(path, run) {
      for (const waiter of inbox.waiters) if (isOf(waiter, path, run)) waiter.isOpen = false;
    },
  };
  return inbox;
}

function isOf({ waiter, caller }: Waiter, path: string, run: string): boolean {
  return waiter === path && caller.id === run;
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
