// The API that drops starts: DELETE /api/deliveries/ID/starts, and GET (how many) and DELETE /api/flows/NAME/starts. Only for who may
// use the API.
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Logger } from 'pino';
import type { Json } from '../../workflows/definition.ts';
import { apiRoute, NO_STORE } from './api-answer.ts';
import {
  createDrops,
  DROP_REASON_CHARACTERS_MAX,
  DROP_REASON_DEFAULT,
  DROP_STATUSES,
  type DropsDeps,
  type DropStatus,
} from './drops.ts';
import { deliveryUnknown } from './inspect-routes.ts';
import { errorReply, jsonReply, type Reply } from './reply.ts';

export interface DropRoutesDeps extends DropsDeps {
  apiToken?: string;
  logger: Logger;
}

const UNAVAILABLE = 'The inbox does not answer now. Some starts may have been dropped. Try again.';

/** Adds the routes. */
export function addDropRoutes(router: Router, deps: DropRoutesDeps): void {
  const drops = createDrops(deps);
  const guarded = (answer: (context: RouterContext) => Promise<Reply>) => apiRoute(deps, UNAVAILABLE, answer);

  async function dropById({ params, query }: RouterContext): Promise<Reply> {
    const read = readQuery(query, ['flow', 'reason']);
    if (typeof read === 'string') return invalid(read);
    const id = params['id'] ?? '';
    const { flow, reason = DROP_REASON_DEFAULT } = read;
    const result = await drops.byId(id, flow, reason);
    if (result === 'unknown') return deliveryUnknown;
    if ('ambiguous' in result) {
      const message = `Deliveries of several sources have that id (${result.ambiguous.join(', ')}): give the id of the event.`;
      return errorReply(409, 'id_ambiguous', message);
    }
    const dropped = result.starts.filter((start) => start.dropped).length;
    if (dropped > 0) deps.logger.warn({ id, flow, dropped, reason }, 'starts were dropped');
    return answered(result);
  }

  async function dropOfFlow({ params, query }: RouterContext): Promise<Reply> {
    const read = readQuery(query, ['status', 'reason']);
    if (typeof read === 'string') return invalid(read);
    const status = statusOf(read['status']);
    if (status === undefined) return invalid(STATUS_FAULT);
    const flow = params['flow'] ?? '';
    const { reason = DROP_REASON_DEFAULT } = read;
    const result = await drops.ofFlow(flow, status, reason);
    if (result.dropped > 0) deps.logger.warn({ flow, status, ...result, reason }, 'starts were dropped');
    return answered(result);
  }

  async function count({ params, query }: RouterContext): Promise<Reply> {
    const read = readQuery(query, ['status']);
    if (typeof read === 'string') return invalid(read);
    const status = statusOf(read['status']);
    return status === undefined
      ? invalid(STATUS_FAULT)
      : answered({ count: await drops.count(params['flow'] ?? '', status) });
  }

  router.delete('/api/deliveries/:id/starts', guarded(dropById));
  router.delete('/api/flows/:flow/starts', guarded(dropOfFlow));
  router.get('/api/flows/:flow/starts', guarded(count));
}

const STATUS_FAULT = `status must be one of ${DROP_STATUSES.join(', ')}`;

function statusOf(text: string | undefined): DropStatus | undefined {
  return DROP_STATUSES.find((status) => status === text);
}

/** The parameters, or what is wrong with them. Nothing is dropped by a question that says something unknown. */
function readQuery(given: RouterContext['query'], names: readonly string[]): Record<string, string> | string {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) return `there is no parameter of that name; there are ${names.join(', ')}`;
    if (typeof value !== 'string' || value === '') return `${name} is given once, and with a value`;
    if (value.length > DROP_REASON_CHARACTERS_MAX)
      return `${name} has at most ${DROP_REASON_CHARACTERS_MAX} characters`;
    read[name] = value;
  }
  return read;
}

function invalid(fault: string): Reply {
  return errorReply(400, 'invalid_query', `${fault}.`);
}

function answered(body: object): Reply {
  return jsonReply(200, body as Json, 'dropped', NO_STORE);
}
