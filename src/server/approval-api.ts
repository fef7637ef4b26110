// The API of approvals: GET /api/approvals, GET and POST /api/approvals/ID. Only for who may use the API.
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { Decide } from '../approvals/decide.ts';
import type { FormFault } from '../approvals/form-faults.ts';
import { lookUp, type LookDeps, type SeenApproval } from '../approvals/look.ts';
import { settle } from '../approvals/settle.ts';
import { approvalView, listedView } from '../approvals/view.ts';
import type { Store } from '../inbox/store.ts';
import { apiRoute, nextPath, NO_STORE } from './api-answer.ts';
import { readApprovalQuery } from './approval-query.ts';
import { readBody, releaseBody, type InFlight } from './body.ts';
import { readContentType } from './content.ts';
import { parseBody } from './parse.ts';
import * as refusals from './refusals.ts';
import { errorReply, jsonReply, type Reply } from './reply.ts';

export interface ApprovalApiDeps extends LookDeps {
  store: LookDeps['store'] & Pick<Store, 'listApprovals'>;
  decide: Decide;
  inFlight: InFlight;
  apiToken?: string;
}

/** A decision with its comment and its form. */
const DECISION_BYTES_MAX = 256 * 1024;
const APPROVAL_ID = /^[0-9a-f]{32}$/;
const DECISION_FIELDS = ['decision', 'by', 'comment', 'form'];

const UNAVAILABLE = 'The inbox does not answer now. Nothing was decided. Try again.';
const unknown = errorReply(
  404,
  'approval_unknown',
  'No run asked for an approval of that id, or it was deleted by age.',
);

/** Adds the routes. */
export function addApprovalRoutes(router: Router, deps: ApprovalApiDeps): void {
  const guarded = (answer: (context: RouterContext) => Promise<Reply>) => apiRoute(deps, UNAVAILABLE, answer);
  router.get(
    '/api/approvals',
    guarded((context) => list(deps, context)),
  );
  router.get(
    '/api/approvals/:id',
    guarded((context) => show(deps, context.params['id'] ?? '')),
  );
  router.post(
    '/api/approvals/:id',
    guarded((context) => decideOne(deps, context, context.params['id'] ?? '')),
  );
}

/** One row more than asked for tells whether there is another page. */
async function list({ store, clock }: ApprovalApiDeps, context: RouterContext): Promise<Reply> {
  const read = readApprovalQuery(context.query);
  if (!read.ok) return errorReply(400, 'invalid_query', read.message);
  const { limit } = read.query;
  const found = await store.listApprovals({ ...read.query, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const next = found.length > limit ? nextPath(context, rows.at(-1)!.row) : null;
  const approvals = rows.map((row) => listedView(row, clock()));
  return answered({ approvals, next });
}

async function show(deps: ApprovalApiDeps, id: string): Promise<Reply> {
  const approval = APPROVAL_ID.test(id) ? await lookUp(deps, id) : null;
  return approval === null ? unknown : answered(approvalView(approval));
}

/** The same said again is no conflict, so that a program may try again. */
async function decideOne(deps: ApprovalApiDeps, { req, res }: RouterContext, id: string): Promise<Reply> {
  if (readContentType(req.headers['content-type'] ?? 'application/json')?.kind !== 'json') {
    return refusals.contentTypeNotTaken;
  }
  const bytes = await readBody(req, res, DECISION_BYTES_MAX, deps.inFlight);
  if (typeof bytes === 'string') return refusals.bodyFailures[bytes];
  const parsed = parseBody(bytes, { kind: 'json', charset: 'utf-8' }, undefined);
  releaseBody(bytes, deps.inFlight);
  if (!parsed.ok) return errorReply(400, parsed.code, parsed.message);
  const { body } = parsed;
  const given: JsonObject = body !== null && typeof body === 'object' && !Array.isArray(body) ? body : {};
  const odd = Object.keys(given).filter((name) => !DECISION_FIELDS.includes(name));
  if (odd.length > 0) {
    return invalid(odd.map((field) => ({ field, message: `There is only ${DECISION_FIELDS.join(', ')}.` })));
  }
  const approval = APPROVAL_ID.test(id) ? await lookUp(deps, id) : null;
  if (approval === null) return unknown;
  const { decision, by, comment, form = null } = given;
  const settled = await settle(deps.decide, approval, { decision, by, comment, form, via: 'api' });
  if (settled.outcome === 'faulty') return invalid(settled.faults);
  const view = approvalView(settled.approval) as unknown as Json;
  if (settled.outcome === 'decided') return jsonReply(200, view, 'approval_decided', NO_STORE);
  return errorReply(409, 'already_decided', standingText(settled.approval), {
    details: view,
    headers: NO_STORE,
  });
}

/** Why nobody can decide it any more. */
function standingText({ state, decision }: SeenApproval): string {
  if (state === 'over') return 'The run that asked has ended: nobody can decide this any more.';
  if (decision === null || decision.decision === 'closed')
    return 'This is closed: nobody decided in time, or the run was cancelled.';
  return `This was ${decision.decision} before${decision.by === null ? '' : ` by ${decision.by}`}, at ${decision.at}.`;
}

function invalid(faults: FormFault[]): Reply {
  const text = faults.map(({ field, message }) => `${field}: ${message}`).join(' ');
  return errorReply(422, 'invalid_decision', `Nothing was decided. ${text}`, {
    details: faults.map(({ field, message }) => ({ field, message })),
  });
}

function answered(body: object): Reply {
  return jsonReply(200, body as Json, 'approval', NO_STORE);
}
