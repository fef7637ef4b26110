// Continue-as-new while people are asked: wherever a run is taken over, nobody is told twice, reminders come when they would have, and
// each approval ends as it would have.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { STORE_CALLS } from '../../workflows/store-call.ts';
import { ask, createApprovalStore, decision, HOUR_MS, positionOf, refusal, startLab } from './approve-lab.ts';
import { runInParts, type Whole } from './in-parts.ts';
import { flowOf, say, type StepDraft } from './run-demo.ts';

const draft = (...steps: StepDraft[]): Json => steps as unknown as Json;
const told = (text: string): Json => draft(say(`${text} \${{ reminder }}`, { line: 2 }), say('again', { line: 3 }));

const flow = flowOf(
  [
    ask({ notify: told('not told') }, { id: 'before' }),
    {
      verb: 'parallel',
      parallel: {
        late: [
          ask(
            { notify: told('late'), remind_every: HOUR_MS },
            { id: 'late', timeoutMs: 3.5 * HOUR_MS, line: 4, on_timeout: draft(say('too late'), say('really')) },
          ),
        ],
        decided: [
          ask(
            { notify: told('decided'), remind_every: 2 * HOUR_MS },
            { id: 'decided', timeoutMs: 5 * HOUR_MS, line: 5 },
          ),
        ],
        broken: [ask({ notify: draft(say('bad')) }, { id: 'broken', line: 6, onError: 'continue' })],
      },
      line: 7,
    },
    {
      verb: 'foreach',
      id: 'each',
      foreach: '[1, 2, 3]',
      max_parallel: 2,
      steps: [ask({ notify: told('${{ item }}') }, { id: 'one', timeoutMs: HOUR_MS, line: 8, onError: 'continue' })],
      output: '${{ steps.one.status }} ${{ steps.one.output?.by }}',
      line: 9,
    },
    say('${{ [steps.before.output.by, steps.late.status, steps.decided.output.by, steps.broken.error.message] }}'),
    say('${{ steps.each.output }}'),
  ],
  {
    output:
      '${{ [steps.before.output.by, steps.late.status, steps.decided.output.by, steps.broken.error.message, steps.each.output] }}',
  },
);

/** Somebody decides one approval before the run asks, and two others while people are told, whose events reach the run late. */
async function inParts(callsMax: number, isInterruptible = false): Promise<Whole> {
  const store = createApprovalStore((call) => {
    const text = JSON.stringify(call.with['say']);
    if (text.includes('bad')) throw refusal('no chat');
    if (text.includes('decided 1')) store.decide('1/decided/0', decision({ by: 'bert' }));
    if (text.includes('2 0')) store.decide('2[1]/0', decision({ by: 'carl' }));
    return text;
  });
  store.decide('0', decision());
  return runInParts(isInterruptible ? { ...flow, notifiesUntilDecided: true } : flow, store.answer, {}, callsMax);
}

/** What was done, but for the store's waits, which may be ended twice. */
const done = ({ calls }: Whole): string[] => calls.map(({ key, say: said }) => `${key} ${JSON.stringify(said)}`).sort();

describe('a run that asks people and is taken over', () => {
  it('after every few calls tells nobody twice, and ends the same, at the same time', async () => {
    const whole = await inParts(Number.POSITIVE_INFINITY);
    assert.deepEqual(whole.result.output, [
      'anna',
      'timed_out',
      'bert',
      'no chat',
      ['timed_out ', 'completed carl', 'timed_out '],
    ]);
    assert.equal(whole.endedAfterMs, 7 * HOUR_MS);
    for (let callsMax = 1; callsMax <= 12; callsMax += 1) {
      const parts = await inParts(callsMax, callsMax % 2 === 0);
      assert.deepEqual(parts.result, whole.result, String(callsMax));
      assert.deepEqual(done(parts), done(whole), String(callsMax));
      assert.equal(parts.endedAfterMs, whole.endedAfterMs, String(callsMax));
    }
  });

  it('takes the decision that comes to the run that goes on, also one that came to the one before', async () => {
    const asking = flowOf([ask({}, { timeoutMs: 9 * HOUR_MS })], { output: '${{ steps.asked.output.by }}' });
    for (const early of [true, false]) {
      const first = startLab({ flow: asking });
      await first.settle();
      first.runtime.settings.callsMax = 0;
      if (early) first.decide('0');
      const second = startLab({ flow: asking, store: first.store, continued: positionOf(first), elapsedMs: HOUR_MS });
      if (!early) {
        await second.settle();
        second.decide('0');
      }
      assert.equal((await second.runtime.finish(second.result)).output, 'anna');
      assert.deepEqual(second.runtime.calls, []);
    }
  });

  it('closes an approval whose time is over when it goes on', async () => {
    const asking = flowOf([ask({}, { timeoutMs: HOUR_MS, onError: 'continue' })], {
      output: '${{ steps.asked.status }}',
    });
    const first = startLab({ flow: asking });
    await first.settle();
    const second = startLab({ flow: asking, store: first.store, continued: positionOf(first), elapsedMs: 2 * HOUR_MS });
    assert.equal((await second.runtime.finish(second.result)).output, 'timed_out');
    assert.deepEqual(second.asked('demo.echo'), []);
    assert.equal(second.asked(STORE_CALLS.decide)[0]!['decision'], 'closed');
  });
});
