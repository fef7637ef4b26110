// Admission as a property: whatever comes in whatever order, limits hold, nothing is lost, and nothing waits for what is not there.
// ADMISSION_SEEDS=FROM-TO tries other cases than the few of the suite; each prints as the number that repeats it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertTables } from './admission-tables.ts';
import { createWorld } from './admission-world.ts';
import { seeded } from './admission-flows.ts';

const STEPS = 250;
const [from = 1, to = 4] = process.env.ADMISSION_SEEDS?.split('-').map(Number) ?? [];

for (let seed = from; seed <= to; seed += 1) {
  test(`limits hold and nothing is lost, case ${seed}`, () => {
    const world = createWorld(seeded(seed));
    try {
      for (let step = 0; step < STEPS; step += 1) {
        world.step();
        assertTables(world.lab, world.runs);
      }
      assert.ok(world.drain(), 'all that waits starts at last');
      assertTables(world.lab, world.runs);
      assert.deepEqual(leftOver(world.lab.rows), { queued: 0, open: 0, unstarted: 0 });
    } finally {
      world.lab.dispose();
    }
  });
}

function leftOver(rows: <T>(sql: string) => T[]): unknown {
  return rows(
    `SELECT (SELECT count(*) FROM slot_queue) AS queued, (SELECT count(*) FROM rate_slots WHERE free_at IS NULL) AS open,
       (SELECT count(*) FROM starts WHERE state = 'pending') AS unstarted`,
  )[0];
}
