// `GET /runs/FLOW/EVENT-ID/result?token=…`: what a run answered, for whoever was given the URL. Any other request is a 404.
import type { Catalog } from '../flow/catalog.ts';
import type { Store } from '../inbox/store.ts';
import type { Answer } from './answer.ts';
import { notFound } from './refusals.ts';
import type { Reply } from './reply.ts';
import { isResultToken, runReply, type ResultUrls } from './run-reply.ts';
import type { Stopping } from './stopping.ts';

export interface ResultDeps extends ResultUrls {
  catalog(): Catalog;
  store: Pick<Store, 'hasEvent'>;
  answer: Answer;
  stopping: Stopping;
}

/** Longest wait that `?wait=SECONDS` may ask for; proxies commonly give up at 30 s. */
const WAIT_SECONDS_MAX = 25;
/** Without `wait`: time to ask Temporal whether the answer is there. */
const LOOK_MS = 500;

/** Answers with the run's result, or 202 while it goes on. */
export async function resultOf(
  deps: ResultDeps,
  flow: string,
  eventId: string,
  query: Record<string, string | string[] | undefined>,
): Promise<Reply> {
  const { token, wait } = query;
  if (typeof token !== 'string' || !isResultToken(`${flow}/${eventId}`, token, deps.resultKey)) return notFound;
  const waitSeconds = typeof wait === 'string' && /^\d{1,3}$/.test(wait) ? Math.min(Number(wait), WAIT_SECONDS_MAX) : 0;
  const respondsEarly = deps.catalog().flows.get(flow)?.definition.respondsEarly ?? false;
  const start = { flow, eventId, respondsEarly };
  const answered = await deps.stopping.unlessStopped(deps.answer(start, Math.max(waitSeconds * 1000, LOOK_MS)), {
    state: 'pending',
  });
  // A run that nobody knows yet may wait in the inbox; when the event is gone too, so is the result.
  const waiting = answered.state === 'unknown' && (await deps.store.hasEvent(eventId));
  return runReply(start, waiting ? { state: 'pending' } : answered, deps);
}
