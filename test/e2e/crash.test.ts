// kill -9 at random moments: every acknowledged delivery has exactly one run, completed, and every call one idempotency key.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { waitForRun } from '../support/harness.ts';
import { eventually } from '../support/waiting.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? 20_261);
const ROUNDS = 4;
const POSTERS = 8;
const ROUND_MS_SPREAD = 800;
/** However slow the machine is, a round is not killed before. */
const ROUND_ACKNOWLEDGED_MIN = 50;

let lab: CrashLab;
before(async () => {
  lab = await openCrashLab();
  lab.outside.on('POST /first', {});
  lab.outside.on('POST /second', {});
});
after(() => lab.end());

/** A small seeded generator (Park–Miller), so that a failure can be repeated as far as time allows. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Posts from several senders until told to stop, and notes the ids that were acknowledged. */
async function postUntil(stopped: () => boolean, prefix: string, acknowledged: string[]): Promise<void> {
  const sender = async (name: string): Promise<void> => {
    for (let number = 0; !stopped(); number++) {
      const id = `${prefix}-${name}-${number}`;
      if (await lab.post(id)) acknowledged.push(id);
      else await sleep(50);
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, (_, index) => sender(String(index))));
}

/** Starts, takes posts for a while and dies, in odd rounds with the Temporal server. */
async function untilKilled(round: number, livesMs: number, acknowledged: string[]): Promise<void> {
  await lab.start();
  let stopped = false;
  const enough = acknowledged.length + ROUND_ACKNOWLEDGED_MIN;
  const posting = postUntil(() => stopped, `r${round}`, acknowledged);
  await eventually(`${ROUND_ACKNOWLEDGED_MIN} are acknowledged`, () => acknowledged.length >= enough);
  await sleep(livesMs);
  if (round % 2 === 1) process.kill(lab.temporalPid(), 'SIGKILL');
  await lab.kill();
  stopped = true;
  await posting;
}

test('SIGKILL of the process and of the Temporal server loses nothing and repeats nothing', async (t) => {
  const random = seeded(SEED);
  t.diagnostic(`seed ${SEED}`);
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Every second round the Temporal server dies as well, sometimes while it is in the middle of a commit.
    await t.test(`death ${round + 1}`, () => untilKilled(round, random() * ROUND_MS_SPREAD, acknowledged));
  }
  t.diagnostic(`${acknowledged.length} acknowledged`);

  await lab.start();
  const client = await lab.client();
  await t.test('each has one run', async () => {
    for (const id of acknowledged) await assertOneRun(client, id);
  });
  assertOneKeyEach('POST /first', acknowledged);
  assertOneKeyEach('POST /second', acknowledged);
});

async function assertOneRun(client: Client, id: string): Promise<void> {
  const outcome = await waitForRun(client, 'two-calls', `crash~${id}`);
  assert.equal(outcome.state, 'completed', `${id}: ${JSON.stringify(outcome)}`);
  // Workflow ids are reused only against REJECT_DUPLICATE: a second run of this id would have another run id in its chain.
  const description = await client.workflow.getHandle(`two-calls/crash~${id}`).describe();
  const history = await client.workflow
    .getHandle(`two-calls/crash~${id}`, undefined, { firstExecutionRunId: description.runId })
    .fetchHistory();
  const first = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  assert.equal(first?.firstExecutionRunId, description.runId, `${id} ran more than once`);
}

function assertOneKeyEach(route: string, ids: string[]): void {
  const keys = new Map<string, Set<string>>();
  for (const call of lab.outside.callsTo(route)) {
    const { id } = call.body as { id: string };
    const seen = keys.get(id) ?? new Set();
    keys.set(id, seen.add(call.key));
  }
  for (const id of ids) {
    assert.equal(
      keys.get(id)?.size,
      1,
      `${route} for ${id} used the keys ${[...(keys.get(id) ?? [])].join(', ') || '(never called)'}`,
    );
  }
}
