// Decisions that come to an approval as signals from Temporal's own UI: the right one counts, any other changes nothing and is told.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../workflows/definition.ts';
import { STORE_CALLS } from '../../workflows/store-call.ts';
import { ask, decision, positionOf, startLab, type Lab } from './approve-lab.ts';
import { flowOf, say, type StepDraft } from './run-demo.ts';

const output = { output: '${{ steps.asked.output }}' };
const { decide: DECIDE } = STORE_CALLS;
const yes = { step: 'asked', decision: 'approved', by: 'anna' };

async function decisionIn(lab: Lab): Promise<JsonObject> {
  return (await lab.runtime.finish(lab.result)).output as JsonObject;
}

const branches = (...names: string[]): StepDraft => ({
  verb: 'parallel',
  parallel: Object.fromEntries(names.map((name) => [name, [ask({}, { id: name, line: 2 })]])),
  line: 1,
});

describe('a signal that decides', () => {
  it('is decided in the store, whose answer is what counts', async () => {
    const lab = startLab({ flow: flowOf([ask()], output) });
    await lab.settle();
    lab.run.decide({ ...yes, decision: 'rejected', comment: 'no', form: { reason: 'x' } });
    const { at: _at, ...made } = await decisionIn(lab);
    const expected = { decision: 'rejected', by: 'anna', comment: 'no', form: { reason: 'x' }, via: 'signal' };
    assert.deepEqual(made, { approved: false, ...expected });
    const [{ approval, ...asked } = {}] = lab.asked(DECIDE);
    assert.deepEqual(asked, { step: '0', ...expected });
    assert.deepEqual([...lab.store.decisions.keys()], [approval]);
  });

  it('does not outdo who decided before, by a link that the run has not heard of', async () => {
    const lab = startLab({ flow: flowOf([ask()], output) });
    await lab.settle();
    lab.store.decide('0', decision({ decision: 'rejected', by: 'bert' }));
    lab.run.decide(yes);
    const { decision: made, by, via } = await decisionIn(lab);
    assert.deepEqual([made, by, via], ['rejected', 'bert', 'link']);
  });

  it('may name the step by its path, and must where several have the id', async () => {
    const steps = [ask({}, { line: 2 }), say('${{ steps.asked.output.by }}', { line: 3 })];
    const loop: StepDraft = { verb: 'foreach', foreach: '[1, 2]', max_parallel: 2, steps, line: 1 };
    const lab = startLab({ flow: flowOf([loop]) });
    await lab.settle();
    lab.run.decide(yes);
    await lab.settle();
    assert.match(
      lab.runtime.details.at(-1)!,
      /several steps `asked` wait; name one by its path: `0\[0\]\/0`, `0\[1\]\/0`$/,
    );
    lab.run.decide({ ...yes, step: '0[1]/0', by: 'two' });
    await lab.settle();
    assert.equal(lab.asked('demo.echo').at(-1)!['say'], 'two');
    lab.run.decide({ ...yes, by: 'one' });
    await lab.runtime.finish(lab.result);
  });

  it('goes to its own step where several wait', async () => {
    const lab = startLab({ flow: flowOf([branches('one', 'two', 'three')], { output: '${{ steps.two.output.by }}' }) });
    await lab.settle();
    lab.run.decide({ ...yes, step: 'two', by: 'second' });
    lab.run.decide({ ...yes, step: 'three', by: 'third' });
    lab.decide('0/one/0');
    assert.equal((await lab.runtime.finish(lab.result)).output, 'second');
    assert.equal(lab.asked(DECIDE).length, 2);
  });

  it('is kept while people are told, and by a run that is taken over', async () => {
    const lab = startLab({ flow: flowOf([ask()], output) });
    await lab.settle();
    lab.runtime.settings.callsMax = 0;
    lab.run.decide(yes);
    await lab.settle();
    assert.deepEqual(lab.asked(DECIDE), []);
    const second = startLab({ flow: flowOf([ask()], output), store: lab.store, continued: positionOf(lab) });
    assert.equal((await decisionIn(second))['by'], 'anna');
    assert.equal(second.asked(DECIDE).length, 1);
  });

  it('reaches a continued run before that has come to its step', async () => {
    const first = startLab({ flow: flowOf([ask()], output) });
    await first.settle();
    const second = startLab({ flow: flowOf([ask()], output), store: first.store, continued: positionOf(first) });
    second.run.decide(yes);
    assert.equal((await decisionIn(second))['by'], 'anna');
  });
});

describe('a signal that decides nothing', () => {
  const wrong: [signal: unknown, told: RegExp][] = [
    [undefined, /it must hold \{"step"/],
    [null, /it must hold/],
    ['approved', /it must hold/],
    [[yes], /it must hold/],
    [{ decision: 'approved' }, /`step` must be the id or the path of a step/],
    [{ ...yes, step: 7 }, /`step` must be/],
    [{ ...yes, decision: 'closed' }, /`decision` must be `approved` or `rejected`/],
    [{ ...yes, decision: true }, /`decision` must be/],
    [{ ...yes, by: 5 }, /`by` and `comment` must be texts/],
    [{ ...yes, step: 'other' }, /the step `other` does not wait for a decision now/],
    [{ ...yes, form: { reason: 'x'.repeat(70_000) } }, /`form` is larger than 65536 characters/],
    [{ ...yes, form: 'wrong' }, /`form` must be a map/],
  ];

  it('is told in the details of the run, which goes on waiting', async () => {
    const lab = startLab({ flow: flowOf([ask()], output) });
    await lab.settle();
    for (const [signal, told] of wrong) {
      lab.run.decide(signal);
      await lab.settle();
      const details = lab.runtime.details.at(-1)!;
      assert.match(details, told);
      assert.match(
        details,
        /^flows\/demo\.yaml:10: waiting for the approval of anna: Refund\?; a signal was ignored: /,
      );
    }
    assert.equal(lab.store.decisions.size, 0);
    lab.run.decide(yes);
    assert.equal((await decisionIn(lab))['by'], 'anna');
  });

  it('changes nothing before the step, after it, or in a run that asks nobody', async () => {
    const lab = startLab({ flow: flowOf([{ verb: 'wait', wait: 1_000 }, ask(), { verb: 'wait', wait: 1_000 }]) });
    await lab.settle();
    lab.run.decide(yes);
    await lab.runtime.advance(1_500);
    assert.equal(lab.asked(DECIDE).length, 0);
    lab.decide('1');
    await lab.settle();
    lab.run.decide(yes);
    await lab.runtime.finish(lab.result);
    assert.equal(lab.asked(DECIDE).length, 0);
    const other = startLab({ flow: flowOf([say(1)]) });
    other.run.decide(yes);
    await other.runtime.finish(other.result);
    assert.equal(other.run.position().signals, undefined);
  });

  it('cannot fill the run: what is too long is cut, what is too many is left', async () => {
    const lab = startLab({ flow: flowOf([ask()], output) });
    await lab.settle();
    lab.runtime.settings.callsMax = 0;
    for (let n = 0; n < 100; n += 1) lab.run.decide({ ...yes, comment: 'x'.repeat(100_000), by: 'y'.repeat(100_000) });
    assert.ok(JSON.stringify(lab.run.position()).length < 60_000);
    assert.match(lab.runtime.details.at(-1)!, /too many signals/);
  });
});
