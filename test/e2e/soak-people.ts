// The people of a soak: told of approvals by `notify`, they decide as the plan says, by link, API and signal, and keep what they were
// answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { approvalIdOf } from '../../workflows/approval-link.ts';
import { APPROVE_SIGNAL } from '../../workflows/decision.ts';
import type { OutsideCall } from '../support/outside.ts';
import type { Shop } from './shop-lab.ts';
import type { Plan, PlannedApproval, Way } from './soak-plan.ts';

/** An approval that somebody was told of. */
export interface AskedApproval {
  name: string;
  run: string;
  id: string;
  /** Who was told by the page or the API that the decision is theirs. */
  accepted: string[];
  /** Notices by their number. */
  told: Map<number, Set<string>>;
}

export interface People {
  /** By name of the leaf. */
  asked: Map<string, AskedApproval>;
  /** By name of the leaf: the runs that began. */
  begun: Map<string, Set<string>>;
  /** Resolves when everybody did what was planned. */
  done(): Promise<void>;
}

const AGAIN_MS = 200;
const GIVE_UP_MS = 60_000;

/** Programs the outside and waits for what it is told. */
export function gatherPeople(shop: Shop, plan: Plan): People {
  const asked = new Map<string, AskedApproval>();
  const begun = new Map<string, Set<string>>();
  const refused = new Map<string, number>();
  const work: Promise<void>[] = [];

  shop.harness.outside.on('POST /crm/begun', ({ body }) => {
    const { name, run } = body as { name: string; run: string };
    const runs = begun.get(name) ?? new Set();
    begun.set(name, runs.add(run));
    if (runs.size === 1) work.push(endLeaf(shop, plan, name, run));
    return {};
  });
  shop.harness.outside.on('POST /crm/asked', (call) => {
    const { name } = call.body as { name: string };
    const planned = plan.approvals.get(name)!;
    const known = asked.get(name) ?? begin(name, planned, call);
    const { reminder } = call.body as { reminder: number };
    known.told.set(reminder, (known.told.get(reminder) ?? new Set<string>()).add(call.key));
    const times = refused.get(name) ?? 0;
    refused.set(name, times + 1);
    const status = times < planned.refusedTimes ? 503 : 200;
    return { status, after: planned.slowMs === 0 ? undefined : sleep(planned.slowMs) };
  });

  function begin(name: string, planned: PlannedApproval, { body }: OutsideCall): AskedApproval {
    const { run, step, link } = body as { run: string; step: string; link: string };
    const [, , , path = ''] = new URL(link).pathname.split('/');
    const id = approvalIdOf({ workflowId: run, stepPath: decodeURIComponent(path) });
    const approval: AskedApproval = { name, run, id, accepted: [], told: new Map() };
    asked.set(name, approval);
    for (const { way, decision, afterMs, twice } of planned.decisions) {
      const by = `${way} ${name}`;
      const decide = async (): Promise<void> => {
        await sleep(afterMs);
        if (await decideBy(shop, way, { id, run, step, link, decision, by })) approval.accepted.push(by);
      };
      work.push(decide());
      if (twice) work.push(decide());
    }
    if (!planned.hurried) work.push(insist(shop, approval, planned));
    return approval;
  }

  return {
    asked,
    begun,
    async done() {
      for (let done = 0; done < work.length; done += 1) await work[done];
    },
  };
}

async function endLeaf({ harness }: Shop, { terminated, cancelled }: Plan, name: string, run: string): Promise<void> {
  const handle = harness.client.workflow.getHandle(run);
  const [terminatedMs, cancelledMs] = [terminated.get(name), cancelled.get(name)];
  if (terminatedMs !== undefined) {
    await sleep(terminatedMs);
    await handle.terminate('the plan says so').catch(() => undefined);
  }
  if (cancelledMs !== undefined) {
    await sleep(cancelledMs);
    await handle.cancel().catch(() => undefined);
  }
}

interface Deciding {
  id: string;
  run: string;
  step: string;
  link: string;
  decision: 'approved' | 'rejected';
  by: string;
}

/** Whether somebody was told that the decision is theirs. A signal says nothing. */
async function decideBy(shop: Shop, way: Way, given: Deciding): Promise<boolean> {
  const { id, run, step, link, decision, by } = given;
  if (way === 'signal') {
    const signal = shop.harness.client.workflow.getHandle(run).signal(APPROVE_SIGNAL, { step, decision, by });
    await signal.catch(() => undefined);
    return false;
  }
  const status =
    way === 'link'
      ? await statusOf(link, { body: new URLSearchParams({ decision, by }) })
      : await statusOf(`${shop.harness.hookline.url}/api/approvals/${id}`, {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ decision, by }),
        });
  return status < 400;
}

/** Posts until Hookline answers: it may be stopped just now. */
async function statusOf(url: string, request: RequestInit): Promise<number> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  for (;;) {
    const response = await fetch(url, { ...request, method: 'POST', redirect: 'manual' }).catch(() => undefined);
    await response?.arrayBuffer().catch(() => undefined);
    if (response !== undefined && response.status < 500) return response.status;
    if (Date.now() > giveUpAt) throw new Error(`${url} does not answer: ${String(response?.status)}`);
    await sleep(AGAIN_MS);
  }
}

/** What waits for ever is decided in the end, after everything that was planned. */
async function insist(shop: Shop, approval: AskedApproval, { decisions }: PlannedApproval): Promise<void> {
  await sleep(Math.max(3_000, ...decisions.map(({ afterMs }) => afterMs + 500)));
  const { id, run, name } = approval;
  const by = `insists ${name}`;
  if (await decideBy(shop, 'api', { id, run, step: '', link: '', decision: 'rejected', by }))
    approval.accepted.push(by);
}
