// `/hooks/…`: receives, counts, records what was refused, and answers. Whatever happens, the sender gets an answer.
import type Koa from 'koa';
import type { Rejection } from '../inbox/store.ts';
import { UNKNOWN_SOURCE, type ReceiverMetrics } from './metrics.ts';
import type { Attempt, Receive } from './receive.ts';
import type { RefusalLog } from './refusal-log.ts';
import * as refusals from './refusals.ts';
import { rejectionOf } from './rejection.ts';
import { send, type Reply } from './reply.ts';
import { isRunAnswer } from './run-reply.ts';
import type { SenderAddresses } from './sender-address.ts';
import type { Stopping } from './stopping.ts';

/** The path of every source. */
export const HOOKS = '/hooks/';

export interface HooksDeps {
  receive: Receive;
  stopping: Stopping;
  metrics: ReceiverMetrics;
  refusalLog: RefusalLog;
  addresses: SenderAddresses;
  /** Unix time in milliseconds. */
  clock(): number;
  /** Told of every request that was not accepted. It must not wait for a disk. */
  rejected?(rejection: Rejection): void;
}

/** Makes the function that answers a request whose URL begins with HOOKS. Never rejects. */
export function createHooks(deps: HooksDeps): (context: Koa.Context, url: string) => Promise<void> {
  const { receive, stopping, metrics } = deps;
  return async (context, url) => {
    const startedAt = performance.now();
    const queryAt = url.indexOf('?');
    const name = queryAt === -1 ? url.slice(HOOKS.length) : url.slice(HOOKS.length, queryAt);
    const search = queryAt === -1 ? '' : url.slice(queryAt);
    const attempt: Attempt = { name, known: false };
    let reply: Reply;
    try {
      reply = stopping.stopped() ? refusals.stopping : await receive(attempt, context.req, context.res, search);
    } catch (error) {
      metrics.failed();
      reply = { ...refusals.internal, cause: error as Error };
    }
    const source = attempt.known ? name : UNKNOWN_SOURCE;
    metrics.observe(source, reply.status, reply.reason, (performance.now() - startedAt) / 1000);
    // What a run answers is no refusal, whatever its status.
    if (reply.status >= 400 && !isRunAnswer(reply)) {
      deps.refusalLog.record(source, reply);
      deps.rejected?.(rejectionOf(context.req, attempt, reply, deps.addresses.of(context.req), deps.clock()));
    }
    send(context, reply);
  };
}
