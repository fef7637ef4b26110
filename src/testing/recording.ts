// What is recorded of a run that is tested. Types and an empty one of them; who records decides what.
import type { Json, JsonObject, RunResponse } from '../../workflows/definition.ts';
import type { Turns } from './coverage.ts';

/** A call that the run made, to a connector or to another flow. Times in milliseconds after the start of the run. */
export interface MadeCall {
  /** The step's id, else its path. */
  step: string;
  /** The connector. */
  uses?: string;
  connection?: string | undefined;
  /** The flow that was called. */
  flow?: string;
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

/** Nothing was recorded yet. */
export function createRecording(): Recording {
  return { calls: [], emitted: [], asked: [], waits: [], turns: new Map() };
}
