// Starts runs: one per flow and event, whoever asks and however often. The workflow id makes it exactly-once.
// It must never put a body value into an id, a summary, a search attribute or an error.
import type { Client, WorkflowStartOptions } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Logger } from 'pino';
import {
  ENGINE_VERSION,
  WORKFLOW_TYPE,
  type EventData,
  type Flow,
  type JsonObject,
  type RunInput,
} from '../../workflows/definition.ts';
import { runKeyOf } from '../approvals/link-signature.ts';
import type { StartResult, StartRun } from '../inbox/start-run.ts';
import type { ClaimedStart } from '../inbox/store.ts';
import { createDefinitions } from './definitions.ts';
import { grpcFault, type GrpcStatus } from './grpc-status.ts';
import { SEARCH_ATTRIBUTES } from './namespace.ts';
import { workflowIdOf } from './workflow-id.ts';

/** A start not answered by then has an unknown outcome; asking again is harmless. */
export const START_TIMEOUT_MS = 5_000;
/** A dead worker's task goes to another one after this. */
const WORKFLOW_TASK_TIMEOUT_MS = 5_000;
/** Temporal refuses ids beyond 1000 bytes; ours stay where every index and file name can hold them. */
export const WORKFLOW_ID_CHARACTERS_MAX = 254;
/** Temporal refuses summaries beyond 400 bytes. */
const SUMMARY_BYTES_MAX = 200;

/** What will never be accepted, however often it is tried. */
const INVALID: ReadonlySet<GrpcStatus> = new Set([
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
]);

export interface StartRunSettings {
  client: Client;
  taskQueue: string;
  /** Text of a definition by its hash, or null. */
  definition(hash: string): Promise<string | null>;
  /** Values for `config.NAME`. */
  config(names: string[]): JsonObject;
  /** Whether the run of a start is to tell of its end; without it none does. */
  endMatters?(start: ClaimedStart): boolean;
  /** A run's page in Temporal's Web UI, where it is known. */
  runUrl?(workflowId: string): string | undefined;
  /** What the links of approvals are made with; without it, runs have none. */
  approvals?: { serverKey: string; url: string };
  /** Runs may carry search attributes. */
  searchAttributes: boolean;
  /** A worker runs on the same connection: let it take the run at once. */
  eager: boolean;
  logger: Logger;
  /** START_TIMEOUT_MS where not given. */
  timeoutMs?: number;
}

export function createStartRun(settings: StartRunSettings): StartRun {
  const definitions = createDefinitions(settings.definition);
  return async (start) => {
    const workflowId = workflowIdOf(start.flow, start.eventId);
    if (workflowId.length > WORKFLOW_ID_CHARACTERS_MAX) {
      return { state: 'invalid', error: `The run's id would be longer than ${WORKFLOW_ID_CHARACTERS_MAX} characters` };
    }
    try {
      const flow = await definitions(start.definitionHash);
      if (flow === null)
        return {
          state: 'invalid',
          error: `The definition ${start.definitionHash} of ${start.flow} is not in the store`,
        };
      return await inTime(settings.timeoutMs ?? START_TIMEOUT_MS, startRun(settings, start, flow, workflowId));
    } catch (error) {
      return classify(error, workflowId, settings.logger);
    }
  };
}

async function startRun(
  settings: StartRunSettings,
  start: ClaimedStart,
  flow: Flow,
  workflowId: string,
): Promise<StartResult> {
  const { client, timeoutMs = START_TIMEOUT_MS } = settings;
  const input = runInput(settings, start, flow);
  const handle = await client.connection.withDeadline(Date.now() + timeoutMs, () =>
    client.workflow.start(WORKFLOW_TYPE, startOptions(settings, start, workflowId, input)),
  );
  return { state: 'started', workflowId, eager: handle.eagerlyStarted };
}

function startOptions(
  { taskQueue, eager, searchAttributes }: StartRunSettings,
  start: ClaimedStart,
  workflowId: string,
  input: RunInput,
): WorkflowStartOptions {
  const values = [start.flow, start.source, start.eventType];
  return {
    args: [input],
    taskQueue,
    workflowId,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    requestEagerStart: eager,
    staticSummary: cutToBytes(`${start.flow} · ${start.eventType}`, SUMMARY_BYTES_MAX),
    searchAttributes: searchAttributes
      ? Object.fromEntries(SEARCH_ATTRIBUTES.map((name, index) => [name, [values[index]!]]))
      : undefined,
    memo: { definition: start.definitionHash, engine: ENGINE_VERSION, source: start.source },
  };
}

function runInput(settings: StartRunSettings, start: ClaimedStart, flow: Flow): RunInput {
  const { config, endMatters, approvals, runUrl } = settings;
  const url = flow.runUrl === true ? runUrl?.(workflowIdOf(start.flow, start.eventId)) : undefined;
  const event: EventData = {
    id: start.eventId,
    type: start.eventType,
    source: start.source,
    time: new Date(start.receivedAt).toISOString(),
    body: start.body,
    headers: start.headers,
    query: start.query,
  };
  return {
    engine: ENGINE_VERSION,
    flow,
    definitionHash: start.definitionHash,
    event,
    config: config(flow.configNames),
    respondWithinMs: start.respondWithinMs,
    ...(url === undefined ? {} : { url }),
    ...(flow.approves === true && approvals !== undefined ? { approvals: approvalsOf(approvals, start) } : {}),
    ...(endMatters?.(start) === true ? { atEnd: true as const } : {}),
  };
}

/** The run's own key: whoever reads its history can sign for this run and no other. */
function approvalsOf(
  { serverKey, url }: NonNullable<StartRunSettings['approvals']>,
  { flow, eventId }: ClaimedStart,
): RunInput['approvals'] {
  return { key: runKeyOf(serverKey, workflowIdOf(flow, eventId)), url };
}

/** Core tries an unreachable server for longer than the call's deadline, so the wait is bounded here as well. */
async function inTime(timeoutMs: number, starting: Promise<StartResult>): Promise<StartResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<StartResult>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, {
      state: 'unavailable',
      error: `Temporal did not answer within ${timeoutMs} ms`,
    });
  });
  starting.catch(() => undefined); // When it fails after all, nobody waits any more.
  try {
    return await Promise.race([starting, late]);
  } finally {
    clearTimeout(timer);
  }
}

function classify(error: unknown, workflowId: string, logger: Logger): StartResult {
  if (error instanceof WorkflowExecutionAlreadyStartedError) return { state: 'already', workflowId };
  const fault = grpcFault(error);
  if (fault?.status === 'ALREADY_EXISTS') return { state: 'already', workflowId };
  if (fault !== null && isInvalid(fault.status, fault.details)) {
    return { state: 'invalid', error: `Temporal refused the run: ${fault.details}` };
  }
  const reason = fault === null ? (error as Error).message : `${fault.status}: ${fault.details}`;
  logger.debug({ workflowId, reason }, 'a run could not be started now');
  return { state: 'unavailable', error: reason };
}

/** A message over gRPC's own 4 MiB is RESOURCE_EXHAUSTED like an overload, but will never become smaller. */
function isInvalid(status: GrpcStatus, details: string): boolean {
  return INVALID.has(status) || (status === 'RESOURCE_EXHAUSTED' && /message.* larger than max/.test(details));
}

/** Cuts text to so many bytes of UTF-8, at a whole character. */
function cutToBytes(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}
