// What a connector is: one file a service in connectors/, one line in connectors/index.ts. One action is one activity.
import type { Json, JsonObject } from '../workflows/definition.ts';

/** What an action's run function gets besides its input. */
export interface ConnectorContext {
  /** Settings of the step's `connection:` document, secrets resolved; empty without one. */
  connection: JsonObject;
  /** The same across retries, crashes, replays and resets. Sent as `idempotency-key` where the service takes one. */
  idempotencyKey: string;
  /** From 1. */
  attempt: number;
  /** Aborts when the attempt's time is over or the run is cancelled. */
  signal: AbortSignal;
  /** Milliseconds left for this attempt when it began. */
  attemptTimeoutMs: number;
  run: { id: string; flow: string; step: string };
}

/** One thing a service can do: `uses: SERVICE.ACTION`. */
export interface Action {
  /** The part after the dot. */
  action: string;
  /** One sentence for docs and editors. */
  summary: string;
  /** YAML of one step, for the reference; validated by a test. */
  example: string;
  /** JSON Schema 2020-12 of `with:` after secrets and connection are filled in. */
  input: JsonObject;
  /** JSON Schema 2020-12 of `steps.ID.output`. */
  output: JsonObject;
  run(input: JsonObject, context: ConnectorContext): Promise<Json>;
}

/** One outside service: its connection settings and its actions. */
export interface Service {
  /** The part before the dot, and `connector:` of its connection documents. */
  service: string;
  summary: string;
  /** JSON Schema 2020-12 of a connection document's `with:`. */
  connection: JsonObject;
  actions: Action[];
}
