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
  /** The connection comes from a proxy listed in HOOKLINE_TRUSTED_PROXIES, whose own headers may be believed. */
  fromTrustedProxy: boolean;
}

/** Why a request was refused: for the log, the counters and the rejected list, never for the sender. */
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
  | 'proxy_not_trusted'
  | 'body_hash_mismatch'
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
 * What a check looked at, for `hookline verify`. The receiver never asks for one: it holds what a right request would carry.
 * A check fills in what it came to before it refused.
 */
export interface Trace {
  /** The bytes that the sender should have signed. */
  content?: Buffer;
  /** Right proofs, one a usable secret, written as the request should carry them. */
  computed?: string[];
  /** The proofs that the request carried. */
  given?: string[];
  /** The time the sender signed, Unix milliseconds. */
  signedAtMs?: number;
  toleranceMs?: number;
}

/**
 * Judges one request. `secrets` are the values that may have been used, any of which may match; with none the request
 * is refused. `nowMs` is Unix time.
 */
export type Verify = (request: InboundRequest, secrets: readonly string[], nowMs: number, trace?: Trace) => Verdict;

/** A request on its way to be signed, and after it. */
export interface OutboundRequest {
  method: string;
  /** As the third party calls it, with its query. */
  url: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * Signs as the third party would, for `hookline send`: the request with its proof added. `id` is the delivery's id, for
 * schemes that sign one. `key` is the secret or, where only a private key can sign, that key as PEM.
 * @throws SigningError when the key cannot sign.
 */
export type Sign = (request: OutboundRequest, key: string, id: string, nowMs: number) => OutboundRequest;

/** A key that cannot sign; the message says what is needed instead. */
export class SigningError extends Error {
  override name = 'SigningError';
}

/** How requests prove who sent them: both sides of it. */
export interface Proof {
  /** Makes the check for one source from its settings; done once a source, not once a request. */
  verifier(settings: JsonObject): Verify;
  /** Makes the other side of it. */
  signer(settings: JsonObject): Sign;
}

/** What a body can be, by its content type; see src/server/content.ts. */
export type ContentKind = 'json' | 'form' | 'text' | 'xml' | 'binary';

/** For senders that may send anything. */
export const CONTENT_KINDS: readonly ContentKind[] = ['json', 'form', 'text', 'xml', 'binary'];

/** The answer to a request that is a handshake and not a delivery. Headers have lower-case names. */
export interface HandshakeAnswer {
  status: number;
  contentType: string;
  headers?: Record<string, string>;
  body: string;
}

/** What a handshake may use besides the request. */
export interface HandshakeContext {
  settings: JsonObject;
  secrets: readonly string[];
  /** The value of the secret that a setting of `secretSettings` names; undefined when it is not set. */
  secretOf(setting: string): string | undefined;
}

/** A first, unsigned request by which the third party tells with which secret it is going to sign. */
export interface Introduction {
  secret: string;
  answer: HandshakeAnswer;
}

/** Built-in knowledge of one third party. */
export interface Provider extends Proof {
  /** `provider:` in YAML. */
  name: string;
  /** The third party's name as it writes it, the heading of its docs. */
  title: string;
  /** One sentence for docs and editors. */
  summary: string;
  /** The third party's own page on how it signs; the scheme's source. Absent for generic schemes. */
  reference?: string;
  /** How to register the source there: one Markdown sentence a step. `URL` stands for the source's URL, `SECRET` for its secret's name. */
  setup: readonly string[];
  /** What exactly is proved, for the docs: half a Markdown sentence (`HMAC-SHA256 of the raw body with …`). */
  proves: string;
  /** Event types it is known to have, a few, for the docs. Empty where the sender decides. */
  eventTypes: readonly string[];
  /** Where `eventType` reads, for the docs (Markdown, half a sentence). */
  eventTypePlace: string;
  /** Where `deliveryId` and `eventId` read, for the docs (Markdown, half a sentence). */
  deliveryIdPlace: string;
  /** The time in which it wants its answer, before it counts the delivery as failed. Absent where unknown. */
  deadlineMs?: number;
  /** Settings of the docs' example, where the provider needs some beside its secret. */
  exampleSettings?: JsonObject;
  /** JSON Schema `properties` of the additional YAML keys that it takes. */
  settings: JsonObject;
  /** Which of the settings name a secret each. */
  secretSettings?: readonly string[];
  /** What is wrong with settings that follow the schema and still cannot work together, for the author. */
  settingsProblem?(settings: JsonObject): string | undefined;
  /** False when requests are accepted without a secret. */
  needsSecret: boolean;
  /** It believes a header that a proxy sets: without HOOKLINE_TRUSTED_PROXIES every request is refused, and the loader says so. */
  needsTrustedProxy?: boolean;
  /** Kinds of content it sends; others are answered 415. */
  contentKinds: readonly ContentKind[];
  /** The answer to a stored delivery: its status, and `{"id": …}` or nothing. */
  success: { status: 200 | 202 | 204; body: 'id' | 'empty' };
  /** Value of `www-authenticate` beside a 401. */
  challenge?: string;
  /** It wants no body beside a 401 either. */
  emptyRefusal?: true;
  /** Where its settings put credentials; those are never stored. Well-known headers are redacted without being named. */
  credentials?(settings: JsonObject): { headers: string[]; query: string[] };
  /** The proof is read from the body itself: of a packed body it must stand in what is read, never in the bytes as sent. */
  proofInBody?: true;
  /**
   * What a repeat has in common, where that is not the body: the signature leaves its bytes some freedom, or one body is sent
   * for several types. Undefined: the body.
   */
  replayContent?(request: InboundRequest): Buffer | undefined;
  /** The form field that holds the whole body as JSON. */
  jsonFormField?: string;
  /**
   * Neither an id nor a time is signed, so that a captured request could come again under another id: for so long a
   * repeat of the same bytes is a repeat too. A function where it depends on the source's settings; 0 is none. The source's
   * `replay_window` overrides it.
   */
  replayWindowMs?: number | ((settings: JsonObject) => number);
  /** The events of a request that carries several, each one's body in order; undefined when the body is one event. */
  items?(body: Json): Json[] | undefined;
  /** Some of its requests carry one event: a sender of those may wait for a flow's result. */
  hasSingles?: boolean;
  /** An event's type, or undefined for `webhook`. `body` is the item's of a request with several events. */
  eventType(request: InboundRequest, body: Json): string | undefined;
  /** The sender's id for the delivery. Without one, every request is a delivery of its own. */
  deliveryId(request: InboundRequest, body: Json): string | undefined;
  /** The sender's own id of one event, which it keeps even in another request; `body` is the item's. */
  eventId?(body: Json): string | undefined;
  /** The part of the body (of the item) that flows see as `event.body`; without this all of it. */
  eventBody?(body: Json): Json;
  /** Headers by which it tells an event's type and the delivery's id; for `hookline send`. */
  announce?(type: string | undefined, id: string): Record<string, string>;
  /** Methods besides POST that its handshakes come by. */
  handshakeMethods?: readonly ('GET' | 'OPTIONS')[];
  /** Answers what asks without proof whether we are there, before any body is read; undefined when it does not ask that. */
  greeting?(request: InboundRequest, context: HandshakeContext): HandshakeAnswer | undefined;
  /** Answers a verified request that only asks whether we are there; undefined when it is a delivery. */
  handshake?(request: InboundRequest, body: Json, context: HandshakeContext): HandshakeAnswer | undefined;
  /** Reads an introduction; asked only while the source has no secret. */
  introduction?(request: InboundRequest, body: Json): Introduction | undefined;
}

/** A refusal, as a value. */
export function refuse(status: 400 | 401, reason: RefusalReason): Refusal {
  return { ok: false, status, reason };
}
