// The Hookline that the tests of one file share: the examples on a real Temporal server.
import { after, before, beforeEach } from 'node:test';
import { startHarness, type Harness } from './harness.ts';

/**
 * To be called at the top of a test file. The harness is there from the first test on; before each of them, what reached the outside is
 * forgotten and `answers` programmes it.
 */
export function sharedHarness(answers: (harness: Harness) => void = () => undefined): Harness {
  const harness = {} as Harness;
  let started: Harness | undefined;
  before(async () => void Object.assign(harness, (started = await startHarness())));
  after(() => started?.stop());
  beforeEach(() => {
    harness.reset();
    answers(harness);
  });
  return harness;
}
