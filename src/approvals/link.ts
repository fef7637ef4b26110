// Reads and checks the links by which people decide. Whatever is wrong with one is the same answer; only who holds a right one
// learns that it has expired.
import type { ApprovalPlace } from '../../workflows/approval-link.ts';
import { linkState, runKeyOf } from './link-signature.ts';

/** Before the place in the path of a link. */
export const APPROVALS = '/approvals/';

/** Longest path that is looked at; a workflow id has at most 254 characters, each up to three when encoded. */
const PATH_CHARACTERS_MAX = 4_000;
/** Workflow ids of runs that were started again: they sign with the key that their first run was given. */
const RERUN = /~r\d+$/;

export interface ReadLink {
  place: ApprovalPlace;
  state: 'good' | 'expired';
  /** What the link chose, as the button that comes first. */
  chosen?: 'approved' | 'rejected';
}

/** The link of a request's URL (path and query), or undefined for any that we did not give out. */
export function readLink(url: string, serverKey: string, nowMs: number): ReadLink | undefined {
  const mark = url.indexOf('?');
  const place = mark < 0 ? undefined : placeOf(url.slice(0, mark));
  if (place === undefined) return undefined;
  const query = new URLSearchParams(url.slice(mark + 1));
  const signed = { expires: onlyOne(query, 'expires'), signature: onlyOne(query, 'signature') };
  const { workflowId } = place;
  for (const signer of new Set([workflowId, workflowId.replace(RERUN, '')])) {
    const state = linkState(runKeyOf(serverKey, signer), place, signed, nowMs);
    if (state === 'forged') continue;
    const decision = query.get('decision');
    const chosen = decision === 'approved' || decision === 'rejected' ? decision : undefined;
    return { place, state, ...(chosen && { chosen }) };
  }
  return undefined;
}

/** Links encode the slashes of both parts. Proxies that decode them on the way change nothing: a workflow id is `FLOW/EVENT-ID`. */
function placeOf(path: string): ApprovalPlace | undefined {
  if (!path.startsWith(APPROVALS) || path.length > PATH_CHARACTERS_MAX) return undefined;
  const decoded = decodedOf(path.slice(APPROVALS.length));
  const [flow, event, ...step] = decoded?.split('/') ?? [];
  if (!flow || !event || step.length === 0) return undefined;
  return { workflowId: `${flow}/${event}`, stepPath: step.join('/') };
}

function decodedOf(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Given twice, it is not ours. */
function onlyOne(query: URLSearchParams, name: string): string {
  const [first = '', ...others] = query.getAll(name);
  return others.length === 0 ? first : '';
}
