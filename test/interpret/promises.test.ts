// What a run costs: Temporal's worker takes a stack trace for every promise made in a run, so a step that waits for nothing
// makes none, and a call makes few.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { promiseHooks } from 'node:v8';
import { interpret } from '../../workflows/interpret.ts';
import { createFakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, say, type StepDraft } from './run-demo.ts';

/** The interpreter's for a call: permit, step, and the wait of the steps behind it. */
const CALL_PROMISES_MAX = 3;

/** The first line of a stack that stands in a file of ours. */
const OURS = /\/(?:workflows|test)\//;

/** How many promises the interpreter itself makes in a run of these steps. */
async function promisesOf(steps: StepDraft[]): Promise<number> {
  const runtime = createFakeRuntime();
  const input = inputOf(flowOf(steps, { vars: { n: 0 } }), { big: true });
  let made = 0;
  const stop = promiseHooks.createHook({
    init: () => {
      const maker = new Error('where').stack
        ?.split('\n')
        .slice(2)
        .find((line) => OURS.test(line));
      if (maker?.includes('/workflows/') === true) made += 1;
    },
  });
  try {
    await interpret(input, runtime).result;
  } finally {
    stop();
  }
  return made;
}

const times = (count: number, step: StepDraft): StepDraft[] => Array.from({ length: count }, () => step);

describe('the promises of a run', () => {
  it('are no more for any number of steps that wait for nothing', async () => {
    const set: StepDraft = { verb: 'set', set: { n: '${{ vars.n + 1 }}' } };
    const inside: StepDraft = {
      verb: 'if',
      if: 'event.body.big',
      // oxlint-disable-next-line unicorn/no-thenable -- the language's word
      then: [{ verb: 'try', try: [{ ...set, line: 3 }], line: 2 }],
    };
    const skipped: StepDraft = { ...say(1), guard: 'false' };
    const none = await promisesOf([]);
    assert.ok(none > 0);
    assert.equal(await promisesOf([...times(50, set), ...times(20, inside), ...times(20, skipped)]), none);
  });

  it('are no more for any number of iterations that wait for nothing', async () => {
    const loop = (most: number): StepDraft => ({
      verb: 'while',
      while: `vars.n < ${most}`,
      steps: [
        { verb: 'set', set: { n: '${{ vars.n + 1 }}' }, line: 2 },
        { verb: 'next', next: true, guard: 'vars.n % 2 == 0', line: 3 },
      ],
    });
    const few = await promisesOf([loop(2)]);
    assert.ok(few > 0);
    assert.equal(await promisesOf([loop(150)]), few);
  });

  it('are few for every call', async () => {
    const two = await promisesOf(times(2, say(1)));
    const twelve = await promisesOf(times(12, say(1)));
    const each = (twelve - two) / 10;
    assert.ok(each > 0 && each <= CALL_PROMISES_MAX, `${each} promises for a call`);
  });
});
