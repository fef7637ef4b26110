// What a provider is: one file a third party, one line in index.ts. It says who sent a request and what it means.
// Providers are pure: they read a request and secrets that are handed to them, and never do I/O or log.
import type { IncomingHttpHeaders } from 'node:http';
import type { Json, JsonObject } from '../../workflows/definition.ts';

/** A request as it came, its body read once and never re-serialised. */
export interface InboundRequest {
  method: string;
  /** Lower-case names. For headers that decide anything use singleHeader, which sees conflicting repeats. */
  headers: IncomingHttpHeaders;
  /** Names and values in turn, as received. */
  rawHeaders: string[];
  query: Record<string, string | string[]>;
  /** The configured public URL of this request with its query; never made from `Host`. */
  url: string;
  body: Buffer;
}

/** Why a request was refused: for the log and the counters, never for the sender. */
export type RefusalReason =
  | 'secret_not_set'
  | 'settings_invalid'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_mismatch'
  | 'timestamp_missing'
  | 'timestamp_malformed'
  | 'timestamp_stale'
  | 'id_missing'
  | 'header_conflict'
  | 'credential_missing'
  | 'credential_malformed'
  | 'credential_mismatch'
  | 'envelope_malformed';

/** A refused request. 400: it could not have been right. 401: it did not prove who sent it. */
export interface Refusal {
  ok: false;
  status: 400 | 401;
  reason: RefusalReason;
}

/** Whether a request is from whom it says. */
export type Verdict = { ok: true } | Refusal;

/**
 * Judges one request. `secrets` are the values that may have been used, any of which may match; with none the request
 * is refused. `nowMs` is Unix time.
 */
export type Verify = (request: InboundRequest, secrets: readonly string[], nowMs: number) => Verdict;

/** What a body can be, by its content type; see src/server/content.ts. */
export type ContentKind = 'json' | 'form' | 'text' | 'xml' | 'binary';

/** For senders that may send anything. */
export const CONTENT_KINDS: readonly ContentKind[] = ['json', 'form', 'text', 'xml', 'binary'];

/** The answer to a request that is a handshake and not a delivery. */
export interface HandshakeAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** Built-in knowledge of one third party. */
export interface Provider {
  /** `provider:` in YAML. */
  name: string;
  /** One sentence for docs and editors. */
  summary: string;
  /** JSON Schema `properties` of the additional YAML keys that it takes. */
  settings: JsonObject;
  /** What is wrong with settings that follow the schema and still cannot work together, for the author. */
  settingsProblem?(settings: JsonObject): string | undefined;
  /** False when requests are accepted without a secret. */
  needsSecret: boolean;
  /** Makes the check for one source from its settings; done once a source, not once a request. */
  verifier(settings: JsonObject): Verify;
  /** Kinds of content it sends; others are answered 415. */
  contentKinds: readonly ContentKind[];
  /** The answer to a stored delivery: its status, and `{"id": …}` or nothing. */
  success: { status: 200 | 202 | 204; body: 'id' | 'empty' };
  /** Value of `www-authenticate` beside a 401. */
  challenge?: string;
  /** Where its settings put credentials; those are never stored. Well-known headers are redacted without being named. */
  credentials?(settings: JsonObject): { headers: string[]; query: string[] };
  /** The form field that holds the whole body as JSON. */
  jsonFormField?: string;
  /** The event's type, or undefined for `webhook`. */
  eventType(request: InboundRequest, body: Json): string | undefined;
  /** Where `deliveryId` reads, for the docs (Markdown, half a sentence). */
  deliveryIdPlace: string;
  /** The sender's id for the delivery. Without one, every request is a delivery of its own. */
  deliveryId(request: InboundRequest, body: Json): string | undefined;
  /** The part of the body that flows see as `event.body`; without this all of it. */
  eventBody?(body: Json): Json;
  /** Answers a verified request that only asks whether we are there; undefined when it is a delivery. */
  handshake?(request: InboundRequest, body: Json): HandshakeAnswer | undefined;
}

/** A refusal, as a value. */
export function refuse(status: 400 | 401, reason: RefusalReason): Refusal {
  return { ok: false, status, reason };
}
