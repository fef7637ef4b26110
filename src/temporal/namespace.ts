// The namespace before the first run: how long finished runs are kept, and the search attributes that runs are found by.
// On somebody's cluster it must never change the namespace; it only registers attributes where that is allowed.
import { setTimeout as pause } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { grpcFault, type GrpcStatus } from './grpc-status.ts';

/** Search attributes of every run, all of type Keyword. Values: the flow's name, the source's name, the event's type. */
export const SEARCH_ATTRIBUTES = ['HooklineFlow', 'HooklineSource', 'HooklineEventType'] as const;
/** temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD */
const KEYWORD = 2;
/** How long the embedded server keeps finished runs (about 18 KB each). */
export const RETENTION_DAYS = 7;
const DAY_SECONDS = 24 * 60 * 60;
const RPC_TIMEOUT_MS = 10_000;
/** A server that just came up, or an attribute that was just added, may take a moment. */
const READY_TIMEOUT_MS = 15_000;
const READY_POLL_MS = 50;
/** A namespace is unknown for a moment after it was made, and then again when it is made twice. */
const PASSING: ReadonlySet<GrpcStatus | undefined> = new Set(['UNAVAILABLE', 'NOT_FOUND', 'ALREADY_EXISTS'] as const);

export interface NamespaceSettings {
  connection: NativeConnection;
  namespace: string;
  /** The server is ours: namespace and retention are set, and anything missing is an error. */
  embedded: boolean;
  logger: Logger;
}

/**
 * Makes the namespace ready for runs.
 * @returns whether runs may carry the search attributes.
 * @throws Error when the namespace is not there, or the server does not answer.
 */
export async function prepareNamespace(settings: NamespaceSettings): Promise<{ searchAttributes: boolean }> {
  if (settings.embedded) await keepRunsFor(settings, RETENTION_DAYS);
  else await requireNamespace(settings);
  const missing = await missingAttributes(settings).catch(() => null);
  if (missing?.length === 0 || (missing === null && (await areSearchable(settings)))) return { searchAttributes: true };
  try {
    await register(settings, missing ?? [...SEARCH_ATTRIBUTES]);
    await untilRegistered(settings);
    return { searchAttributes: true };
  } catch (error) {
    if (settings.embedded) throw error;
    const commands = SEARCH_ATTRIBUTES.map(
      (name) => `temporal operator search-attribute create --name ${name} --type Keyword`,
    );
    settings.logger.warn(
      { reason: grpcFault(error)?.details ?? (error as Error).message, run: commands },
      'search attributes are not registered; runs start without them',
    );
    return { searchAttributes: false };
  }
}

function withDeadline<T>({ connection }: NamespaceSettings, call: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + RPC_TIMEOUT_MS, call);
}

async function requireNamespace(settings: NamespaceSettings): Promise<void> {
  const { connection, namespace } = settings;
  try {
    await withDeadline(settings, () => connection.workflowService.describeNamespace({ namespace }));
  } catch (error) {
    const fault = grpcFault(error);
    if (fault?.status === 'NOT_FOUND') {
      throw new Error(`There is no namespace ${namespace} there; create it or set TEMPORAL_NAMESPACE`, {
        cause: error,
      });
    }
    // A key that may run workflows need not be allowed to describe the namespace.
    if (fault?.status !== 'PERMISSION_DENIED') throw error;
  }
}

/** Sets the retention, making the namespace first where it is missing. Waits for a server or namespace that just came up. */
async function keepRunsFor(settings: NamespaceSettings, days: number): Promise<void> {
  const { connection, namespace } = settings;
  const retention = { seconds: (days * DAY_SECONDS) as never };
  const update = (): Promise<unknown> =>
    connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: retention } });
  const make = (): Promise<unknown> =>
    connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let missing = false;
  for (;;) {
    try {
      if (missing) await withDeadline(settings, make);
      await withDeadline(settings, update);
      return;
    } catch (error) {
      const status = grpcFault(error)?.status;
      if (!PASSING.has(status) || Date.now() > deadline) throw error;
      missing = status === 'NOT_FOUND' && !missing;
      await pause(READY_POLL_MS);
    }
  }
}

async function missingAttributes(settings: NamespaceSettings): Promise<string[]> {
  const { connection, namespace } = settings;
  const { customAttributes } = await withDeadline(settings, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return SEARCH_ATTRIBUTES.filter((name) => customAttributes[name] !== KEYWORD);
}

/** Temporal Cloud does not list attributes to its users; a query that names them is refused unless they are there. */
async function areSearchable(settings: NamespaceSettings): Promise<boolean> {
  const { connection, namespace } = settings;
  const query = SEARCH_ATTRIBUTES.map((name) => `${name} = 'hookline'`).join(' AND ');
  const counted = withDeadline(settings, () =>
    connection.workflowService.countWorkflowExecutions({ namespace, query }),
  );
  return counted.then(
    () => true,
    () => false,
  );
}

async function register(settings: NamespaceSettings, names: string[]): Promise<void> {
  const { connection, namespace } = settings;
  const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]));
  try {
    await withDeadline(settings, () => connection.operatorService.addSearchAttributes({ namespace, searchAttributes }));
  } catch (error) {
    if (grpcFault(error)?.status !== 'ALREADY_EXISTS') throw error;
  }
}

async function untilRegistered(settings: NamespaceSettings): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let missing = await missingAttributes(settings);
  while (missing.length > 0) {
    if (Date.now() > deadline)
      throw new Error(`the search attributes ${missing.join(', ')} did not appear, or are not of type Keyword`);
    await pause(READY_POLL_MS);
    missing = await missingAttributes(settings);
  }
}
