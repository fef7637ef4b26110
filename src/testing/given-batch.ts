// The event that a flow with `batch` gets in a case: the events that the case gives, made into one as the store makes it.
// Each of them has to start the flow by itself; it decides nothing about that.
import type { EventData, Json } from '../../workflows/definition.ts';
import { BATCH, batchEventId } from '../inbox/gathering.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Started } from './given-event.ts';
import type { Given } from './test-case.ts';

/** What a case gives, one by one: the events of `{type: batch, body: {events: […]}}`, or the one that it is. */
export function eventsOf(given: Given): Given[] {
  if (given.kind !== 'event' || given.fields['type'] !== BATCH || !isObject(given.body)) return [given];
  const events = Array.isArray(given.body['events']) ? given.body['events'] : [];
  return events.map((event) => {
    const { body, ...fields } = isObject(event) ? event : { body: event };
    return { ...given, fields, body };
  });
}

/** The event of the batch, or why there is none. `starts`: what each of its events would start alone. */
export function batchOf(flow: string, starts: Started[], startMs: number): Started {
  const events: EventData[] = [];
  for (const [index, start] of starts.entries()) {
    if ('refused' in start) {
      return starts.length === 1 ? start : { refused: `event ${index + 1} of the batch: ${start.refused}` };
    }
    events.push(start.event);
  }
  const [first] = events;
  if (first === undefined) return { refused: 'the batch has no events: give it `body: {events: […]}`' };
  const id = batchEventId(flow, '', first.id, startMs);
  const time = new Date(startMs).toISOString();
  const body = { events: events as unknown as Json, count: events.length };
  return { event: { id, type: BATCH, source: BATCH, time, body, headers: {}, query: {} } };
}
