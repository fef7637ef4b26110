// What a test file says, read and checked: plain data that running and reporting share. Nothing here does anything.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { Source } from '../flow/catalog.ts';
import type { FlowDocument } from '../flow/document.ts';
import type { Path } from '../flow/yaml-node.ts';
import type { WrittenEvent } from './read-event.ts';

/** What one attempt of a mocked call meets. Of `output`, `status` and `error` at most one is there; none is the emptiest output. */
export interface MockedAnswer {
  /** Only calls whose input has these values get it. */
  with?: JsonObject;
  output?: Json;
  /** An HTTP answer. */
  status?: number;
  headers?: Record<string, string>;
  body?: Json;
  error?: MockedError;
  /** How long the attempt takes, milliseconds of virtual time. */
  takesMs: number;
  /** How many attempts get it; `Infinity`: any number. */
  times: number;
}

/** A failed attempt. */
export interface MockedError {
  code: string;
  message?: string;
  status?: number;
  headers?: Record<string, string>;
  body?: Json;
  /** Whether another attempt may help; absent: what the code says. */
  retryable?: boolean;
}

/** The answers for one step (by its id, of a called flow by `FLOW/ID`) or connector (`email.send`), tried in their order. */
export type Mocks = Record<string, MockedAnswer[]>;

/** What a called flow comes to. Of `output`, `error`, `cancelled` and `runs` at most one is there; none is an output of null. */
export interface MockedRun {
  /** Only calls whose input has these values get it. */
  with?: JsonObject;
  output?: Json;
  error?: MockedError;
  cancelled?: boolean;
  /** The flow runs. */
  runs?: boolean;
  takesMs: number;
  /** How many calls get it; `Infinity`: any number. */
  times: number;
}

/** What a person decides. */
export interface MockedDecision {
  decision: 'approved' | 'rejected';
  by?: string;
  comment?: string;
  form?: JsonObject;
  via: 'link' | 'api' | 'signal';
  /** How long after the run told people and waits, milliseconds. */
  afterMs: number;
  /** How often it is given; `Infinity`: whenever the step asks. */
  times: number;
}

/** What starts the run of a case. `file` was read already. */
export type Given =
  | { kind: 'event' | 'delivery'; fields: JsonObject; body: Json | undefined; path: Path }
  | { kind: 'input'; body: Json; path: Path }
  | { kind: 'schedule'; number: number; path: Path }
  | { kind: 'nothing'; path: Path };

/** An event that comes before or while the case runs. */
export interface Arrival {
  /** Where it stands in the document. */
  path: Path;
  /**
   * When it comes: `ms` after the run began (less than 0: before it), or after the run first waits at `step`.
   */
  step?: string;
  ms: number;
  written: WrittenEvent;
  source: Source;
  /** Types that the flow waits for from this source: of one, the event has it when it says none. */
  types: string[];
  /** The run is not to take it. */
  ignored: boolean;
}

/** One case. */
export interface TestCase {
  name: string;
  /** The flow it is about. */
  flow: string;
  document: FlowDocument;
  path: Path;
  given: Given;
  /** When the run starts, Unix milliseconds. */
  startMs: number;
  /** By name; null: not set. Names that are absent get a made-up value. */
  secrets: Record<string, string | null>;
  config: Record<string, string>;
  mocks: Mocks;
  arrives: Arrival[];
  /** What called flows come to, by the id of a step or the name of a flow. */
  flows: Record<string, MockedRun[]>;
  /** What people decide, by the id of a step. */
  approvals: Record<string, MockedDecision[]>;
  /** The run is cancelled after so many milliseconds. */
  cancelAfterMs?: number;
  /** As written; it follows the schema. */
  expect: JsonObject;
}
