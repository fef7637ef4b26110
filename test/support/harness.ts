// Starts the whole of Hookline inside a test, on free ports and a folder of its own, with a real Temporal server, a real
// outside HTTP server and a real mail server. Nothing is replaced: tests post to the receiver and look at what came out.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import pino from 'pino';
import { readSettings } from '../../src/config.ts';
import { startHookline, type Hookline } from '../../src/hookline.ts';
import { createSecretLookup } from '../../src/secrets.ts';
import type { FlowError, RunResult } from '../../workflows/definition.ts';
import { testEnvironment } from './environment.ts';
import { exampleRequest, type ExampleFlow } from './examples.ts';
import { startMailbox, type Mailbox } from './mailbox.ts';
import { startOutside, type Outside } from './outside.ts';

/** What the receiver answered. */
export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed when it is JSON, else the text. */
  body: ReturnType<typeof JSON.parse>;
}

/** How a run ended. */
export type RunOutcome = ({ state: 'completed' } & RunResult) | { state: 'failed'; error: FlowError };

/** The fetched history of a run. */
export type RunHistory = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

export interface Harness {
  hookline: Hookline;
  outside: Outside;
  mailbox: Mailbox;
  dataDir: string;
  client: Client;
  /** Posts to `/hooks/SOURCE`; an object is sent as JSON. */
  post(source: string, body: string | object, headers?: Record<string, string>): Promise<Answer>;
  /** Posts the fixture of an example as its sender would. */
  send(flow: ExampleFlow, change?: Parameters<typeof exampleRequest>[1]): Promise<Answer>;
  /** Sends an example's fixture, expects it to be accepted and waits for the end of its run. */
  run(flow: ExampleFlow, change?: Parameters<typeof exampleRequest>[1]): Promise<RunOutcome & { eventId: string }>;
  /** Waits until the run of an event has started and ended. */
  waitForRun(flow: string, eventId: string): Promise<RunOutcome>;
  /** True when a run of this event exists. */
  hasRun(flow: string, eventId: string): Promise<boolean>;
  history(flow: string, eventId: string): Promise<RunHistory>;
  /** Forgets what reached the outside and the mailbox, and what was programmed. */
  reset(): void;
  stop(): Promise<void>;
  /** Stops Hookline and starts it on the same folder and ports; the outside goes on. The harness to use from then on. */
  restart(): Promise<Harness>;
}

export interface HarnessOptions {
  /** Folder with flows; the examples by default. */
  flows?: string;
  /** More environment, e.g. `HOOKLINE_BODY_BYTES_MAX` or `HOOKLINE_CONFIG_X`. Wins over the harness's own. */
  env?: Record<string, string>;
  /** Flows are loaded again when their files change. */
  watch?: boolean;
}

const RUN_POLL_MS = 25;
const RUN_WAIT_MS = 60_000;
/** A run that has not ended by then never will: long after the slowest machine. */
const RUN_END_MS = 120_000;

let keeps = false;
let kept: Promise<Harness> | undefined;

/**
 * From now on whoever starts a harness on the examples, without options, gets the same one; the result ends it.
 * @public For the files that scripts/test.mjs writes.
 */
export function keepHarness(): () => Promise<void> {
  keeps = true;
  return async () => (await kept)?.stop();
}

/** Starts everything and resolves when runs can be started. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  if (!keeps || Object.keys(options).length > 0) return startNew(options);
  const harness = await (kept ??= startNew({}));
  await endRuns(harness.client);
  harness.reset();
  return { ...harness, stop: () => Promise.resolve() };
}

/** What other tests left behind must not call anybody any more. */
async function endRuns({ workflow }: Client): Promise<void> {
  for await (const { workflowId, runId } of workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    await workflow
      .getHandle(workflowId, runId)
      .terminate('its test has ended')
      .catch(() => undefined);
  }
}

async function startNew(options: HarnessOptions): Promise<Harness> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-test-'));
  const [outside, mailbox] = await Promise.all([startOutside(), startMailbox()]);
  const stop = async (hookline?: Hookline): Promise<void> => {
    await hookline?.stop();
    await Promise.all([outside.stop(), mailbox.stop()]);
    await rm(dataDir, { recursive: true, force: true });
  };
  let hookline: Hookline | undefined;
  try {
    const environment = {
      ...(await testEnvironment({ dataDir, outside, mailbox, flows: options.flows })),
      ...options.env,
    };
    const start = async (): Promise<Harness> => {
      hookline = await startIn(environment, options.watch ?? false);
      if (options.flows === undefined) assertLoaded(hookline);
      const harness = createHarness(hookline, outside, mailbox);
      return { ...harness, outside, mailbox, dataDir, stop: () => stop(hookline), restart };
    };
    const restart = async (): Promise<Harness> => {
      await hookline?.stop();
      return start();
    };
    return await start();
  } catch (error) {
    await stop(hookline); // A server that stays behind would keep the test's process alive.
    throw error;
  }
}

/** Starts Hookline with these settings and waits until it can start runs. */
async function startIn(environment: Record<string, string>, watch: boolean): Promise<Hookline> {
  const settings = readSettings(environment);
  const hookline = await startHookline({
    settings,
    role: 'all',
    logger: pino({ level: settings.logLevel }),
    secrets: createSecretLookup(settings.secrets, settings.secretsDir),
    config: (name) => settings.config[name],
    watch,
    progress: () => undefined,
  });
  await hookline.ready;
  return hookline;
}

/** Throws what is wrong with the flows: a broken example is never meant, and would only show as a 503. */
function assertLoaded(hookline: Hookline): void {
  const errors = hookline.catalog().problems.filter((problem) => problem.severity === 'error');
  if (errors.length === 0) return;
  throw new Error(errors.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
}

/** What tests do with a Hookline that runs. */
function createHarness(
  hookline: Hookline,
  outside: Outside,
  mailbox: Mailbox,
): Omit<Harness, 'outside' | 'mailbox' | 'dataDir' | 'stop' | 'restart'> {
  const client = hookline.client();
  if (!client) throw new Error('Hookline is ready but has no client');
  const { url } = hookline;

  const post: Harness['post'] = (source, body, headers) => postTo(url, source, body, headers);
  const send: Harness['send'] = (flow, change) => {
    const request = exampleRequest(flow, change);
    return post(request.source, request.body, request.headers);
  };
  return {
    hookline,
    client,
    post,
    send,
    run: async (flow, change) => {
      const { status, body } = await send(flow, change);
      if (status !== 202) throw new Error(`${flow} was answered ${status}: ${JSON.stringify(body)}`);
      return { eventId: body.id, ...(await waitForRun(client, flow, body.id)) };
    },
    waitForRun: (flow, eventId) => waitForRun(client, flow, eventId),
    hasRun: (flow, eventId) => hasRun(client, flow, eventId),
    history: (flow, eventId) => client.workflow.getHandle(`${flow}/${eventId}`).fetchHistory(),
    reset: () => {
      outside.reset();
      mailbox.reset();
    },
  };
}

/** Posts to a receiver. An object is sent as JSON. */
export async function postTo(
  url: string,
  source: string,
  body: string | object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/hooks/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** Waits until the run of an event has started and ended, however it ended. */
export async function waitForRun(client: Client, flow: string, eventId: string): Promise<RunOutcome> {
  const deadline = Date.now() + RUN_WAIT_MS;
  const handle = client.workflow.getHandle(`${flow}/${eventId}`);
  for (;;) {
    try {
      return { state: 'completed', ...(await ended(handle)) };
    } catch (error) {
      if (error instanceof WorkflowFailedError) return { state: 'failed', error: flowError(error) };
      if (!(error instanceof WorkflowNotFoundError) || Date.now() > deadline) throw error;
      await sleep(RUN_POLL_MS); // The dispatcher has not started it yet.
    }
  }
}

/** What a run gave; one that goes on for ever is told with what it did last. */
async function ended(handle: ReturnType<Client['workflow']['getHandle']>): Promise<RunResult> {
  const waited = new AbortController();
  const late = sleep(RUN_END_MS, undefined, { signal: waited.signal }).then(async () => {
    const { events } = await handle.fetchHistory();
    const last = (events ?? []).slice(-5).map(({ eventId, eventType }) => `${String(eventId)}: ${String(eventType)}`);
    throw new Error(`${handle.workflowId} has not ended within ${RUN_END_MS} ms; its last events: ${last.join(', ')}`);
  });
  const result = handle.result() as Promise<RunResult>;
  try {
    return await Promise.race([result, late]);
  } finally {
    result.catch(() => undefined);
    late.catch(() => undefined);
    waited.abort();
  }
}

/** The error that a failed run ended with, as flows see it. */
function flowError(failed: WorkflowFailedError): FlowError {
  const { cause } = failed;
  const details = cause instanceof ApplicationFailure ? (cause.details?.[0] as FlowError | undefined) : undefined;
  return (
    details ?? { code: cause?.name ?? failed.name, message: cause?.message ?? failed.message, step: null, attempt: 0 }
  );
}

async function hasRun(client: Client, flow: string, eventId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(`${flow}/${eventId}`).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
