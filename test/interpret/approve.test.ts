// `approve`: what the store is asked and people are told, what ends the wait, and that the first decision is the one that counts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkState } from '../../src/approvals/link-signature.ts';
import { approvalIdOf } from '../../workflows/approval-link.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { STORE_CALLS } from '../../workflows/store-call.ts';
import { ask, createApprovalStore, DAY_MS, decision, HOUR_MS, KEY, RUN_ID, startLab, type Lab } from './approve-lab.ts';
import { flowOf, say } from './run-demo.ts';

const output = { output: '${{ steps.asked }}' };
const id = approvalIdOf({ workflowId: RUN_ID, stepPath: '0' });
const { openApproval: OPEN, register: REGISTER, decide: DECIDE, forget: FORGET } = STORE_CALLS;
const ECHO = 'demo.echo';

/** The end of the run: the result of the step `asked`. */
async function ended(lab: Lab): Promise<JsonObject> {
  const { links: _links, ...result } = (await lab.runtime.finish(lab.result)).output as JsonObject;
  return result;
}

const decided = (made: object = {}): JsonObject => ({
  approved: true,
  ...(decision() as unknown as JsonObject),
  ...made,
});

/** What a query of a link says, when it is good for the step. */
function goodUntil(link: Json | undefined, stepPath: string, at: number): number {
  const query = new URL(String(link)).searchParams;
  const parts = { expires: query.get('expires')!, signature: query.get('signature')! };
  assert.equal(linkState(KEY, { workflowId: RUN_ID, stepPath }, parts, at), 'good');
  return Number(parts.expires) * 1000;
}

describe('a run that asks a person', () => {
  it('makes it known, waits for its own decision only, then tells people', async () => {
    const form = { type: 'object', properties: { reason: { type: 'string' } } };
    const lab = startLab({ flow: flowOf([ask({ form, who: ['anna', 'bert'] }, { timeoutMs: DAY_MS })]) });
    await lab.settle();
    const until = lab.runtime.startedAt + DAY_MS;
    assert.deepEqual(
      lab.runtime.calls.map(({ call }) => call.connector),
      [OPEN, REGISTER, ECHO],
    );
    assert.deepEqual(lab.asked(OPEN), [
      { approval: id, step: '0', title: 'Refund?', who: ['anna', 'bert'], form, expiresAt: until },
    ]);
    const [wait] = lab.asked(REGISTER);
    assert.deepEqual(
      [wait!['waiter'], wait!['source'], wait!['where'], wait!['types'], wait!['until'], wait!['once']],
      [
        '0',
        'approval',
        [['body.approval', id]],
        ['approval.approved', 'approval.rejected', 'approval.closed'],
        until,
        true,
      ],
    );
    assert.deepEqual(lab.asked(ECHO), [{ say: 'notice 0' }]);
    assert.equal(lab.runtime.waits, 1);
    assert.equal(lab.runtime.details.at(-1), 'flows/demo.yaml:10: waiting for the approval of anna, bert: Refund?');
  });

  it('goes on with a yes and with a no, and with who said it', async () => {
    for (const made of ['approved', 'rejected'] as const) {
      const lab = startLab({ flow: flowOf([ask()], output) });
      await lab.settle();
      lab.decide('0', { decision: made, comment: 'so be it', form: { reason: 'x' } });
      lab.decide('0', { decision: 'rejected', by: 'too late' });
      assert.deepEqual(await ended(lab), {
        status: 'completed',
        output: decided({ approved: made === 'approved', decision: made, comment: 'so be it', form: { reason: 'x' } }),
        error: null,
      });
      assert.deepEqual([lab.asked(FORGET), lab.asked(DECIDE)], [[], []]);
    }
  });

  it('tells nobody when it was decided before, by a link from an earlier message', async () => {
    const store = createApprovalStore();
    store.decide('0', decision({ decision: 'rejected' }));
    const lab = startLab({ flow: flowOf([ask({}, { timeoutMs: DAY_MS })], output), store });
    assert.deepEqual((await ended(lab))['output'], decided({ approved: false, decision: 'rejected' }));
    assert.deepEqual([lab.asked(ECHO), lab.runtime.waits], [[], 0]);
  });

  it('closes the approval when its time is over, and runs `on_timeout`', async () => {
    const flow = flowOf([ask({}, { timeoutMs: DAY_MS, on_timeout: [say('late', { line: 3 })] }), say('after')], output);
    const lab = startLab({ flow });
    assert.deepEqual(await ended(lab), { status: 'timed_out', output: null, error: null });
    assert.equal(lab.store.decisions.get(id)!.decision, 'closed');
    assert.deepEqual(
      lab.asked(ECHO).map(({ say: said }) => said),
      ['notice 0', 'late', 'after'],
    );
    assert.deepEqual(lab.asked(FORGET), [{ waiter: '0' }]);
    assert.equal(lab.runtime.now() - lab.runtime.startedAt, DAY_MS);
  });

  it('fails with `timeout` where there is no `on_timeout`', async () => {
    const lab = startLab({ flow: flowOf([ask({}, { timeoutMs: DAY_MS, onError: 'continue' })], output) });
    const result = await ended(lab);
    assert.deepEqual([result['status'], (result['error'] as JsonObject)['code']], ['timed_out', 'timeout']);
    assert.match(String((result['error'] as JsonObject)['message']), /nobody decided/);
  });

  it('takes a decision that the store had before the time was over, though the run was not told', async () => {
    const lab = startLab({ flow: flowOf([ask({}, { timeoutMs: DAY_MS, on_timeout: [say('late')] })], output) });
    await lab.settle();
    lab.store.decide('0', decision({ via: 'api' }));
    assert.deepEqual(await ended(lab), { status: 'completed', output: decided({ via: 'api' }), error: null });
    assert.equal(lab.asked(ECHO).length, 1);
  });

  it('closes the approval when the run is cancelled, and stays cancelled when the store cannot', async () => {
    for (const broken of [false, true]) {
      const store = createApprovalStore();
      const { answer } = store;
      store.answer = (call, options) => {
        if (broken && call.connector === DECIDE) throw refusal();
        return answer(call, options);
      };
      const lab = startLab({ flow: flowOf([ask({}, { timeoutMs: DAY_MS })]), store });
      await lab.settle();
      lab.runtime.cancel();
      await assert.rejects(lab.runtime.finish(lab.result), (thrown) => lab.runtime.isCancellation(thrown));
      assert.deepEqual([lab.asked(FORGET).length, lab.asked(DECIDE).length], [1, 1]);
      assert.equal(store.decisions.get(id)?.decision, broken ? undefined : 'closed');
    }
  });

  it('fails when people cannot be told, and closes what nobody knows of', async () => {
    const store = createApprovalStore(() => {
      throw refusal();
    });
    const lab = startLab({ flow: flowOf([ask({}, { onError: 'continue' })], output), store });
    const result = await ended(lab);
    assert.equal((result['error'] as JsonObject)['message'], 'no chat');
    assert.equal(store.decisions.get(id)!.decision, 'closed');
  });

  it('takes the decision of somebody who was told, though others could not be', async () => {
    const store = createApprovalStore(() => {
      store.decide('0', decision());
      throw refusal();
    });
    const lab = startLab({ flow: flowOf([ask()], output), store });
    assert.deepEqual((await ended(lab))['output'], decided());
  });

  it('does not let a notice outlast its time', async () => {
    const lab = startLab({
      flow: flowOf([ask({}, { timeoutMs: HOUR_MS, onError: 'continue' })], output),
      store: createApprovalStore(async () => {
        await lab.runtime.pass(DAY_MS);
        return null;
      }),
    });
    assert.equal((await ended(lab))['status'], 'timed_out');
    assert.equal(lab.runtime.now() - lab.runtime.startedAt, HOUR_MS);
  });

  it('refuses a title or names that are no text', async () => {
    const wrong: JsonObject[] = [
      { title: '${{ event.body }}' },
      { title: ' ' },
      { who: '${{ [1, null] }}' },
      { who: '' },
    ];
    for (const fields of wrong) {
      const lab = startLab({ flow: flowOf([ask(fields)]) });
      await assert.rejects(
        lab.runtime.finish(lab.result),
        (thrown: StepFailure) => thrown.error.code === 'invalid_field' && thrown.error.step === 'asked',
      );
      assert.deepEqual(lab.runtime.calls, []);
    }
  });
});

describe('reminders', () => {
  it('run `notify` again so often, with fresh links and ids, until somebody decides', async () => {
    const notify = [
      say('${{ reminder }} ${{ steps.told.status }}', { line: 2 }),
      say('${{ steps.asked.links.page }}', { id: 'told', line: 3 }),
    ] as unknown as Json;
    const lab = startLab({ flow: flowOf([ask({ notify, remind_every: DAY_MS })], output) });
    await lab.runtime.advance(2.5 * DAY_MS);
    lab.decide('0');
    await ended(lab);
    const said = lab.asked(ECHO).map((call) => String(call['say']));
    assert.deepEqual(
      said.filter((_, index) => index % 2 === 0),
      ['0 pending', '1 pending', '2 pending'],
    );
    const expiries = said.filter((_, index) => index % 2 === 1).map((link) => goodUntil(link, '0', 0));
    assert.deepEqual(
      expiries.map((at) => at - expiries[0]!),
      [0, DAY_MS, 2 * DAY_MS],
    );
    const keys = lab.runtime.calls.map(({ call }) => call.idempotencyKey);
    assert.equal(new Set(keys.slice(2)).size, 6);
  });

  it('end with the timeout', async () => {
    const lab = startLab({
      flow: flowOf([ask({ remind_every: HOUR_MS }, { timeoutMs: 3.5 * HOUR_MS, onError: 'continue' })]),
    });
    await lab.runtime.finish(lab.result);
    assert.deepEqual(
      lab.asked(ECHO).map(({ say: said }) => said),
      ['notice 0', 'notice 1', 'notice 2', 'notice 3'],
    );
  });

  it('may fail: the next one is made all the same', async () => {
    const store = createApprovalStore((call) => {
      if (call.with['say'] === 'notice 1') throw refusal();
      return null;
    });
    const lab = startLab({ flow: flowOf([ask({ remind_every: HOUR_MS })], output), store });
    await lab.runtime.advance(2.5 * HOUR_MS);
    assert.ok(lab.runtime.details.some((text) => text.endsWith('a reminder failed: no chat')));
    assert.equal(lab.asked(ECHO).length, 3);
    lab.decide('0');
    assert.equal((await ended(lab))['status'], 'completed');
  });

  it('that were missed are not made up for', async () => {
    const store = createApprovalStore(async () => {
      if (store.decisions.size === 0 && lab.asked(ECHO).length === 1) await lab.runtime.pass(5.5 * HOUR_MS);
      return null;
    });
    const lab: Lab = startLab({ flow: flowOf([ask({ remind_every: HOUR_MS })]), store });
    await lab.runtime.advance(6.5 * HOUR_MS);
    assert.deepEqual(
      lab.runtime.calls.filter(({ call }) => call.connector === ECHO).map(({ at }) => at / HOUR_MS),
      [0, 6],
    );
  });
});

function refusal(): StepFailure {
  return new StepFailure({ code: 'http_status', message: 'no chat', step: null, attempt: 1 });
}
