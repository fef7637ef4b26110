// `GET` and `POST /approvals/RUN/STEP?…&signature=…`: where people decide. GET never decides, for mail scanners follow links. Every
// link that is not ours gets one and the same answer.
import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import type { Json } from '../../workflows/definition.ts';
import type { Decide } from '../approvals/decide.ts';
import { APPROVALS, readLink, type ReadLink } from '../approvals/link.ts';
import { lookAt, type LookDeps, type SeenApproval } from '../approvals/look.ts';
import { askPage, endPage, plainPage, type Attempt } from '../approvals/page.ts';
import { contentSecurityPolicy } from '../approvals/page-style.ts';
import { readPostedForm } from '../approvals/posted-form.ts';
import { settle } from '../approvals/settle.ts';
import { approvalView } from '../approvals/view.ts';
import { StoreUnavailableError } from '../inbox/store.ts';
import { readBody, releaseBody, type InFlight } from './body.ts';
import { readContentType } from './content.ts';
import * as refusals from './refusals.ts';
import { errorReply, jsonReply, type Reply } from './reply.ts';

export interface ApprovalPageDeps extends LookDeps {
  /** Signs the keys of all runs. */
  approvalKey: string;
  decide: Decide;
  inFlight: InFlight;
  /** How people reach this server. */
  publicUrl(): string;
}

/** Makes the answer to a request below APPROVALS. Rejects only on a bug. */
export type AnswerApproval = (context: Koa.Context, url: string) => Promise<Reply>;

export { APPROVALS };

/** A form of a hundred fields and a comment is a small fraction of it. */
const FORM_BYTES_MAX = 64 * 1024;

/** What keeps a page with a signed link to itself: no cache, no referrer, no frame, no search engine. */
const PRIVATE = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};
const PAGE = { ...PRIVATE, 'content-security-policy': contentSecurityPolicy, 'x-frame-options': 'DENY' };

export function createApprovalPages(deps: ApprovalPageDeps): AnswerApproval {
  return async (context, url) => {
    const answer = answersOf(context.accepts('html', 'json') === 'json');
    try {
      if (!['GET', 'HEAD', 'POST'].includes(context.method)) return refusals.methodNotAllowed('GET, HEAD, POST');
      const link = readLink(url, deps.approvalKey, deps.clock());
      if (link === undefined) return answer.unknown;
      if (link.state === 'expired') return answer.expired;
      const approval = await lookAt(deps, link.place);
      if (approval === null) return answer.gone;
      if (context.method !== 'POST') return answer.shown(approval, link);
      return await decided(deps, context, approval, link, answer);
    } catch (error) {
      if (error instanceof StoreUnavailableError) return answer.unavailable;
      throw error;
    }
  };
}

async function decided(
  deps: ApprovalPageDeps,
  { req, res }: Koa.Context,
  approval: SeenApproval,
  link: ReadLink,
  answer: Answers,
): Promise<Reply> {
  if (isFromElsewhere(req, deps.publicUrl())) return answer.elsewhere;
  if (readContentType(req.headers['content-type'] ?? '')?.kind !== 'form') return refusals.contentTypeNotTaken;
  const bytes = await readBody(req, res, FORM_BYTES_MAX, deps.inFlight);
  if (typeof bytes === 'string') return refusals.bodyFailures[bytes];
  const posted = new URLSearchParams(bytes.toString('utf8'));
  releaseBody(bytes, deps.inFlight);

  const answered = {
    decision: posted.get('decision'),
    by: posted.get('by') || posted.get('by_other'),
    comment: posted.get('comment'),
    form: approval.form === null ? null : readPostedForm(approval.form, posted),
    via: 'link' as const,
  };
  const settled = await settle(deps.decide, approval, answered);
  if (settled.outcome === 'faulty') return answer.faulty(approval, link, { posted, faults: settled.faults });
  return settled.outcome === 'late' ? answer.late(settled.approval) : answer.done(settled.approval, req.url ?? '');
}

/**
 * Whether a browser says that the form was sent by another site's page. The signature is what authorises; this is a second lock.
 * Our own page sends `Origin: null`, for it tells nobody where it is.
 */
function isFromElsewhere({ headers }: IncomingMessage, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined || origin === 'null') return false;
  if (!URL.canParse(origin)) return true;
  const { host } = new URL(origin);
  return host !== headers.host && host !== new URL(publicUrl).host;
}

interface Answers {
  unknown: Reply;
  expired: Reply;
  gone: Reply;
  elsewhere: Reply;
  unavailable: Reply;
  shown(approval: SeenApproval, link: ReadLink): Reply;
  faulty(approval: SeenApproval, link: ReadLink, attempt: Attempt): Reply;
  late(approval: SeenApproval): Reply;
  done(approval: SeenApproval, url: string): Reply;
}

function answersOf(asJson: boolean): Answers {
  return asJson ? jsonAnswers : pageAnswers;
}

function pageReply(status: number, body: string, reason: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { ...PAGE, ...headers }, contentType: 'text/html; charset=utf-8', body, reason };
}

function isOpen({ state }: SeenApproval): boolean {
  return state === 'open' || state === 'early';
}

const TEXTS = {
  unknown: ['This link does not work', 'Perhaps it was cut: please open it again from the message that it came with.'],
  expired: ['This link has expired', 'Please ask for a new one, or look for a later message.'],
  gone: ['There is nothing to decide here', 'What this link asked about is not known any more.'],
  elsewhere: ['This was not sent from its own page', 'Please open the link itself, and decide there.'],
  unavailable: ['This does not work at the moment', 'Nothing was decided. Please try again in a moment.'],
} as const;

const RETRY_AFTER = { 'retry-after': '5' };

const pageAnswers: Answers = {
  unknown: pageReply(404, plainPage(...TEXTS.unknown), 'approval_link'),
  expired: pageReply(410, plainPage(...TEXTS.expired), 'approval_link_expired'),
  gone: pageReply(404, plainPage(...TEXTS.gone), 'approval_unknown'),
  elsewhere: pageReply(403, plainPage(...TEXTS.elsewhere), 'cross_site'),
  unavailable: pageReply(503, plainPage(...TEXTS.unavailable), 'store_unavailable', RETRY_AFTER),
  shown: (approval, { chosen = 'approved' }) =>
    pageReply(200, isOpen(approval) ? askPage(approval, chosen) : endPage(approval), 'approval'),
  faulty: (approval, { chosen = 'approved' }, attempt) =>
    pageReply(422, askPage(approval, chosen, attempt), 'approval_form'),
  late: (approval) => pageReply(409, endPage(approval, true), 'approval_late'),
  // Loading the page anew then repeats a GET. Only the query, so that it holds below any path of a proxy.
  done: (_approval, url) => pageReply(303, '', 'approval_decided', { location: url.slice(url.indexOf('?')) }),
};

function jsonError(status: number, code: string, text: readonly [string, string], headers = {}): Reply {
  return errorReply(status, code, `${text[0]}. ${text[1]}`, { headers: { ...PRIVATE, ...headers } });
}

const jsonAnswers: Answers = {
  unknown: jsonError(404, 'not_found', TEXTS.unknown),
  expired: jsonError(410, 'link_expired', TEXTS.expired),
  gone: jsonError(404, 'approval_unknown', TEXTS.gone),
  elsewhere: jsonError(403, 'cross_site', TEXTS.elsewhere),
  unavailable: jsonError(503, 'unavailable', TEXTS.unavailable, RETRY_AFTER),
  shown: (approval) => jsonReply(200, viewJson(approval), 'approval', PRIVATE),
  faulty: (_approval, _link, { faults }) =>
    errorReply(422, 'invalid_decision', 'Nothing was decided: see details.', {
      headers: PRIVATE,
      details: faults.map(({ field, message }) => ({ field, message })),
    }),
  late: (approval) =>
    errorReply(409, 'already_decided', 'This was decided before, or nobody can decide it any more.', {
      headers: PRIVATE,
      details: viewJson(approval),
    }),
  done: (approval) => jsonReply(200, viewJson(approval), 'approval_decided', PRIVATE),
};

function viewJson(approval: SeenApproval): Json {
  return approvalView(approval) as unknown as Json;
}
