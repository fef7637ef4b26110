// What is recorded of a case: of the run that is tested, and of those that it calls. Types and empty ones of them; who records decides
// what.
import type { FlowError, Json, JsonObject, RunResponse } from '../../workflows/definition.ts';
import type { Turns } from './coverage.ts';

/** How a run ended. */
export type RunEnd =
  { status: 'completed'; output: Json } | { status: 'failed'; error: FlowError } | { status: 'cancelled' };

/** A call that the run made, to a connector or to another flow. Times in milliseconds after the start of the run. */
export interface MadeCall {
  /** The step's id, else its path; of a flow that was called, with the name of the flow before it (`FLOW/ID`). */
  step: string;
  /** The connector. */
  uses?: string;
  connection?: string | undefined;
  /** The flow that was called. */
  flow?: string;
  /** Id of its run. */
  run?: string;
  /** The call does not wait for the end of the run. */
  detached?: boolean;
  /** How the run ended; absent while it goes on. */
  end?: RunEnd;
  /** `with`, or the `input` of the flow; secrets by their names. */
  input: Json;
  atMs: number;
  attempts: number;
  key: string;
}

/** An event that the run emitted. */
export interface EmittedEvent {
  step: string;
  type: string;
  body: Json;
  atMs: number;
}

/** A person was asked. */
export interface AskedApproval {
  step: string;
  title: string;
  who: string[];
  form: JsonObject | null;
  atMs: number;
}

/** Calls, emitted events and people asked are those of all runs of a case; the rest is of one run. */
export interface Recording {
  calls: MadeCall[];
  emitted: EmittedEvent[];
  asked: AskedApproval[];
  /** Waits of the author's, whatever for, milliseconds each. */
  waits: number[];
  turns: Turns;
  /** What the sender was answered before the run ended. */
  response?: RunResponse;
}

/** What is recorded of another run of the same case. */
export function recordingBeside({ calls, emitted, asked }: Recording): Recording {
  return { calls, emitted, asked, waits: [], turns: new Map() };
}

/** Nothing was recorded yet. */
export function createRecording(): Recording {
  return { calls: [], emitted: [], asked: [], waits: [], turns: new Map() };
}
