// Rows of the store as the API and the command line show them: stable names, times in ISO 8601, bodies as text where they are text.
import { isUtf8 } from 'node:buffer';
import type { StartWait } from '../inbox/slots.ts';
import type {
  DeliveryStatus,
  ListedDelivery,
  ListedEvent,
  ListedRejection,
  ListedStart,
  NewEvent,
  ShownDelivery,
} from '../inbox/store.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import { explainRejection, type Explanation, type StartStatus } from './reasons.ts';

/** One start: `run` is its Temporal workflow id, `ui` that run's page where there is one. */
export interface StartView {
  flow: string;
  status: StartStatus;
  attempts: number;
  error: string | null;
  /** What it waits for, where that is other runs of its flow or other events. */
  waits: StartWaitView | null;
  run: string;
  ui: string | null;
}

/** `ahead`: runs and starts that come first, or events gathered so far; `until`: when it starts at the earliest, where that is known. */
export interface StartWaitView {
  for: StartWait['for'];
  ahead: number;
  until: string | null;
}

export interface EventView {
  id: string;
  type: string;
  outcome: NewEvent['outcome'];
  reason: string | null;
  starts: StartView[];
  /** The runs that waited for it. */
  woke: RunView[];
}

/** A run by its Temporal workflow id, with its page where there is one. */
export interface RunView {
  run: string;
  ui: string | null;
}

/** One delivery. `known`: each of its events came in an earlier delivery, so that nothing is new in it. */
export interface DeliveryView {
  source: string;
  deliveryId: string;
  receivedAt: string;
  method: string;
  contentType: string;
  bodyBytes: number;
  repeats: number;
  repeatedAt: string | null;
  status: DeliveryStatus | 'known';
  /** The first of them; `eventsTotal` counts all. */
  events: EventView[];
  eventsTotal: number;
}

/** Bytes as text where they are UTF-8, else base64. */
export type BytesView = { text: string } | { base64: string };

/** A delivery with everything that is kept of it; `body` is null once it was deleted by age. */
export interface ShownDeliveryView extends DeliveryView {
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  body: BytesView | null;
}

/** A refused request, with its reason in words. */
export interface RejectionView extends Explanation {
  at: string;
  source: string;
  status: number;
  reason: string;
  method: string;
  address: string;
  headers: Record<string, string>;
  bodyStart: BytesView;
  bodyBytes: number;
}

/** Gives the page of a run in Temporal's Web UI, where there is one. */
export type RunLink = (run: string) => string | undefined;

/** The word for people for where a start stands. */
export const START_STATUS: Record<ListedStart['state'], StartStatus> = {
  pending: 'waiting',
  started: 'started',
  parked: 'failed',
  skipped: 'skipped',
  gathering: 'waiting',
  gathered: 'gathered',
};

/** What needs somebody comes first: of several events the delivery has the status that stands highest here. */
const STATUS_ORDER: readonly DeliveryStatus[] = [
  'failed',
  'filter_failed',
  'parked',
  'waiting',
  'started',
  'gathered',
  'skipped',
  'filtered',
  'unmatched',
];

export function deliveryView(row: ListedDelivery, runLink: RunLink): DeliveryView {
  const { source, deliveryId, receivedAt, method, contentType, bodyBytes, repeats, repeatedAt, eventsTotal } = row;
  const events = row.events.map((event) => eventView(event, runLink));
  return {
    source,
    deliveryId,
    receivedAt: isoTime(receivedAt),
    method,
    contentType,
    bodyBytes,
    repeats,
    repeatedAt: repeatedAt === null ? null : isoTime(repeatedAt),
    status: statusOf(events),
    events,
    eventsTotal,
  };
}

export function shownDeliveryView(row: ShownDelivery, runLink: RunLink): ShownDeliveryView {
  const { headers, query, body } = row;
  return { ...deliveryView(row, runLink), headers, query, body: body && bytesView(body) };
}

export function rejectionView(row: ListedRejection): RejectionView {
  const { at, source, status, reason, method, address, headers, bodyStart, bodyBytes } = row;
  const explained = explainRejection(reason);
  const bodyText = bytesView(bodyStart);
  return {
    at: isoTime(at),
    source,
    status,
    reason,
    ...explained,
    method,
    address,
    headers,
    bodyStart: bodyText,
    bodyBytes,
  };
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function eventView({ id, type, outcome, reason, starts, woke = [] }: ListedEvent, runLink: RunLink): EventView {
  return {
    id,
    type,
    outcome,
    reason,
    starts: starts.map((start) => startView(start, id, runLink)),
    woke: woke.map((run) => ({ run, ui: runLink(run) ?? null })),
  };
}

function startView(start: ListedStart, eventId: string, runLink: RunLink): StartView {
  const { flow, state, attempts, error, waits, runEvent = eventId } = start;
  const run = workflowIdOf(flow, runEvent);
  return {
    flow,
    status: START_STATUS[state],
    attempts,
    error,
    waits: waits === undefined ? null : waitView(waits),
    run,
    ui: runLink(run) ?? null,
  };
}

function waitView(waits: StartWait): StartWaitView {
  const until = waits.for !== 'concurrency' && waits.until !== null ? isoTime(waits.until) : null;
  return { for: waits.for, ahead: waits.ahead, until };
}

function statusOf(events: EventView[]): DeliveryView['status'] {
  const statuses = events.flatMap(({ outcome, starts }): DeliveryStatus[] =>
    outcome === 'matched' ? starts.map((start) => start.status) : [outcome],
  );
  return STATUS_ORDER.find((status) => statuses.includes(status)) ?? 'known';
}

function bytesView(bytes: Uint8Array): BytesView {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? { text: buffer.toString('utf8') } : { base64: buffer.toString('base64') };
}
