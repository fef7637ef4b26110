// The Store: what must survive a crash and is not a run. One driver a file; every driver passes test/contract/store.ts.
import type { Json } from '../../workflows/definition.ts';
import type { ApprovalStore } from './approvals.ts';
import type { GatheringStore } from './gathering.ts';
import type { SlotStore, StartWait } from './slots.ts';
import type { WaitStore } from './waits.ts';

/** The receiver starts a `respond: result` run itself; when its process dies, the dispatcher takes the start after this. */
export const RECEIVER_LEASE_MS = 5_000;

/** One start that an event asks for: a flow, frozen against reloads by its definition hash. */
export interface NewStart {
  flow: string;
  definitionHash: string;
  /**
   * `respond: result`: the time the sender waits. The receiver starts such a run itself; the dispatcher takes it only when
   * the receiver's lease has run out.
   */
  respondWithinMs?: number;
  /** It is started only when this lets it. Absent: at once. */
  admission?: StartAdmission;
}

/** What a start waits for, with keys worked out: hashes, `''` where there is none. See FlowAdmission. */
export interface StartAdmission {
  concurrency?: { key: string; limit: number; onLimit: 'queue' | 'skip' | 'cancel_running' };
  rate?: { key: string; limit: number; perMs: number };
  debounce?: { key: string; periodMs: number; maxMs?: number };
  batch?: { key: string; size: number; periodMs: number };
}

/** One event of a delivery, with the starts matched to it. */
export interface NewEvent {
  /** Derived from source and delivery id, see src/server/event-id.ts. */
  id: string;
  type: string;
  /** Parsed body. Absent when it is exactly JSON.parse of the delivery's body (it is then read from there). */
  body?: Json;
  starts: NewStart[];
  /** `matched`, or why nothing starts. */
  outcome: 'matched' | 'unmatched' | 'filtered' | 'filter_failed' | 'parked';
  /** For `filter_failed` and `parked`: the reason, without body values or secrets. */
  reason?: string;
  /** It is kept and nothing else: it wakes no run that waits, now or later. */
  held?: boolean;
}

/** One verified request, ready to be committed. */
export interface NewDelivery {
  source: string;
  /** The sender's id for it, unique within the source. */
  deliveryId: string;
  /** Unix time in milliseconds. */
  receivedAt: number;
  method: string;
  /** Lower-case names, credentials already redacted. */
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  contentType: string;
  /** The raw bytes. */
  body: Buffer;
  /** In the order of the request; most requests carry one. */
  events: NewEvent[];
  /**
   * The same bytes from this source within the window before `receivedAt` are a repeat, whatever their delivery id; for senders that
   * sign neither id nor time. `hash`: SHA-256 of the body, hex.
   */
  replay?: { hash: string; windowMs: number };
}

/** The answer to one accepted delivery, given only after the commit reached the disk. */
export interface Accepted {
  /** True when (source, deliveryId) or, within the replay window, the body was there already: nothing was stored, the repeat was counted. */
  duplicate: boolean;
  /** Ids of the delivery's events (of the first one's, for a duplicate). */
  eventIds: string[];
  /** Row ids of the starts, in the order of the delivery's events and their starts; none for a duplicate. 0: it was there already, or there is none yet (see gathering.ts). */
  startIds: number[];
}

/** A claimed start: everything the dispatcher needs to start the run. */
export interface ClaimedStart {
  /** Row id. */
  id: number;
  eventId: string;
  flow: string;
  definitionHash: string;
  eventType: string;
  source: string;
  receivedAt: number;
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  body: Json;
  /** The sender waits so long for the run's answer; absent when nobody does. */
  respondWithinMs?: number;
  /** How often a start was tried before. */
  attempts: number;
  /** What it had to wait for; absent: nothing. */
  admission?: StartAdmission;
}

/** What became of a claimed start. */
export type StartOutcome =
  /** `already`: it had been started before; a place that it got for being sent again is free. */
  | { id: number; state: 'started'; already?: boolean }
  /** Try again not before `retryAt` (Unix ms). Without `error` it was not tried at all (given back), and does not count as an attempt. */
  | { id: number; state: 'pending'; retryAt: number; error?: string }
  /** Never again by itself (INVALID_ARGUMENT and the like); kept for people. */
  | { id: number; state: 'parked'; error: string };

/** Counts for /metrics and /readyz. */
export interface StoreStats {
  deliveries: number;
  startsPending: number;
  startsParked: number;
  /** Unix ms since when the oldest of those that may begin is pending, null when there is none. */
  oldestPendingAt: number | null;
}

/** Where a delivery stands, as people ask for it: what became of its events (`outcome`), and of matched ones what became of their starts. */
export type DeliveryStatus =
  'waiting' | 'started' | 'gathered' | 'failed' | 'skipped' | 'unmatched' | 'filtered' | 'filter_failed' | 'parked';

/** Which deliveries to list, newest first. */
export interface DeliveryQuery {
  source?: string;
  /** At least one event or start of it has this status. */
  status?: DeliveryStatus;
  /** Unix ms: received at or after. */
  since?: number;
  /** Row ids below this only: the `row` of the last one of the page before. */
  beforeRow?: number;
  limit: number;
}

/** One start of a listed event. `parked`: it was refused for good; `skipped`: its flow wanted no run of it; `error` says why. */
export interface ListedStart {
  flow: string;
  state: 'pending' | 'started' | 'parked' | 'skipped' | 'gathering' | 'gathered';
  attempts: number;
  error: string | null;
  /** It waits for other runs of its flow, or for other events. */
  waits?: StartWait;
  /** Of an event that was gathered: the id of the event that the run gets, once it is known. */
  runEvent?: string;
}

/** One event of a listed delivery. */
export interface ListedEvent {
  id: string;
  type: string;
  outcome: NewEvent['outcome'];
  reason: string | null;
  starts: ListedStart[];
  /** Workflow ids of runs that waited for it, at most LISTED_WOKEN_MAX; absent when none is known. */
  woke?: string[];
}

/** One delivery as lists show it. */
export interface ListedDelivery {
  row: number;
  source: string;
  deliveryId: string;
  receivedAt: number;
  method: string;
  contentType: string;
  /** 0 when the body was deleted by age. */
  bodyBytes: number;
  /** How often it came again, and when last (Unix ms). */
  repeats: number;
  repeatedAt: number | null;
  /** The first LISTED_EVENTS_MAX of them. */
  events: ListedEvent[];
  eventsTotal: number;
}

/** A delivery with everything that is kept of it. `body` is null when it was deleted by age. */
export interface ShownDelivery extends ListedDelivery {
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  body: Uint8Array | null;
}

/** Events of one delivery that a list shows. */
export const LISTED_EVENTS_MAX = 20;
/** Runs that a listed event woke: of one event there may be thousands. */
export const LISTED_WOKEN_MAX = 20;

/** Rejections kept; older ones make room. */
export const REJECTIONS_KEPT_MAX = 10_000;

/** Of a refused request's body no more is kept. */
export const REJECTED_BODY_BYTES_MAX = 1024;

/** A request to `/hooks/…` that was not accepted. Kept apart from deliveries, bounded, and never trusted. */
export interface Rejection {
  /** Unix ms. */
  at: number;
  /** The source's name, or the path below `/hooks/` (cut to 200 characters) that no source has. */
  source: string;
  status: number;
  /** See RefusalReason and src/server/refusals.ts. */
  reason: string;
  method: string;
  /** The sender's address. */
  address: string;
  /** Lower-case names, credentials already redacted, cut to a few KiB. */
  headers: Record<string, string>;
  /** The first bytes of what was read of the body, at most REJECTED_BODY_BYTES_MAX. */
  bodyStart: Uint8Array;
  /** How many bytes of the body were read before it was refused. */
  bodyBytes: number;
}

/** A kept rejection. */
export interface ListedRejection extends Rejection {
  row: number;
}

/** Durable storage. All methods reject with StoreUnavailableError when the disk or database fails. */
export interface Store extends WaitStore, ApprovalStore, GatheringStore, SlotStore {
  /** Stores a delivery with its events and starts; concurrent calls share one transaction. Resolves after fsync. */
  accept(delivery: NewDelivery): Promise<Accepted>;
  /** Keeps a definition for as long as starts refer to it. Idempotent. `json` is the definition's text. */
  putDefinition(hash: string, json: string): Promise<void>;
  /** The definition's text, or null. */
  getDefinition(hash: string): Promise<string | null>;
  /** Leases up to `limit` pending starts, oldest first, fair between sources. */
  claimStarts(limit: number, leaseMs: number, now: number): Promise<ClaimedStart[]>;
  /** Leases the start of one event for one flow (the receiver's own, `respond: result`); null if it is done or unknown. */
  claimStart(eventId: string, flow: string, leaseMs: number, now: number): Promise<ClaimedStart | null>;
  /** Records what became of claimed starts, in one transaction. `now` (Unix ms; the clock's when absent) is when it is recorded. */
  settleStarts(outcomes: StartOutcome[], now?: number): Promise<void>;
  /** Makes starts marked started since `since` (Unix ms) pending again (after an unclean stop; starting is idempotent). Returns how many. */
  reopenStarts(since: number): Promise<number>;
  /** True when an event of this id is stored. */
  hasEvent(eventId: string): Promise<boolean>;
  /** Content-addressed blobs for large payloads: key is the SHA-256 hex of the bytes. */
  putBlob(key: string, bytes: Uint8Array): Promise<void>;
  getBlob(key: string): Promise<Uint8Array | null>;
  /** A small named value, e.g. the key that signs result URLs. `setIfAbsent` returns the value that is stored afterwards. */
  setIfAbsent(name: string, value: string): Promise<string>;
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  stats(): Promise<StoreStats>;
  listDeliveries(query: DeliveryQuery): Promise<ListedDelivery[]>;
  /** Deliveries that an id means: the id of one of its events, or the sender's delivery id (of any source); newest first, at most 10. */
  findDeliveries(id: string): Promise<ShownDelivery[]>;
  /** Keeps rejections, the newest REJECTIONS_KEPT_MAX of all; resolves before they are on disk. */
  recordRejections(rejections: Rejection[]): Promise<void>;
  /** Newest first. */
  listRejections(query: Omit<DeliveryQuery, 'status'>): Promise<ListedRejection[]>;
  /** How many of the kept rejections such a list would hold in all. */
  countRejections(query: Pick<DeliveryQuery, 'source' | 'since'>): Promise<number>;
  /** Deletes bodies older than `bodiesBefore` and delivery ids older than `deliveriesBefore` (Unix ms), never of pending starts; rejections with delivery ids, approvals with their decisions. */
  prune(bodiesBefore: number, deliveriesBefore: number): Promise<void>;
  close(): Promise<void>;
}

/** The store could not commit; the request must be answered 503. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';
}
