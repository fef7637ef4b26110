// What must be true at the end of a soak of calls and approvals: all has ended, every call was one run, and runs, the API and people say the
// same of every decision.
import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { eventually } from '../temporal/support.ts';
import type { Shop } from './shop-lab.ts';
import type { AskedApproval, People } from './soak-people.ts';
import type { Plan } from './soak-plan.ts';

/** One leaf, as its caller tells of it. */
interface ToldLeaf {
  name: string;
  way: string;
  status: string;
  /** Code. */
  error?: string;
  output: Json;
}

/** How a run ended, and what it gave. */
interface RunEnd {
  status: string;
  output: Json;
}

/** Longer than the slowest machine takes. */
const ALL_END_MS = 150_000;
/** Events of each that are told of runs that have not ended. */
const EVENTS_TOLD_MAX = 12;

/** Waits until no run is open; else tells which are, and what they did last. */
export async function allEnd({ harness: { client } }: Shop): Promise<void> {
  await eventually('every run ends', async () => (await open(client)).length === 0, ALL_END_MS).catch(async () => {
    const told = await Promise.all((await open(client)).map((run) => lastOf(client, run)));
    assert.deepEqual(told, [], 'runs that have not ended');
  });
}

async function open({ workflow }: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of workflow.list({ query: "ExecutionStatus = 'Running'" })) ids.push(workflowId);
  return ids;
}

async function lastOf(client: Client, run: string): Promise<string> {
  const { events } = await client.workflow.getHandle(run).fetchHistory();
  const last = (events ?? []).slice(-EVENTS_TOLD_MAX).map((event) => {
    const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
    return `${String(event.eventId)}:${String(event.eventType)}${activity === undefined ? '' : ` ${String(activity)}`}`;
  });
  return `${run}: ${last.join(', ')}`;
}

async function endOf(client: Client, run: string): Promise<RunEnd> {
  const handle = client.workflow.getHandle(run);
  const { status } = await handle.describe();
  if (status.name !== 'COMPLETED') return { status: status.name, output: null };
  return { status: status.name, output: ((await handle.result()) as { output: Json }).output };
}

/** Every leaf began in one run at most, and is told of as it ended. */
export async function checkCalls({ harness: { client } }: Shop, people: People, told: ToldLeaf[]): Promise<void> {
  for (const [name, runs] of people.begun) assert.equal(runs.size, 1, `${name} is one run: ${[...runs].join(' ')}`);
  for (const { name, way, status, error, output } of told) {
    const [run] = people.begun.get(name) ?? [];
    const end = run === undefined ? { status: 'NEVER', output: null } : await endOf(client, run);
    const seen = `${name}: ${status} ${String(error)} of ${String(run)}, which is ${end.status}`;
    // One that told of its end may be terminated before that is recorded.
    const mayBe: Record<string, string[]> = {
      completed: ['COMPLETED', 'TERMINATED'],
      call_failed: ['FAILED', 'TERMINATED'],
      call_cancelled: ['CANCELLED', 'TERMINATED', 'NEVER'],
    };
    if (way === 'detached') assert.equal(status, 'completed', seen);
    // Its end may have come in the same moment.
    else if (status !== 'timed_out') assert.ok(mayBe[error ?? status]?.includes(end.status), seen);
    if (way !== 'detached' && end.status === 'COMPLETED' && status === 'completed') {
      assert.deepEqual(output, end.output, seen);
    }
  }
}

/** One decision for each approval: that of the API, of the run, and of whoever was told that it is theirs. */
export async function checkApprovals(shop: Shop, people: People): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const approval of people.asked.values()) {
    const { status, decision } = await apiOf(shop, approval);
    const end = await endOf(shop.harness.client, approval.run);
    const seen = `${approval.name} of ${approval.run} (${end.status}): ${status} ${JSON.stringify(decision)}`;
    assert.ok(new Set(approval.accepted).size <= 1, `${seen}; ${approval.accepted.join(' and ')} were accepted`);
    if (approval.accepted.length > 0) assert.equal(decision?.['by'], approval.accepted[0], seen);
    for (const [reminder, keys] of approval.told) assert.equal(keys.size, 1, `${seen}: notice ${reminder} has one key`);
    if (end.status === 'COMPLETED') checkOutput(end.output as JsonObject, status, decision, seen);
    else assert.ok(['CANCELLED', 'TERMINATED'].includes(end.status), seen);
    const kind = `${end.status} ${status} ${String(decision?.['via'] ?? '')}`;
    ends[kind] = (ends[kind] ?? 0) + 1;
  }
  return ends;
}

function checkOutput(output: JsonObject, status: string, decision: JsonObject | null, seen: string): void {
  if (output['status'] === 'timed_out') {
    assert.deepEqual([status, decision, output['decision']], ['closed', null, null], seen);
    return;
  }
  const { approved: _approved, decision: kind, ...rest } = output['decision'] as JsonObject;
  assert.deepEqual([kind, rest], [status, decision], seen);
}

async function apiOf(
  { harness }: Shop,
  { id }: AskedApproval,
): Promise<{ status: string; decision: JsonObject | null }> {
  const response = await fetch(`${harness.hookline.url}/api/approvals/${id}`);
  return (await response.json()) as { status: string; decision: JsonObject | null };
}

/** What the roots tell of their leaves. They end as they may: completed, or cancelled where that was asked for. */
export async function leavesOf({ harness: { client } }: Shop, plan: Plan, roots: string[]): Promise<ToldLeaf[]> {
  const told: ToldLeaf[] = [];
  for (const [index, root] of roots.entries()) {
    const { status, output } = await endOf(client, root);
    const { cancelAfterMs, branches } = plan.roots[index]!;
    if (status !== 'COMPLETED') {
      assert.ok(status === 'CANCELLED' && cancelAfterMs !== undefined, `${root} is ${status}`);
      continue;
    }
    const outputs = output as unknown as {
      name: string;
      status: string;
      error: JsonObject | null;
      output: ToldLeaf[];
    }[];
    assert.deepEqual(
      outputs.map(({ name, status: ended, error }) => [name, ended, error?.['code'] ?? null]),
      branches.map(({ name, strict }) => (strict ? [name, 'failed', 'call_failed'] : [name, 'completed', null])),
    );
    told.push(...outputs.flatMap(({ output: leaves }) => leaves ?? []));
  }
  return told;
}
