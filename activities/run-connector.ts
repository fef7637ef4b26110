// Runs connectors as Temporal activities: fills in secrets, checks, runs one attempt within its time, scrubs what comes out.
// Never resolves anything that is not a listed slot or a connection document, never lets a secret into an output, error or log.
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ConnectorCall, Json, JsonObject, Template } from '../workflows/definition.ts';
import { createAddressGuard } from './address-guard.ts';
import { resolveConnection } from './connection-settings.ts';
import { ConnectorError, invalidInput } from './connector-error.ts';
import type { Action, ConnectorContext, ConnectorLogger, Service } from './connector.ts';
import { services } from './connectors/index.ts';
import { createHostSlots } from './host-slots.ts';
import { createMailer } from './mailer.ts';
import { createOutgoing, RESPONSE_BYTES_MAX_DEFAULT } from './outgoing.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createScrubber, type Scrubber } from './scrub.ts';
import { fillSecrets, rememberSecrets } from './secret-slots.ts';
import { compileSchema, type Validate } from './validation.ts';

/** What the connectors of one process share. */
export interface ActivityDeps {
  secrets: (name: string) => string | undefined;
  /** The `connection:` document of that name as it is now. */
  connection: (name: string) => { connector: string; with: Template } | undefined;
  config: (name: string) => string | undefined;
  /** Let connectors reach loopback and private addresses. */
  allowPrivateNetwork: boolean;
  logger: ConnectorLogger;
  /** Calls under way to one outside host; as many again may wait. */
  perHostMax?: number;
}

/** One activity for every action, by its name. */
export type Activities = Record<string, (call: ConnectorCall) => Promise<Json>>;

/** With as many waiting, one host holds at most half of the worker's 500 activity slots. */
const PER_HOST_MAX_DEFAULT = 125;
/** The heartbeat timeout is 5 s: two beats may get lost. */
const HEARTBEAT_INTERVAL_MS = 1_500;
/** What JSON and base64 may add to a response, and its headers. */
const OUTPUT_GROWTH = 2;
const OUTPUT_BYTES_EXTRA = 64 * 1024;

interface PreparedAction {
  name: string;
  service: Service;
  action: Action;
  validateInput: Validate;
  validateConnection: Validate;
}
type Shared = Pick<ConnectorContext, 'outgoing' | 'mailer' | 'logger'>;

/** The activities to register with a worker. Failures are ApplicationFailures: `type` is the code, `details[0]` what is known. */
export function createActivities(deps: ActivityDeps): Activities {
  const guard = createAddressGuard(deps.allowPrivateNetwork);
  const perHostMax = deps.perHostMax ?? PER_HOST_MAX_DEFAULT;
  const slots = createHostSlots(perHostMax);
  const shared: Shared = {
    outgoing: createOutgoing({ guard, slots, perHostMax }),
    mailer: createMailer({ guard, slots }),
    logger: deps.logger,
  };
  return Object.fromEntries(
    services.flatMap((service) => {
      const validateConnection = compileSchema(service.connection);
      return service.actions.map((action) => {
        const name = `${service.service}.${action.action}`;
        const prepared = { name, service, action, validateConnection, validateInput: compileSchema(action.input) };
        return [name, (call: ConnectorCall) => runAttempt(prepared, call, deps, shared)];
      });
    }),
  );
}

async function runAttempt(
  prepared: PreparedAction,
  call: ConnectorCall,
  deps: ActivityDeps,
  shared: Shared,
): Promise<Json> {
  const activity = Context.current();
  const attempt = call.attemptOfRun?.number ?? activity.info.attempt;
  const time = limitTime(activity, call.attemptTimeoutMs);
  const { take, taken } = rememberSecrets(deps.secrets);
  try {
    if (prepared.action.takesSecrets === false && call.secrets.length > 0) {
      throw invalidInput(`${prepared.name} does not take secrets: what it is given is kept in the clear`);
    }
    const connection = connectionOf(prepared, call, deps, take);
    const input = fillSecrets(call.with, call.secrets, take);
    prepared.validateInput(input, 'with');
    const output = await Promise.race([
      time.over,
      prepared.action.run(input, {
        ...shared,
        connection,
        idempotencyKey: call.idempotencyKey,
        attempt,
        scheduledAt: call.attemptOfRun?.firstAt ?? activity.info.scheduledTimestampMs,
        signal: time.signal,
        attemptTimeoutMs: call.attemptTimeoutMs,
        run: call.run,
      }),
    ]);
    const scrubbed = createScrubber(taken).json(output);
    checkSize(scrubbed, input);
    return scrubbed;
  } catch (error) {
    // Once time is over that is the reason, whatever the torn connection said.
    const cause = time.signal.aborted ? time.signal.reason : error;
    if (cause instanceof CancelledFailure) throw cause;
    const scrubber = createScrubber(taken);
    throw asFailure(asConnectorError(cause, prepared.name, call, scrubber, deps.logger), call, attempt, scrubber);
  } finally {
    time.stop();
  }
}

/** The attempt's clock: heartbeats while it runs, and a signal that aborts when its time is over or the run is cancelled. */
function limitTime(activity: Context, timeoutMs: number): { signal: AbortSignal; over: Promise<never>; stop(): void } {
  const controller = new AbortController();
  const over = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  over.catch(() => {}); // It may reject while nobody races any more.
  activity.cancelled.catch((reason: unknown) => controller.abort(reason));
  const timer = setTimeout(() => {
    const message = `no answer within the attempt's ${timeoutMs} ms; attempt_timeout sets it`;
    controller.abort(new ConnectorError('attempt_timeout', message, { retryable: true }));
  }, timeoutMs);
  const heartbeat = setInterval(() => activity.heartbeat(), HEARTBEAT_INTERVAL_MS);
  const stop = (): void => {
    clearTimeout(timer);
    clearInterval(heartbeat);
  };
  return { signal: controller.signal, over, stop };
}

function connectionOf(
  prepared: PreparedAction,
  call: ConnectorCall,
  deps: ActivityDeps,
  take: (name: string) => string,
): JsonObject {
  const { connection: name } = call;
  if (name === undefined) return {};
  const document = deps.connection(name);
  if (document === undefined) {
    // Retryable: while flows are rolled out, another worker may have the document already.
    throw new ConnectorError('connection_missing', `there is no connection document named ${name}`, {
      retryable: true,
    });
  }
  if (document.connector !== prepared.service.service) {
    throw invalidInput(
      `connection ${name} is for ${document.connector}, and ${prepared.name} needs one for ${prepared.service.service}`,
    );
  }
  const settings = resolveConnection(name, document.with, { secret: take, config: deps.config });
  prepared.validateConnection(settings, `connection ${name}: with`);
  return settings;
}

/** A step may ask for larger responses with `response_bytes_max`; whatever else an action returns is bounded by the default. */
function checkSize(output: Json, input: JsonObject): void {
  const responseBytesMax =
    typeof input.response_bytes_max === 'number' ? input.response_bytes_max : RESPONSE_BYTES_MAX_DEFAULT;
  const outputBytesMax = responseBytesMax * OUTPUT_GROWTH + OUTPUT_BYTES_EXTRA;
  const bytes = Buffer.byteLength(JSON.stringify(output));
  if (bytes <= outputBytesMax) return;
  throw new ConnectorError(
    'response_too_large',
    `the output is ${bytes} bytes as JSON; at most ${outputBytesMax} are taken`,
    {
      retryable: false,
    },
  );
}

/** Anything that is not a ConnectorError is a fault in a connector: it goes to the log, and the flow hears only its name. */
function asConnectorError(
  error: unknown,
  name: string,
  call: ConnectorCall,
  scrubber: Scrubber,
  logger: ConnectorLogger,
): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error(
    { connector: name, ...call.run, fault: scrubber.text(text) },
    `${name} broke; this is a fault in the connector`,
  );
  const kind = error instanceof Error ? error.name : typeof error;
  return new ConnectorError('connector_failed', `${name} broke (${kind}); the log has the details`, {
    retryable: true,
  });
}

function asFailure(
  error: ConnectorError,
  call: ConnectorCall,
  attempt: number,
  scrubber: Scrubber,
): ApplicationFailure {
  const { retryable, retryAfterMs, ...known } = error.details;
  const failure = ApplicationFailure.create({
    message: `${scrubber.text(error.message)} (attempt ${attempt})`,
    type: error.code,
    nonRetryable: !retryable,
    details: [scrubber.json(withoutUndefined({ ...known, attempt }))],
    // Where the run decides, it may try again what is not retried otherwise.
    nextRetryDelay:
      retryable || call.attemptOfRun !== undefined
        ? retryDelayMs(call.retry, attempt, retryAfterMs, Math.random)
        : undefined,
  });
  // The stack would name our own files only, and histories keep it.
  failure.stack = `${failure.name}: ${failure.message}`;
  return failure;
}

function withoutUndefined(value: { [key: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
