// What the API's routes share: who may ask, what they are told while the store is away, and where the next page of a list is.
import type { RouterContext } from '@koa/router';
import { StoreUnavailableError } from '../inbox/store.ts';
import { refuseApiCall } from './access.ts';
import { errorReply, send, type Reply } from './reply.ts';

/** Answers hold what senders and people wrote: no cache keeps them. */
export const NO_STORE = { 'cache-control': 'no-store' };

/** A route's handler: only for who may use the API; 503 with `unavailable` for as long as the store does not answer. */
export function apiRoute(
  { apiToken }: { apiToken?: string },
  unavailable: string,
  answer: (context: RouterContext) => Promise<Reply>,
): (context: RouterContext) => Promise<void> {
  const away = errorReply(503, 'unavailable', unavailable, { headers: { 'retry-after': '5' } });
  return async (context) => {
    const refusal = refuseApiCall(context.req, apiToken);
    send(context, refusal ?? (await orAway(answer(context), away)));
  };
}

async function orAway(asked: Promise<Reply>, away: Reply): Promise<Reply> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return away;
    throw error;
  }
}

/** The path of the page that begins behind row `before`; null for none. */
export function nextPath(context: RouterContext, before: number | null): string | null {
  if (before === null) return null;
  const query = new URLSearchParams(context.querystring);
  query.set('before', String(before));
  return `${context.path}?${query.toString()}`;
}
