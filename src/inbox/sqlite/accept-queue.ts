// Collects the deliveries of one turn of the event loop into one message to the thread. Nothing resolves before their commit.
import type { StartNews } from '../slots.ts';
import type { Accepted, NewDelivery } from '../store.ts';
import { StoreUnavailableError } from '../store.ts';
import type { Gathered } from '../gathering.ts';
import type { DeliveryRow } from './accept.ts';
import type { Joined } from './gathering.ts';
import type { ThreadClient } from './thread-client.ts';

/** Limits of one message to the thread. */
const MESSAGE_DELIVERIES_MAX = 500;
const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;
/** One is being committed while the next is at hand; more would only make each smaller, and a message costs more than a delivery. */
const MESSAGES_ON_THE_WAY_MAX = 2;
/** What may wait for its commit in all; beyond it a delivery is refused at once, so that a slow disk cannot fill the memory. */
const WAITING_DELIVERIES_MAX = 20_000;
const WAITING_BYTES_MAX = 256 * 1024 * 1024;

interface Waiting {
  row: DeliveryRow;
  body: Uint8Array;
  resolve(accepted: Accepted): void;
  reject(error: Error): void;
}

/** Who is told after a commit: that it left wakes for runs that wait, that events in it were gathered, that it let starts through. */
export interface AcceptListeners {
  onWakes?(): void;
  onGathered?(gathered: Gathered): void;
  onStarts?(news: StartNews): void;
}

/** @returns `accept` of the Store contract. */
export function createAcceptQueue(
  client: ThreadClient,
  { onWakes, onGathered, onStarts }: AcceptListeners = {},
): (delivery: NewDelivery) => Promise<Accepted> {
  const queue: Waiting[] = [];
  let messagesOnTheWay = 0;
  let scheduled = false;
  let waitingCount = 0;
  let waitingBytes = 0;

  /** Sends what waits, as far as messages may be on their way; the rest goes with the next answer, as one message. */
  function flush(): void {
    scheduled = false;
    while (queue.length > 0 && messagesOnTheWay < MESSAGES_ON_THE_WAY_MAX) {
      let bytes = 0;
      let count = 0;
      while (count < queue.length && count < MESSAGE_DELIVERIES_MAX && (count === 0 || bytes < MESSAGE_BYTES_MAX)) {
        bytes += queue[count]!.row.bodyBytes;
        count += 1;
      }
      messagesOnTheWay += 1;
      void send(queue.splice(0, count), bytes).then(() => {
        messagesOnTheWay -= 1;
        flush();
      });
    }
  }

  async function send(batch: Waiting[], bytes: number): Promise<void> {
    const bodies = bytesTogether(batch, bytes);
    const rows = batch.map((waiting) => waiting.row);
    try {
      const stored = await client.call('accept', [rows, bodies], bytes, [bodies.buffer]);
      batch.forEach((waiting, index) => {
        const { duplicateOf, startIds } = stored[index]!;
        const eventIds = duplicateOf ?? waiting.row.events.map((event) => event.id);
        finish(waiting).resolve({ duplicate: duplicateOf !== null, eventIds, startIds });
      });
      if (stored.some(({ wakes }) => wakes > 0)) onWakes?.();
      const joined = stored.flatMap(({ gathered }) => gathered);
      if (joined.length > 0) onGathered?.(summed(joined));
      for (const { news } of stored) if (news !== null) onStarts?.(news);
    } catch (error) {
      const oneIsAtFault = !(error instanceof StoreUnavailableError) && batch.length > 1;
      if (oneIsAtFault) for (const waiting of batch) void send([waiting], waiting.row.bodyBytes);
      else for (const waiting of batch) finish(waiting).reject(error as Error);
    }
  }

  function finish(waiting: Waiting): Waiting {
    waitingCount -= 1;
    waitingBytes -= waiting.row.bodyBytes;
    return waiting;
  }

  return (delivery) =>
    new Promise((resolve, reject) => {
      if (waitingCount >= WAITING_DELIVERIES_MAX || waitingBytes >= WAITING_BYTES_MAX) {
        reject(new StoreUnavailableError(`${waitingCount} deliveries wait for the disk already`));
        return;
      }
      const row = packed(delivery);
      waitingCount += 1;
      waitingBytes += row.bodyBytes;
      queue.push({ row, body: delivery.body, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    });
}

function summed(joined: Joined[]): Gathered {
  const times = joined.flatMap(({ dueAt }) => dueAt ?? []);
  const starts = joined.reduce((sum, { closed }) => sum + closed, 0);
  return { dueAt: times.length === 0 ? null : Math.min(...times), starts };
}

function bytesTogether(batch: Waiting[], bytes: number): Uint8Array<ArrayBuffer> {
  const bodies = new Uint8Array(bytes);
  let offset = 0;
  for (const { body } of batch) {
    bodies.set(body, offset);
    offset += body.length;
  }
  return bodies;
}

function packed(delivery: NewDelivery): DeliveryRow {
  return {
    source: delivery.source,
    deliveryId: delivery.deliveryId,
    receivedAt: delivery.receivedAt,
    method: delivery.method,
    contentType: delivery.contentType,
    headers: JSON.stringify(delivery.headers),
    query: JSON.stringify(delivery.query),
    bodyBytes: delivery.body.length,
    replay: delivery.replay ?? null,
    events: delivery.events.map((event) => ({
      id: event.id,
      type: event.type,
      outcome: event.outcome,
      reason: event.reason ?? null,
      body: event.body === undefined ? null : JSON.stringify(event.body),
      held: event.held ?? false,
      starts: event.starts.map(({ flow, definitionHash, respondWithinMs = null, admission }) => ({
        flow,
        definitionHash,
        respondWithinMs,
        admission: admission === undefined ? null : JSON.stringify(admission),
      })),
    })),
  };
}
