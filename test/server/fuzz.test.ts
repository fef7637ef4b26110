// A few thousand random cases of every property in test/fuzz/. `npm run fuzz` runs a million of the same.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { properties, runProperty } from '../fuzz/properties.ts';
import { assertServes, startReceiver } from '../fuzz/receiver.ts';
import type { Lab } from './lab.ts';

/** Of all properties together. */
const CASES = 10_000;
/** Always the same cases; `npm run fuzz` draws others each time. */
const SEED = 1;

describe('whatever is sent', () => {
  let lab: Lab;
  before(async () => {
    lab = await startReceiver();
  });
  after(() => lab.close());

  for (const property of properties) {
    it(property.says, async () => {
      const failure = await runProperty(property, lab, (CASES * property.share) / 100, SEED);
      assert.equal(failure, undefined, `${failure?.message}\nseed ${SEED}: ${failure?.counterexample}`);
    });
  }

  it('the receiver goes on serving', () => assertServes(lab));
});
