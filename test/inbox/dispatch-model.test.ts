// The dispatcher as a property: whatever Temporal and the store do with what they are asked, and however often it is stopped, every start
// comes to its end, no run is over its flow's limit, and no place is held by nobody.
// DISPATCH_SEEDS=FROM-TO tries other cases than the few of the suite.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import type { StartResult } from '../../src/inbox/start-run.ts';
import { StoreUnavailableError, type ClaimedStart, type StartAdmission, type Store } from '../../src/inbox/store.ts';
import { claimedStarts } from '../../src/server/claimed-starts.ts';
import { workflowIdOf } from '../../src/temporal/workflow-id.ts';
import { delivery } from '../contract/deliveries.ts';
import { seeded, type Random } from './admission-flows.ts';
import { openLab, pending, until, type Lab } from './dispatch-lab.ts';

const EVENTS = 60;
const LIMIT = 2;
const OPEN_RUNS_MAX = 6;
const [from = 1, to = 2] = process.env.DISPATCH_SEEDS?.split('-').map(Number) ?? [];

const ADMISSIONS: (StartAdmission | undefined)[] = [
  undefined,
  { concurrency: { key: '', limit: LIMIT, onLimit: 'queue' } },
  { rate: { key: '', limit: 5, perMs: 60 } },
];

/** A store that is slow, and fails at times; what it was asked to record may be recorded then. Leases die with the thread that gave them. */
function unsteady(random: Random): (store: Store) => Partial<Store> {
  async function faulty<T>(ask: () => Promise<T>, mayBeDone: boolean): Promise<T> {
    await sleep(random(3) * random(8));
    if (random(12) === 0) throw new StoreUnavailableError('the disk is full');
    const answer = await ask();
    await sleep(random(3) * random(8));
    if (mayBeDone && random(12) === 0) throw new StoreUnavailableError('its answer is lost');
    return answer;
  }
  return (store) => ({
    claimStarts: (...asked) => faulty(() => store.claimStarts(...asked), false),
    settleStarts: (...asked) => faulty(() => store.settleStarts(...asked), true),
  });
}

interface World {
  lab: Lab;
  /** Runs that go on, by the flow that they are of. */
  live: Map<string, string>;
  begun: Set<string>;
  mostCounted: number;
}

/** A run begins, once, and ends some time later; its end may be told before its start is answered. */
function begin({ lab, live, begun }: World, start: ClaimedStart, random: Random): boolean {
  const workflowId = workflowIdOf(start.flow, start.eventId);
  if (begun.has(workflowId)) return false;
  begun.add(workflowId);
  live.set(workflowId, start.flow);
  void sleep(random(2) * random(40)).then(async () => {
    live.delete(workflowId);
    await lab.store.releaseSlots(workflowId, Date.now());
    lab.settle(workflowId);
  });
  return true;
}

async function answer(world: World, start: ClaimedStart, random: Random): Promise<StartResult> {
  const workflowId = workflowIdOf(start.flow, start.eventId);
  await sleep(random(3) * random(20));
  const chance = random(12);
  if (chance === 0) return { state: 'unavailable', error: 'away' };
  if (start.id % 13 === 0) return { state: 'invalid', error: 'too large' };
  const isNew = begin(world, start, random);
  world.mostCounted = Math.max(world.mostCounted, [...world.live.values()].filter((flow) => flow === 'flow-1').length);
  await sleep(random(3) * random(20));
  if (chance === 1) throw new Error('the connection broke');
  if (chance === 2) return { state: 'unavailable', error: 'its answer is lost' };
  return isNew ? { state: 'started', workflowId, eager: true } : { state: 'already', workflowId };
}

/** Events come, as requests that hand their starts on, and as those of other processes; the dispatcher is stopped now and then. */
async function events({ lab }: World, random: Random): Promise<void> {
  for (let index = 0; index < EVENTS; index += 1) {
    const kind = random(ADMISSIONS.length);
    const admission = ADMISSIONS[kind];
    const starts = [{ flow: `flow-${kind}`, definitionHash: 'hash-1', ...(admission && { admission }) }];
    const stored = delivery({ deliveryId: `e${index}`, receivedAt: Date.now(), event: { starts } });
    const { startIds } = await lab.store.accept(stored);
    const { id, type } = stored.events[0]!;
    const event = { id, type, source: stored.source, time: '', body: {}, headers: {}, query: {} };
    if (random(3) > 0) lab.dispatcher.offer(claimedStarts(event, stored.receivedAt, starts, startIds));
    if (random(3) === 0) await sleep(random(10));
    if (random(20) === 0) await lab.dispatcher.stop();
    if (random(8) === 0) lab.dispatcher.start();
  }
  lab.dispatcher.start();
}

for (let seed = from; seed <= to; seed += 1) {
  test(`every start comes to its end, whatever is slow, away or lost, case ${seed}`, async () => {
    const random = seeded(seed);
    const lab = await openLab({ openRunsMax: OPEN_RUNS_MAX, pollIntervalMs: 25 }, unsteady(random));
    const world: World = { lab, live: new Map(), begun: new Set(), mostCounted: 0 };
    try {
      lab.script((start) => answer(world, start, random));
      lab.dispatcher.start();
      await events(world, random);
      await until(async () => (await pending(lab)) === 0 && world.live.size === 0);
      await until(() => lab.dispatcher.status().openRuns === 0);
      const { startsParked } = await lab.store.stats();
      assert.equal(world.begun.size + startsParked, EVENTS);
      assert.ok(world.mostCounted <= LIMIT, `${world.mostCounted} runs at once`);
      assert.equal(await lab.store.countWaitingStarts(), 0);
    } finally {
      await lab.dispose();
    }
  });
}
