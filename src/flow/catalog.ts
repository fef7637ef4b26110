// What the loader makes of the files in flows/: flows, sources, connections and the problems found in them.
import type { Flow, JsonObject, Template } from '../../workflows/definition.ts';

/** One thing wrong with a flow file. Lines and columns count from 1. */
export interface Problem {
  /** From the closed list in src/flow/problem-codes.ts. */
  code: string;
  severity: 'error' | 'warning';
  file: string;
  line: number;
  column: number;
  /** Number of characters the caret underlines, at least 1. */
  length: number;
  /** What is wrong, in the author's words. */
  message: string;
  /** What to do about it. */
  hint?: string;
  /** The line of the file, for the caret. */
  sourceLine: string;
}

/** How a source proves who sent a request: a provider's name and its settings. */
export interface SourceAuth {
  /** A provider of src/providers/index.ts, or `none` for an explicit `auth: none`. */
  provider: string;
  /** Names in the secret store; any may match. */
  secrets: string[];
  /** Provider-specific settings from the YAML (`header`, `hash`, `encoding`, `tolerance`, …), checked against its schema. */
  settings: JsonObject;
}

/** One inbound URL. Inline `webhook:` triggers become one of these too. */
export interface Source {
  /** Path below /hooks/: `[a-z0-9][a-z0-9-]*` segments joined by `/`. */
  name: string;
  auth: SourceAuth;
  /** Compiled at load; JSON Schema 2020-12 of the body (of each item, where a request carries several events). */
  schema?: JsonObject;
  /** What happens to a body that the schema rejects. */
  onInvalid: 'reject' | 'park';
  bodyBytesMax?: number;
  /** Verified requests taken: a token bucket. Beyond it senders are answered 429. */
  rate?: { perSecond: number; burst: number };
  /** Kinds (`json`, `form`, …) or media types in lower case; absent: what the provider sends. */
  contentTypes?: string[];
  /** Takes gzip, br and deflate; the limit of the body holds for what comes out. */
  decompress: boolean;
  /** Methods that deliver; absent: POST. */
  methods?: DeliveryMethod[];
  /** The URL that the third party calls, without a query, where it is not the public URL and the path. */
  publicUrl?: string;
  /** Addresses and CIDR ranges that may send; absent: any. */
  ipAllow?: string[];
  /** Status of the answer to a stored delivery; absent: the provider's. 204 has no body. */
  status?: 200 | 201 | 202 | 204;
  /** Bare expression over `event`: what it is not true for is kept and acknowledged, and starts nothing. */
  if?: string;
  /** Answers 410: it was used once and is not any more. */
  retired: boolean;
  /** For how long the same bytes are a repeat, whatever their delivery id; absent: what the provider says. */
  replayWindowMs?: number;
  /** Where it is declared, for messages. */
  file: string;
  line: number;
}

/** A method that a source can take deliveries by. */
export type DeliveryMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET';

/** One flow's interest in events. */
export interface Trigger {
  kind: 'webhook' | 'manual' | 'schedule';
  /** The source it listens to (kind `webhook`). */
  source?: string;
  /** Type patterns, OR; `*` is a glob. Absent: every type. */
  events?: string[];
  /** Bare expression over `event`; the event is kept but does not start the flow unless true. */
  if?: string;
  respond: 'immediately' | 'result';
  respondWithinMs: number;
  /** When it starts by itself (kind `schedule`). */
  schedule?: Schedule;
}

/** What happens when a schedule's time comes and the run of its time before has not ended. */
export type Overlap = 'skip' | 'queue_one' | 'queue' | 'cancel_running' | 'allow';

/** Times at which a flow starts by itself: of a cron expression, or every so often. */
export interface Schedule {
  /** As written; it has been read by src/flow/cron.ts. */
  cron?: string;
  everyMs?: number;
  /** IANA name; of `cron`. */
  timezone: string;
  /** Each start is put off by up to so much, at random. */
  jitterMs: number;
  overlap: Overlap;
  /** Starts missed while Temporal was away are made up for when they are not older. */
  catchUpMs: number;
  /** The event's body. */
  input: JsonObject;
}

/** How many runs of a flow there may be and when they start. Keys are bare expressions over the event; none: all events are one. */
export interface FlowAdmission {
  /** Runs at once. */
  concurrency?: { key?: string; limit: number; onLimit: 'queue' | 'skip' | 'cancel_running' };
  /** Starts in a time. */
  rate?: { key?: string; limit: number; perMs: number };
  /** One run for events that follow one another within `periodMs`, at the latest `maxMs` after the first. */
  debounce?: { key?: string; periodMs: number; maxMs?: number };
  /** One run for `size` events, or those of `periodMs`. */
  batch?: { key?: string; size: number; periodMs: number };
}

/** A flow as loaded: its definition, and what the receiver needs to start it. */
export interface LoadedFlow {
  definition: Flow;
  /** SHA-256 hex of the definition's JSON. */
  hash: string;
  triggers: Trigger[];
  /** Absent: every event starts a run at once. */
  admission?: FlowAdmission;
}

/** A `connection:` document. `with` may hold `${{ secrets.X }}` and `${{ config.X }}`, resolved in the activity. */
export interface Connection {
  connection: string;
  connector: string;
  with: Template;
  file: string;
  line: number;
}

/** Everything that was loaded. Immutable; a reload makes a new one. */
export interface Catalog {
  flows: Map<string, LoadedFlow>;
  sources: Map<string, Source>;
  connections: Map<string, Connection>;
  /** Sources whose document or only flow is broken: they answer 503. */
  brokenSources: Set<string>;
  /** Flows that are declared and have errors, so they are not loaded. */
  brokenFlows?: Set<string>;
  /** Where such a source is declared: its file, whose problems say why. */
  brokenIn?: Map<string, string>;
  problems: Problem[];
}
