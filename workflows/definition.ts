// The data that a run is made of: the normalised flow definition, the event that started it and the calls it makes.
// Everything here is plain JSON (it is stored in Temporal histories), so a change must stay readable by older runs.
import type { ApprovalKey } from './approval-link.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A JSON object. */
export type JsonObject = { [key: string]: Json };
/** A JSON value whose strings may hold `${{ … }}` templates, exactly as the author wrote them. */
export type Template = Json;
/** The text of one bare expression, without `${{ }}`. */
export type ExpressionText = string;

/** When and how often a failed attempt is tried again. Times in milliseconds. `maxAttempts` 1 means never again. */
export interface Retry {
  maxAttempts: number;
  delayMs: number;
  backoff: number;
  maxDelayMs: number;
  /** Over `error`: whether a failed attempt is tried again, in place of what is retried otherwise. */
  on?: ExpressionText;
  /** Over `error`: a failed attempt for which it is true is the last one. */
  until?: ExpressionText;
}

/** What happens to the surrounding block when a step fails. */
export type OnError = 'fail' | 'finish' | 'continue';

/** Fields every step has, after normalisation. The verb's own fields stand beside them under their YAML names. */
export interface StepCommon {
  /** The verb that this step is: the name of its entry in the step table. */
  verb: string;
  /** The author's id, unique in the document; the step's result is at `steps.ID`. */
  id?: string;
  /** Text for people, shown as the activity's summary. */
  name?: string;
  /** Line in the flow file, from 1. */
  line: number;
  /** The guard (`if:` beside another verb): the step is skipped unless this is true. */
  guard?: ExpressionText;
  /** Total time for the step with all its retries. */
  timeoutMs?: number;
  /** Time for one attempt of a connector. */
  attemptTimeoutMs?: number;
  retry?: Retry;
  onError?: OnError;
  /** Steps that take back what this one did. */
  undoSteps?: Step[];
  /** Whether only a completed step is undone, or one that was begun. Absent: `completed`. */
  undoWhen?: 'completed' | 'attempted';
}

/** One normalised step: common fields and the verb's fields. Durations that are literals are milliseconds. */
export interface Step extends StepCommon {
  [field: string]: unknown;
}

/** One normalised flow: what a run is pinned to. */
export interface Flow {
  /** Version of the flow language. */
  language: 1;
  /** The flow's name. */
  flow: string;
  description?: string;
  /** The file it came from, as shown to authors (relative to the flows folder's parent). */
  file: string;
  vars: Record<string, Template>;
  /** JSON Schema of `input`, when declared. */
  input?: JsonObject;
  timeoutMs?: number;
  retry?: Retry;
  steps: Step[];
  catch?: Step[];
  finally?: Step[];
  /** When the run fails or is cancelled, what it did is undone. */
  undoOnFailure?: true;
  output?: Template;
  /** The `config.NAME` names its expressions use; their values are captured when the run starts. */
  configNames: string[];
  /** Its expressions read `run.url`, which is captured when the run starts. */
  runUrl?: true;
  /** A `respond` verb stands somewhere in it, so the answer may come before the end of the run. */
  respondsEarly: boolean;
  /** An `approve` step stands in it, so its runs need a key for their links. */
  approves?: true;
  /** A decision ends a `notify` that still runs. Definitions from before that lack it: their runs take the decision afterwards. */
  notifiesUntilDecided?: true;
  /** A `wait_for` whose time is over looks once more. Definitions from before that lack it: their runs do not. */
  looksAgain?: true;
}

/** What a delivery means. Header names are in lower case. */
export interface EventData {
  id: string;
  type: string;
  source: string;
  /** When it was received, ISO 8601 in UTC. */
  time: string;
  body: Json;
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
}

/** The one argument of the `runFlow` workflow. */
export interface RunInput {
  /** Version of the interpreter that the run began with; the interpreter branches on it. */
  engine: number;
  flow: Flow;
  /** SHA-256 (hex) of the definition. */
  definitionHash: string;
  event: EventData;
  /** Settings captured at start, for `config.NAME`. */
  config: JsonObject;
  /** Answer of `respond: result` must be given within this time; connector retries in the run end with it. */
  respondWithinMs?: number;
  /** The run's page in Temporal's Web UI, for `run.url`, where it is known; only in runs of flows that read it. */
  url?: string;
  /** Only in runs of flows that ask people: what links are signed with. */
  approvals?: ApprovalKey;
  /** Somebody is to be told of the run's end: it is the last thing that the run does. */
  atEnd?: true;
}

/** What an answered run replies to the sender of its event. */
export interface RunResponse {
  status: number;
  headers: Record<string, string>;
  body: Json;
}

/** What `runFlow` returns. */
export interface RunResult {
  output: Json;
  response?: RunResponse;
}

/** One piece of a text that holds secrets: literal text, or the name of a secret. */
export type SecretPart = string | { secret: string };

/** A place in a call's `with` that the activity fills with secrets. Nothing else is ever resolved. */
export interface SecretSlot {
  /** RFC 6901 JSON pointer into `with`. */
  pointer: string;
  parts: SecretPart[];
}

/** The one argument of every connector activity (the activity type is the connector's name). */
export interface ConnectorCall {
  connector: string;
  /** Evaluated input; places that hold secrets hold `null` and are listed in `secrets`. */
  with: JsonObject;
  secrets: SecretSlot[];
  /** Name of the `connection:` document, resolved in the activity. */
  connection?: string;
  /** Stable across retries, crashes, replays and resets: hash(workflow id, step path, iteration). */
  idempotencyKey: string;
  /** Time for one attempt; the activity enforces it. */
  attemptTimeoutMs: number;
  /** Base for the delay before the next attempt. */
  retry: Retry;
  /** Absent: Temporal makes the attempts of this call. Else the run does, and this is one of them. */
  attemptOfRun?: {
    /** From 1. */
    number: number;
    /** When the first one was made, Unix milliseconds. */
    firstAt: number;
  };
  /** Who is calling, for logs and error messages. */
  run: { id: string; flow: string; step: string };
}

/** An error as flows see it (`error`, `steps.ID.error`). Codes are a closed list, see docs/errors.md. */
export interface FlowError {
  code: string;
  message: string;
  /** The step's id, else its path. */
  step: string | null;
  attempt: number;
  status?: number;
  headers?: Record<string, string>;
  body?: Json;
  branch?: string;
  index?: number;
  cause?: FlowError;
  /** What could not be undone afterwards, the first hundred. */
  undo?: UndoFailure[];
  /** How many more could not. */
  undo_omitted?: number;
}

/** A step that could not be undone: its id or path, and why. */
export interface UndoFailure {
  step: string;
  error: FlowError;
}

/** Interpreter version that new runs start with. An unknown one fails the workflow task, so that a newer worker takes it. */
export const ENGINE_VERSION = 1;
/** Name of the one workflow type. */
export const WORKFLOW_TYPE = 'runFlow';
/** Default task queue of runs. */
export const TASK_QUEUE = 'hookline';
/** Name of the update that waits for a run's answer (`respond: result` with a `respond` verb). */
export const RESPONSE_UPDATE = 'response';
/** Name of the signal that tells a run of an event it waits for (see wakes.ts for what it carries). */
export const WAKE_SIGNAL = 'wake';
