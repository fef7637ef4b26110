// What an approval is at this moment, from what the store knows of it. It decides nothing.
import { approvalIdOf, type ApprovalPlace } from '../../workflows/approval-link.ts';
import type { StandingDecision } from '../../workflows/decision.ts';
import type { Flow, Json, JsonObject } from '../../workflows/definition.ts';
import { stepAt } from '../../workflows/document.ts';
import { parseTemplateText } from '../../workflows/expression/index.ts';
import type { NewApproval } from '../inbox/approvals.ts';
import type { Store } from '../inbox/store.ts';

/**
 * `open`: the run waits for it. `early`: the run has not come to it yet. `decided`: somebody approved or rejected. `closed`: the run
 * went on without a decision. `over`: the run has ended.
 */
export type ApprovalState = 'open' | 'early' | 'decided' | 'closed' | 'over';

/** An approval as people see it. Times in Unix milliseconds. */
export interface SeenApproval extends Pick<NewApproval, 'id' | 'flow' | 'title' | 'who' | 'form' | 'expiresAt'> {
  place: ApprovalPlace;
  state: ApprovalState;
  /** Null while `early`. */
  openedAt: number | null;
  /** The one that stands. */
  decision: StandingDecision | null;
}

export interface LookDeps {
  store: Pick<Store, 'getApproval' | 'definitionOfStart'>;
  /** Unix time in milliseconds. */
  clock(): number;
  /** Whether a run has ended, as far as Temporal says so soon. */
  runIsOver?(workflowId: string): Promise<boolean>;
}

/** Workflow ids of runs that were started again (src/runs/rerun.ts); their event has the id before it. */
const RERUN = /~r\d+$/;

/** The approval at a place; null when nothing is known of it, or no such step exists. */
export async function lookAt(deps: LookDeps, place: ApprovalPlace): Promise<SeenApproval | null> {
  const id = approvalIdOf(place);
  const { opened, decision } = await deps.store.getApproval(id);
  const asked = opened ?? (await askedLater(deps, place, id));
  return asked === null ? null : seen(deps, { ...asked, place }, decision);
}

/** The approval of that id; null for one that no run has come to yet. */
export async function lookUp(deps: LookDeps, id: string): Promise<SeenApproval | null> {
  const { opened, decision } = await deps.store.getApproval(id);
  if (opened === null) return null;
  return seen(deps, { ...opened, place: { workflowId: opened.run, stepPath: opened.step } }, decision);
}

type Asked = Omit<SeenApproval, 'state' | 'decision'>;

async function seen(deps: LookDeps, asked: Asked, decision: StandingDecision | null): Promise<SeenApproval> {
  const { id, flow, title, who, form, expiresAt, openedAt, place } = asked;
  const approval = { id, flow, title, who, form, expiresAt, openedAt, place, decision };
  return { ...approval, state: await stateOf(deps, approval) };
}

async function stateOf(
  { clock, runIsOver }: LookDeps,
  { decision, expiresAt, openedAt, place }: Omit<SeenApproval, 'state'>,
): Promise<ApprovalState> {
  if (decision !== null) return decision.decision === 'closed' ? 'closed' : 'decided';
  // The run closes it itself, but perhaps Temporal is away just now.
  if (expiresAt !== null && expiresAt <= clock()) return 'closed';
  if ((await runIsOver?.(place.workflowId)) === true) return 'over';
  return openedAt === null ? 'early' : 'open';
}

/** An approval that its run has not come to: as its definition says, where that says it in plain text. */
async function askedLater({ store }: LookDeps, place: ApprovalPlace, id: string): Promise<Asked | null> {
  const { workflowId, stepPath } = place;
  const slash = workflowId.indexOf('/');
  const flow = workflowId.slice(0, slash);
  const eventId = workflowId.slice(slash + 1);
  const json =
    (await store.definitionOfStart(flow, eventId)) ??
    (RERUN.test(eventId) ? await store.definitionOfStart(flow, eventId.replace(RERUN, '')) : null);
  const step = json === null ? undefined : stepAt(JSON.parse(json) as Flow, stepPath);
  if (step?.verb !== 'approve') return null;
  const { title, who, form } = step['approve'] as { title: Json; who?: Json; form?: JsonObject };
  return {
    id,
    flow,
    title: literal(title) ?? step.name ?? `${flow}: ${step.id ?? stepPath}`,
    who: [who ?? []].flat().flatMap((name) => literal(name) ?? []),
    form: form ?? null,
    expiresAt: null,
    openedAt: null,
    place,
  };
}

/** The text of a template without expressions. */
function literal(template: Json | undefined): string | undefined {
  if (typeof template !== 'string') return undefined;
  const { parts } = parseTemplateText(template);
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}
