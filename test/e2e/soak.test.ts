// Dozens of runs at once that call one another and ask people, while calls fail and are stopped, people decide at the same moment in every way
// there is, runs continue as new, and Hookline is stopped and started. A short one from a fixed seed; SOAK_SEED, SOAK_ROUNDS and SOAK_ROOTS make it
// longer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer, type TestServer } from '../workflow/server.ts';
import { openShop, type Shop } from './shop-lab.ts';
import { allEnd, checkApprovals, checkCalls, leavesOf } from './soak-checks.ts';
import { SOAK_FLOWS } from './soak-flows.ts';
import { gatherPeople } from './soak-people.ts';
import { planOf } from './soak-plan.ts';

const SEED = Number(process.env['SOAK_SEED'] ?? 1);
const ROUNDS = Number(process.env['SOAK_ROUNDS'] ?? 1);
const ROOTS = Number(process.env['SOAK_ROOTS'] ?? 4);
/** Events of a run's history after which it continues as new. */
const CONTINUE_AFTER_EVENTS = '40';

let server: TestServer;
let shop: Shop;

before(async () => {
  server = await startServer({
    'limit.historyCount.suggestContinueAsNew': CONTINUE_AFTER_EVENTS,
    'history.timerProcessorMaxTimeShift': '"50ms"',
  });
  shop = await openShop(`\n${SOAK_FLOWS}`, { TEMPORAL_ADDRESS: server.address });
});
after(async () => {
  await shop?.stop();
  await server?.stop();
});

async function cancelLater(run: string, afterMs: number): Promise<void> {
  await sleep(afterMs);
  await server.client.workflow
    .getHandle(run)
    .cancel()
    .catch(() => undefined);
}

async function restartLater(afterMs: number): Promise<void> {
  await sleep(afterMs);
  await shop.restart();
}

for (let seed = SEED; seed < SEED + ROUNDS; seed += 1) {
  test(`calls and approvals of seed ${seed} come to an end that all agree on`, { timeout: 300_000 }, async (t) => {
    const plan = planOf(seed, ROOTS, 1);
    const people = gatherPeople(shop, plan);
    const restarts = plan.restartsAfterMs.map(restartLater);
    const roots: string[] = [];
    const cancels: Promise<void>[] = [];
    for (const { branches, cancelAfterMs } of plan.roots) {
      const root = `root/${await shop.post('go', { branches })}`;
      roots.push(root);
      if (cancelAfterMs !== undefined) cancels.push(cancelLater(root, cancelAfterMs));
    }
    await Promise.all([...restarts, ...cancels]);
    await people.done();
    await allEnd(shop);
    await people.done();
    const told = await leavesOf(shop, plan, roots);
    await checkCalls(shop, people, told);
    const ends = await checkApprovals(shop, people);
    const calls: Record<string, number> = {};
    for (const { status, error } of told) {
      const kind = `${status} ${error ?? ''}`;
      calls[kind] = (calls[kind] ?? 0) + 1;
    }
    t.diagnostic(JSON.stringify({ calls, approvals: ends, leaves: people.begun.size }));
    assert.ok(people.begun.size > 0);
  });
}
