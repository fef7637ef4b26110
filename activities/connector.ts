// What a connector is: one file a service in connectors/, one line in connectors/index.ts. One action is one activity.
import type { Json, JsonObject } from '../workflows/definition.ts';
import type { Mailer } from './mailer.ts';
import type { Outgoing } from './outgoing.ts';
import type { FromSchema, ReadonlyJson } from './schema-type.ts';

/** What log.write and the connectors need of a logger; pino's fits. */
type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type ConnectorLogger = Record<LogLevel, (fields: object, message: string) => void>;

/** What an action's run function gets besides its input. */
export interface ConnectorContext {
  /** Settings of the step's `connection:` document, secrets resolved; empty without one. */
  connection: JsonObject;
  /** The same across retries, crashes, replays and resets. Sent as `idempotency-key` where the service takes one. */
  idempotencyKey: string;
  /** From 1. */
  attempt: number;
  /** Unix ms at which the first attempt was scheduled: the same for every attempt of a call. */
  scheduledAt: number;
  /** Aborts when the attempt's time is over or the run is cancelled. */
  signal: AbortSignal;
  /** Milliseconds left for this attempt when it began. */
  attemptTimeoutMs: number;
  run: { id: string; flow: string; step: string };
  /** The one HTTP client: pooled, bounded, guarded. No action opens a connection of its own. */
  outgoing: Outgoing;
  /** The one SMTP client, under the same guard and caps. */
  mailer: Mailer;
  logger: ConnectorLogger;
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
  /** False where what is passed would be kept in the clear (a log): secrets in `with:` are refused. Default true. */
  takesSecrets?: boolean;
  run(input: JsonObject, context: ConnectorContext): Promise<Json>;
}

/** One outside service: its connection settings and its actions. */
export interface Service {
  /** The part before the dot, and `connector:` of its connection documents. */
  service: string;
  summary: string;
  /** JSON Schema 2020-12 of a connection document's `with:`. */
  connection: JsonObject;
  /** YAML of a connection document, for the reference; absent where the service takes no connection. */
  connectionExample?: string;
  actions: Action[];
}

interface ActionDefinition<Input, Output> extends Omit<Action, 'input' | 'output' | 'run'> {
  input: Input;
  output: Output;
  run(input: FromSchema<Input>, context: ConnectorContext): Promise<FromSchema<Output>>;
}

/** An action whose run function is typed by its schemas. The runner validates the input before it calls it. */
export function defineAction<const Input extends ReadonlyJson, const Output extends ReadonlyJson>(
  definition: ActionDefinition<Input, Output>,
): Action {
  // The one place where a validated value gets its type: the schema that it passed is the schema that the type is read from.
  return definition as unknown as Action;
}

/** A schema with its literal type kept, to be used as a value and through FromSchema. */
export function defineSchema<const Schema extends ReadonlyJson>(schema: Schema): Schema & JsonObject {
  return schema as Schema & JsonObject;
}
