// A decision that comes while people are still being told: the run goes on at once, and what tells them is cancelled.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Flow, Json, JsonObject } from '../../workflows/definition.ts';
import { STORE_CALLS } from '../../workflows/store-call.ts';
import { ask, createApprovalStore, HOUR_MS, positionOf, refusal, startLab, type Lab } from './approve-lab.ts';
import { flowOf, say, type StepDraft } from './run-demo.ts';

const draft = (...steps: StepDraft[]): Json => steps as unknown as Json;

/** As the loader makes it; older definitions lack the mark. */
function interruptible(step: StepDraft, mark = true): Flow {
  const flow = flowOf([step], {
    output: '${{ [steps.asked.output?.by, steps.asked.status] }}',
  });
  return mark ? { ...flow, notifiesUntilDecided: true } : flow;
}

/** Telling people takes an hour. */
function slowLab(flow: Flow): Lab {
  const lab: Lab = startLab({
    flow,
    store: createApprovalStore(async (call) => {
      if (JSON.stringify(call.with['say']).includes('notice')) await lab.runtime.pass(HOUR_MS);
      return call.with['say'] ?? null;
    }),
  });
  return lab;
}

const notices = (lab: Lab): Json[] => lab.asked('demo.echo').map(({ say: said }) => said!);
const elapsed = (lab: Lab): number => lab.runtime.now() - lab.runtime.startedAt;

async function byIn(lab: Lab): Promise<Json> {
  return ((await lab.runtime.finish(lab.result)).output as Json[])[0]!;
}

describe('a decision while people are told', () => {
  it('ends that, and the run goes on at once', async () => {
    const lab = slowLab(interruptible(ask()));
    await lab.settle();
    lab.decide('0');
    assert.equal(await byIn(lab), 'anna');
    assert.equal(elapsed(lab), 0);
    assert.deepEqual(notices(lab), ['notice 0']);
  });

  it('waits for that in runs of definitions from before', async () => {
    const lab = slowLab(interruptible(ask(), false));
    await lab.settle();
    lab.decide('0');
    assert.equal(await byIn(lab), 'anna');
    assert.equal(elapsed(lab), HOUR_MS);
  });

  it('comes as a signal too; a wrong one interrupts nothing', async () => {
    const lab = slowLab(interruptible(ask()));
    await lab.settle();
    lab.run.decide({ step: 'asked', decision: 'approved', form: 'wrong' });
    await lab.settle();
    assert.match(lab.runtime.details.at(-1)!, /a signal was ignored: `form` must be a map/);
    assert.equal(lab.asked(STORE_CALLS.decide).length, 1);
    lab.run.decide({ step: 'asked', decision: 'rejected', by: 'bert' });
    assert.equal(await byIn(lab), 'bert');
    assert.equal(elapsed(lab), 0);
  });

  it('ends a reminder', async () => {
    const lab = slowLab(interruptible(ask({ remind_every: 2 * HOUR_MS })));
    await lab.runtime.advance(2 * HOUR_MS + 1_000);
    assert.deepEqual(notices(lab), ['notice 0', 'notice 1']);
    lab.decide('0');
    assert.equal(await byIn(lab), 'anna');
    assert.equal(elapsed(lab), 2 * HOUR_MS);
  });

  it('counts when people could not be told', async () => {
    const store = createApprovalStore((call) => {
      store.decide('0', { decision: 'approved', by: 'anna', at: 'T', comment: null, form: null, via: 'link' });
      lab.decide('0');
      throw refusal(String(call.with['say']));
    });
    const lab: Lab = startLab({ flow: interruptible(ask()), store });
    assert.equal(await byIn(lab), 'anna');
  });

  it('lets what tells them clean up first, also in a run that is continued in the middle of that', async () => {
    const tidy: StepDraft = { verb: 'try', try: [say('notice')], finally: [say('tidied'), say('and swept')], line: 2 };
    const flow = interruptible(ask({ notify: draft(tidy) }));
    const whole = slowLab(flow);
    await whole.settle();
    whole.decide('0');
    assert.equal(await byIn(whole), 'anna');
    assert.deepEqual(notices(whole), ['notice', 'tidied', 'and swept']);

    const first = slowLab(flow);
    await first.settle();
    first.runtime.settings.callsMax = first.runtime.calls.length + 1;
    first.decide('0');
    await first.settle();
    assert.deepEqual(notices(first), ['notice', 'tidied']);
    const second = startLab({ flow, store: first.store, continued: positionOf(first) });
    assert.equal(await byIn(second), 'anna');
    assert.deepEqual(notices(second), ['and swept']);
  });

  it('does not outlive the step: its time ends the telling, a cancelled run asks nothing more', async () => {
    const late = slowLab(interruptible(ask({}, { timeoutMs: 1_000, onError: 'continue' })));
    const [by, status] = (await late.runtime.finish(late.result)).output as Json[];
    assert.deepEqual([by, status, elapsed(late)], [null, 'timed_out', 1_000]);
    const cancelled = slowLab(interruptible(ask()));
    await cancelled.settle();
    cancelled.runtime.cancel();
    await assert.rejects(cancelled.runtime.finish(cancelled.result));
    const [closed] = cancelled.asked(STORE_CALLS.decide) as JsonObject[];
    assert.equal(closed?.['decision'], 'closed');
  });
});
