// The Store: what must survive a crash and is not a run. One driver a file; every driver passes test/contract/store.ts.
import type { Json } from '../../workflows/definition.ts';

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
}

/** One event of a delivery, with the starts matched to it. */
export interface NewEvent {
  /** Derived from source and delivery id, see src/inbox/event-id.ts. */
  id: string;
  type: string;
  /** Parsed body. Absent when it is exactly JSON.parse of the delivery's body (it is then read from there). */
  body?: Json;
  starts: NewStart[];
  /** `matched`, or why nothing starts. */
  outcome: 'matched' | 'unmatched' | 'filtered' | 'filter_failed' | 'parked';
  /** For `filter_failed` and `parked`: the reason, without body values or secrets. */
  reason?: string;
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
  events: NewEvent[];
}

/** The answer to one accepted delivery, given only after the commit reached the disk. */
export interface Accepted {
  /** True when (source, deliveryId) was there already: nothing was written. */
  duplicate: boolean;
  /** Ids of the delivery's events (of the first one's, for a duplicate). */
  eventIds: string[];
  /** Row ids of the starts, in the order of the delivery's events and their starts; none for a duplicate. 0: it was there already. */
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
}

/** What became of a claimed start. */
export type StartOutcome =
  | { id: number; state: 'started' }
  /** Try again not before `retryAt` (Unix ms). Without `error` it was not tried at all (given back), and does not count as an attempt. */
  | { id: number; state: 'pending'; retryAt: number; error?: string }
  /** Never again by itself (INVALID_ARGUMENT and the like); kept for people. */
  | { id: number; state: 'parked'; error: string };

/** Counts for /metrics and /readyz. */
export interface StoreStats {
  deliveries: number;
  startsPending: number;
  startsParked: number;
  /** Unix ms of the oldest pending start, null when there is none. */
  oldestPendingAt: number | null;
}

/** Durable storage. All methods reject with StoreUnavailableError when the disk or database fails. */
export interface Store {
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
  /** Records what became of claimed starts, in one transaction. */
  settleStarts(outcomes: StartOutcome[]): Promise<void>;
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
  /** Deletes bodies older than `bodiesBefore` and delivery ids older than `deliveriesBefore` (Unix ms), never of pending starts. */
  prune(bodiesBefore: number, deliveriesBefore: number): Promise<void>;
  close(): Promise<void>;
}

/** The store could not commit; the request must be answered 503. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';
}
