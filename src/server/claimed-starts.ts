// The starts of an event just committed, made from what is still in memory: nobody has to read them back from the store.
import type { EventData } from '../../workflows/definition.ts';
import type { ClaimedStart, NewStart } from '../inbox/store.ts';

/** One for every start that was written now and may start at once, with the row id that the store gave it. */
export function claimedStarts(
  event: EventData,
  receivedAt: number,
  starts: NewStart[],
  startIds: number[],
): ClaimedStart[] {
  const { id: eventId, type: eventType, source, headers, query, body } = event;
  return starts.flatMap((start, index) => {
    const id = startIds[index] ?? 0;
    if (id === 0 || start.admission !== undefined) return [];
    return [{ ...start, id, eventId, eventType, source, receivedAt, headers, query, body, attempts: 0 }];
  });
}
