// The API's questions: GET /api/deliveries, /api/deliveries/ID, /api/rejections, /api/sources. Only for who may use the API; read-only.
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Json } from '../../workflows/definition.ts';
import { apiRoute, nextPath, NO_STORE } from './api-answer.ts';
import { createInspection, type InspectionDeps } from './inspect.ts';
import { DELIVERY_PARAMETERS, readListQuery, REJECTION_PARAMETERS, type ListQueryRead } from './inspect-query.ts';
import { errorReply, jsonReply, type Reply } from './reply.ts';

export interface InspectRoutesDeps extends InspectionDeps {
  /** Unix time in milliseconds. */
  clock(): number;
  apiToken?: string;
}

/** The answer where an id means nothing. */
export const deliveryUnknown = errorReply(
  404,
  'delivery_unknown',
  'No delivery and no event has that id, or it was deleted by age.',
);

const UNAVAILABLE = 'The inbox cannot be read now. Try again.';

/** Adds the routes. */
export function addInspectRoutes(router: Router, deps: InspectRoutesDeps): void {
  const inspection = createInspection(deps);

  function answer(path: string, ask: (context: RouterContext) => Promise<Reply>): void {
    router.get(path, apiRoute(deps, UNAVAILABLE, ask));
  }

  /** A list's answer, `next` as the path of the next page. */
  async function list(
    context: RouterContext,
    parameters: readonly string[],
    ask: (query: Extract<ListQueryRead, { ok: true }>['query']) => Promise<{ next: number | null }>,
  ): Promise<Reply> {
    const read = readListQuery(context.query, parameters, deps.clock());
    if (!read.ok) return errorReply(400, 'invalid_query', read.message);
    const found = await ask(read.query);
    return inspected({ ...found, next: nextPath(context, found.next) });
  }

  answer('/api/deliveries', (context) => list(context, DELIVERY_PARAMETERS, inspection.deliveries));
  answer('/api/rejections', (context) => list(context, REJECTION_PARAMETERS, inspection.rejections));
  answer('/api/sources', async () => inspected(await inspection.sources()));
  answer('/api/deliveries/:id', async (context) => {
    const found = await inspection.delivery(context.params['id'] ?? '');
    if (found.deliveries.length > 0) return inspected(found);
    return deliveryUnknown;
  });
}

function inspected(body: object): Reply {
  return jsonReply(200, body as Json, 'inspected', NO_STORE);
}
