// The receiver: one koa app that turns requests into answers. It never listens by itself; createServer sets its limits.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import Router, { type RouterContext } from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { JsonObject } from '../../workflows/definition.ts';
import { createDecide } from '../approvals/decide.ts';
import type { LookDeps } from '../approvals/look.ts';
import type { Catalog } from '../flow/catalog.ts';
import { createCommitEvent } from '../inbox/commit-event.ts';
import type { DroppedRejections } from '../inbox/rejections.ts';
import type { ClaimedStart, Rejection, Store } from '../inbox/store.ts';
import type { SecretLookup } from '../secrets.ts';
import { refuseApiCall } from './access.ts';
import type { Answer } from './answer.ts';
import { addApprovalRoutes, type ApprovalApiDeps } from './approval-api.ts';
import { APPROVALS, createApprovalPages } from './approval-pages.ts';
import type { InFlight } from './body.ts';
import { createDecompress } from './decompress.ts';
import { addDropRoutes, type DropRoutesDeps } from './drop-routes.ts';
import { createHooks, HOOKS } from './hooks.ts';
import { createHttpServer } from './http-server.ts';
import { createIntroduce } from './introductions.ts';
import type { InspectionDeps } from './inspect.ts';
import { addInspectRoutes } from './inspect-routes.ts';
import { createManualRun, type ManualRunDeps } from './manual-run.ts';
import { createReceiverMetrics } from './metrics.ts';
import { createReceive } from './receive.ts';
import { createRefusalLog } from './refusal-log.ts';
import * as refusals from './refusals.ts';
import { jsonReply, send, type Reply } from './reply.ts';
import { resultOf } from './result.ts';
import { createSenderAddresses } from './sender-address.ts';
import { createStopping, drain, type Stopping } from './stopping.ts';
import { createStoreDelivery } from './store-delivery.ts';

/** What the receiver is made of. */
export interface ReceiverDeps {
  /** The catalog of this moment; a reload gives another one. */
  catalog(): Catalog;
  store: Pick<Store, 'accept' | 'putDefinition' | 'startStatus' | 'hasEvent' | 'set' | 'listApprovals'> &
    InspectionDeps['store'] &
    DropRoutesDeps['store'] &
    LookDeps['store'];
  secrets: SecretLookup;
  /** Unix time in milliseconds. */
  clock(): number;
  /** Milliseconds of a clock that only grows, for rates. */
  monotonic(): number;
  logger: Logger;
  answer: Answer;
  bodyBytesMax: number;
  /** How third parties reach this receiver, without a trailing slash. */
  publicUrl(): string;
  /** Signs result URLs; the same over restarts. */
  resultKey: string;
  /** Signs the keys of the links by which people decide; the same over restarts. */
  approvalKey: string;
  /** Whether a run has ended, as far as Temporal says so soon. */
  runIsOver?(workflowId: string): Promise<boolean>;
  /** Bearer token of the API. Without it only this machine may call it. */
  apiToken?: string;
  /** For /readyz. */
  health(): Promise<{ ready: boolean; body: Record<string, unknown> }>;
  /** For /metrics; the receiver adds its own. */
  metrics: Registry;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For counts. */
  trustedProxies?: readonly string[];
  /** False: the replay windows that providers ask for are off; those that sources declare hold. Default true. */
  replayWindows?: boolean;
  /** Called after each commit with the starts that are to be dispatched. */
  accepted?(starts: ClaimedStart[]): void;
  /** Called for every request to `/hooks/…` that was not accepted. It must not wait for a disk. */
  rejected?(rejection: Rejection): void;
  /** How many of them were counted and not kept. */
  droppedRejections?(): DroppedRejections;
  /** A run's page in Temporal's Web UI. */
  runLink?(run: string): string | undefined;
}

export interface Receiver {
  app: Koa;
  /** A server with the receiver's limits, not listening yet. */
  createServer(): Server;
  /** Stops listening and lets requests in hand finish; new ones on open connections are answered 503. */
  close(server: Server): Promise<void>;
}

/** Bodies held at once, over all requests; more are answered 503. */
const IN_FLIGHT_BYTES_MAX = 128 * 1024 * 1024;

/** Makes the receiver. It does nothing until its server is told to listen. */
export function createReceiver(deps: ReceiverDeps): Receiver {
  const inFlight: InFlight = { bytes: 0, bytesMax: Math.max(IN_FLIGHT_BYTES_MAX, deps.bodyBytesMax) };
  const stopping = createStopping();
  const metrics = createReceiverMetrics(deps.metrics, inFlight);
  const addresses = createSenderAddresses(deps.trustedProxies ?? []);
  const refusalLog = createRefusalLog(deps.logger, deps.monotonic);
  const storeDelivery = createStoreDelivery({ ...deps, stopping });
  const receive = createReceive({
    ...deps,
    inFlight,
    addresses,
    decompress: createDecompress(inFlight),
    introduce: createIntroduce(deps),
    storeDelivery,
  });
  const answerHook = createHooks({ ...deps, receive, stopping, metrics, refusalLog, addresses });
  const commitEvent = createCommitEvent(deps);
  const decide = createDecide({ ...deps, commitEvent });
  const answerApproval = createApprovalPages({ ...deps, inFlight, decide });
  const routes = createRoutes({ ...deps, decide, commitEvent }, inFlight, stopping);

  const app = new Koa();
  app.silent = true;
  app.on('error', (error: Error) => deps.logger.debug({ reason: error.message }, 'a connection failed'));
  app.use(async (context, next) => {
    try {
      const url = context.req.url ?? '';
      // The hot path is matched by hand: a router costs more than everything else before verification.
      if (url.startsWith(HOOKS)) await answerHook(context, url);
      else if (url.startsWith(APPROVALS)) send(context, await answerApproval(context, url));
      else await routes(context, next);
    } catch (error) {
      metrics.failed();
      deps.logger.error({ err: error }, 'a request could not be handled');
      send(context, refusals.internal);
    }
  });
  const handle = app.callback();
  const handler = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  return {
    app,
    createServer: () => createHttpServer(handler),
    async close(server) {
      stopping.stop();
      await drain(server);
      refusalLog.flush();
    },
  };
}

function createRoutes(
  deps: ReceiverDeps & Pick<ApprovalApiDeps, 'decide'> & Pick<ManualRunDeps, 'commitEvent'>,
  inFlight: InFlight,
  stopping: Stopping,
): Koa.Middleware {
  const startManualRun = createManualRun({ ...deps, inFlight });
  const router = new Router();
  router.get('/healthz', (context) => send(context, jsonReply(200, { status: 'ok' }, 'health')));
  router.get('/readyz', async (context) => {
    const { ready, body } = await deps.health();
    send(context, jsonReply(ready ? 200 : 503, body as JsonObject, 'health'));
  });
  router.get('/metrics', async (context) => {
    context.set('content-type', deps.metrics.contentType);
    context.body = await deps.metrics.metrics();
  });
  router.get('/runs/:flow/:event/result', async (context) => {
    const { flow = '', event = '' } = context.params;
    send(context, await resultOf({ ...deps, stopping }, flow, event, context.query));
  });
  router.post('/api/flows/:flow/runs', async (context) => {
    const refusal = refuseApiCall(context.req, deps.apiToken);
    send(context, refusal ?? (await startManualRun(context.req, context.res, context.params['flow'] ?? '')));
  });
  addInspectRoutes(router, deps);
  addDropRoutes(router, deps);
  addApprovalRoutes(router, { ...deps, inFlight });
  const route = router.routes() as unknown as Koa.Middleware;
  return async (context) => {
    await route(context, () => Promise.resolve());
    if (context.status === 404 && context.body === undefined) send(context, otherwise(context));
  };
}

/** No route took it: 405 when the path has other methods, else 404. */
function otherwise(context: Koa.Context): Reply {
  const { matched } = context as unknown as RouterContext;
  const methods = new Set((matched ?? []).flatMap((layer) => layer.methods));
  return methods.size > 0 ? refusals.methodNotAllowed([...methods].join(', ')) : refusals.notFound;
}
