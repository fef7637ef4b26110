// Runs one attempt of a connector the way a worker would: the real activity, in Temporal's own mock of its context.
import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ConnectorLogger } from '../../activities/connector.ts';
import { createActivities, type Activities, type ActivityDeps } from '../../activities/run-connector.ts';
import type { ConnectorCall, Json, JsonObject, Template } from '../../workflows/definition.ts';

/** What a test may say about its process. */
export interface World {
  secrets?: Record<string, string>;
  config?: Record<string, string>;
  connections?: Record<string, { connector: string; with: Template }>;
  allowPrivateNetwork?: boolean;
  perHostMax?: number;
  logger?: ConnectorLogger;
}

export interface LogLine {
  level: string;
  fields: object;
  message: string;
}

/** A logger that remembers. */
export function rememberingLogger(): { logger: ConnectorLogger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

/** The activities of a process that may reach loopback unless the test says otherwise. */
export function activitiesOf(world: World = {}): Activities {
  const deps: ActivityDeps = {
    secrets: (name) => world.secrets?.[name],
    config: (name) => world.config?.[name],
    connection: (name) => world.connections?.[name],
    allowPrivateNetwork: world.allowPrivateNetwork ?? true,
    perHostMax: world.perHostMax,
    logger: world.logger ?? rememberingLogger().logger,
  };
  return createActivities(deps);
}

/** An activity's context that does not log the failures that tests expect. */
export function environmentWith(
  info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {},
): MockActivityEnvironment {
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
}

/** One attempt; `environment` lets a test cancel it or count its heartbeats. */
export async function runAttempt(
  activities: Activities,
  connector: string,
  input: JsonObject,
  call: Partial<ConnectorCall> & { attempt?: number; environment?: MockActivityEnvironment } = {},
): Promise<Json> {
  const { attempt = 1, environment = environmentWith({ attempt }), ...rest } = call;
  const activity = activities[connector];
  assert.ok(activity, `there is no activity ${connector}`);
  return environment.run(activity, {
    connector,
    with: input,
    secrets: [],
    idempotencyKey: 'key-1',
    attemptTimeoutMs: 5_000,
    retry: { maxAttempts: 10, delayMs: 1_000, backoff: 2, maxDelayMs: 60_000 },
    run: { id: 'flow/event', flow: 'flow', step: 'step' },
    ...rest,
  });
}

/** How a failed attempt looks to Temporal. */
export interface Failed {
  code: string;
  message: string;
  retryable: boolean;
  delayMs: number | undefined;
  details: JsonObject;
}

/** Runs an attempt that must fail, and gives its failure. */
export async function failAttempt(...parameters: Parameters<typeof runAttempt>): Promise<Failed> {
  const failure: unknown = await runAttempt(...parameters).then(
    (output) => assert.fail(`the attempt succeeded: ${JSON.stringify(output)}`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof ApplicationFailure, `not an ApplicationFailure: ${String(failure)}`);
  return {
    code: failure.type ?? '',
    message: failure.message,
    retryable: failure.nonRetryable !== true,
    delayMs: failure.nextRetryDelay as number | undefined,
    details: (failure.details?.[0] ?? {}) as JsonObject,
  };
}
