// A continued run in which a piece of a block fails before the others have gone on: those that had begun clean up all the same.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json, RunInput } from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
import { STORE_CALLS } from '../../workflows/store-call.ts';
import { createFakeRuntime, type Answer, type FakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, say, type StepDraft } from './run-demo.ts';

const failing: StepDraft[] = [
  { verb: 'wait', wait: 1_000, line: 2 },
  { verb: 'fail', fail: { code: 'stop', message: 'stops the others' }, line: 3 },
];
const tidy: StepDraft = {
  verb: 'try',
  try: [{ verb: 'wait', wait: 9_000, line: 4 }],
  finally: [say('tidied')],
  line: 4,
};
const calls: StepDraft = { verb: 'call', call: 'slow', line: 5 };

const parallel = flowOf([{ verb: 'parallel', parallel: { failing, tidy: [tidy], calls: [calls] }, line: 1 }]);
const foreach = flowOf([
  {
    verb: 'foreach',
    foreach: '[0, 1, 2, 3, 4]',
    max_parallel: 3,
    steps: [
      // oxlint-disable-next-line unicorn/no-thenable -- the language's word
      { verb: 'if', if: 'item == 0', then: failing, line: 2 } as never,
      { ...tidy, guard: 'item == 1' },
      { ...calls, guard: 'item > 1' },
    ],
    line: 1,
  },
]);

const answer: Answer = ({ connector, with: input }): Json => {
  if (connector === STORE_CALLS.call) return { run: 'slow/call~1', flow: 'slow', after: 0 };
  if (connector === STORE_CALLS.register) return { candidates: [], more: false };
  return connector.startsWith('hookline.') ? null : { heard: input['say'] ?? null };
};

const made = (runtime: FakeRuntime, connector: string): number =>
  runtime.calls.filter(({ call }) => call.connector === connector).length;

describe('a continued run that fails where it goes on', () => {
  for (const [name, flow] of Object.entries({ parallel, foreach })) {
    it(`cleans up what had begun, and begins nothing: ${name}`, async () => {
      const input: RunInput = inputOf(flow);
      const first = createFakeRuntime(answer);
      const begun = interpret(input, first);
      begun.result.catch(() => undefined);
      await first.advance(500);
      assert.equal(made(first, STORE_CALLS.call), 1);
      const position = JSON.parse(JSON.stringify(begun.position())) as Continuation;

      const second = createFakeRuntime(answer, 2_000);
      await assert.rejects(second.finish(interpret(input, second, position).result), /stops the others/);
      assert.equal(made(second, 'demo.echo'), 1);
      assert.equal(made(second, STORE_CALLS.cancelCall), 1);
      assert.equal(made(second, STORE_CALLS.call), 0);
    });
  }
});
