// What people read of a run that is under way: each thing that it waits for, wherever in the flow, and no other.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDetails } from '../../workflows/run-details.ts';
import { ask, startLab } from './approve-lab.ts';
import { flowOf, say, type StepDraft } from './run-demo.ts';
import { paid, payment, settle, start, WAITER } from './wait-lab.ts';

const foreachOf = (count: number, step: StepDraft): StepDraft => ({
  verb: 'foreach',
  foreach: `range(0, ${count})`,
  max_parallel: count,
  steps: [step],
  line: 1,
});

describe('the details of a run', () => {
  it('say which event is waited for, in which step, and go on with the step after it', async () => {
    const lab = start([payment, say('paid', { line: 8 })]);
    await settle(lab);
    assert.match(
      lab.runtime.details.at(-1)!,
      /^flows\/demo\.yaml:\d+: payment: waiting for payment\.received where body\.currency is "EUR" and body\.order_id is "7"$/,
    );
    lab.run.wake({ waiter: WAITER, ...paid(1) });
    await lab.runtime.finish(lab.result);
    assert.match(lab.runtime.details.at(-1)!, /^flows\/demo\.yaml:8: uses 1$/);
  });

  it('list everything that branches wait for, while others go on', async () => {
    const where = { 'body.sku': 'ESP' };
    const waits: StepDraft = { verb: 'wait_for', wait_for: 'counted', source: 'shop', where, id: 'stock', line: 4 };
    const branches = { manager: [ask({}, { line: 3 })], stock: [waits], quick: [say('done', { line: 5 })] };
    const lab = startLab({
      flow: flowOf([{ verb: 'parallel', parallel: branches, line: 2 }, say('all', { line: 6 })]),
    });
    await lab.settle();
    const approval = 'flows/demo.yaml:3: waiting for the approval of anna: Refund?';
    const event = 'flows/demo.yaml:4: stock: waiting for counted of shop where body.sku is "ESP"';
    const lines = lab.runtime.details.at(-1)!.split('\n');
    assert.ok(lines.includes(`- ${approval}`), lines.join('\n'));
    assert.ok(lines.includes(`- ${event}`), lines.join('\n'));
    lab.decide('0/manager/0');
    await lab.settle();
    assert.ok(lab.runtime.details.at(-1)!.includes(event));
    assert.ok(!lab.runtime.details.at(-1)!.includes(approval));
  });

  it('name ten of many waits, and count the others', async () => {
    const lab = startLab({ flow: flowOf([foreachOf(14, ask({}, { line: 3 }))]) });
    await lab.settle();
    const lines = lab.runtime.details.at(-1)!.split('\n');
    assert.equal(lines.filter((line) => line.includes('waiting for the approval of anna')).length, 10);
    assert.equal(lines.at(-1), '- and 4 more');
  });

  it('keep a note beside the wait until the next one begins', () => {
    const shown: string[] = [];
    const details = createDetails((text) => shown.push(text));
    details.came('a.yaml:1: ask');
    details.waits('0', 'waiting for anna');
    details.note('a signal was ignored');
    details.came('a.yaml:2: remind');
    details.waitsOn();
    details.over('0');
    details.over('0');
    details.waits('1', 'waiting for bert');
    assert.deepEqual(shown, [
      'a.yaml:1: ask',
      'waiting for anna',
      'waiting for anna; a signal was ignored',
      '- waiting for anna\n- a.yaml:2: remind\n- a signal was ignored',
      'waiting for anna; a signal was ignored',
      'waiting for anna; a signal was ignored',
      'waiting for bert',
    ]);
  });
});
