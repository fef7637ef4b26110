// `steps.ID.links`: there before the step, in every iteration its own, and again when the step begins; none in runs without a key.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkState } from '../../src/approvals/link-signature.ts';
import type { Json } from '../../workflows/definition.ts';
import { STORE_CALLS } from '../../workflows/store-call.ts';
import { ask, createApprovalStore, DAY_MS, decision, KEY, RUN_ID, startLab } from './approve-lab.ts';
import { flowOf, say, type StepDraft } from './run-demo.ts';

const page = say('${{ steps.asked.links.page }}', { line: 1 });
const quiet = (fields: Record<string, Json> = {}, rest: Partial<StepDraft> = {}): StepDraft =>
  ask({ notify: [], ...fields }, { line: 2, ...rest });

/** The step path that a link is for, and until when it is good (milliseconds after the start). */
function read(link: Json | undefined, startedAt: number): { path: string; goodMs: number } {
  const url = new URL(String(link));
  const [, , run, path] = url.pathname.split('/').map(decodeURIComponent);
  const expires = url.searchParams.get('expires')!;
  const signed = { expires, signature: url.searchParams.get('signature')! };
  assert.equal(run, RUN_ID);
  assert.equal(linkState(KEY, { workflowId: RUN_ID, stepPath: path! }, signed, 0), 'good');
  return { path: path!, goodMs: Number(expires) * 1000 - startedAt };
}

/** What the run said, as links. */
async function linksOf(steps: StepDraft[], decided: string[]): Promise<{ path: string; goodMs: number }[]> {
  const store = createApprovalStore();
  for (const path of decided) store.decide(path, decision());
  const lab = startLab({ flow: flowOf(steps), store });
  await lab.runtime.finish(lab.result);
  return lab.asked('demo.echo').map((call) => read(call['say'], lab.runtime.startedAt));
}

/** As far as seconds, in which links count. */
const round = ({ path, goodMs }: { path: string; goodMs: number }): [string, number] => [
  path,
  Math.round(goodMs / 1000),
];
const DAY_S = DAY_MS / 1000;

describe('the links of an approval', () => {
  it('are there from the start of the run, in any block, and for the same approval as later', async () => {
    const block: StepDraft = {
      verb: 'try',
      try: [{ verb: 'if', if: 'true', then: [quiet(), page], line: 1 }],
      finally: [page],
      line: 1,
    } as StepDraft;
    const found = await linksOf([page, block, page], ['1/try/0/then/0']);
    assert.deepEqual(
      found.map(round),
      Array.from({ length: 4 }, () => ['1/try/0/then/0', 30 * DAY_S]),
    );
  });

  it('are good as long as the step says, and never end before its timeout', async () => {
    const wait: StepDraft = { verb: 'wait', wait: DAY_MS, line: 1 };
    const goodFor = async (fields: Record<string, Json>, rest: Partial<StepDraft>): Promise<number[]> =>
      (await linksOf([page, wait, quiet(fields, rest), page], ['2'])).map((each) => round(each)[1] / DAY_S);
    assert.deepEqual(await goodFor({}, {}), [30, 31]);
    assert.deepEqual(await goodFor({ expires: 3 * DAY_MS }, {}), [3, 4]);
    assert.deepEqual(await goodFor({}, { timeoutMs: 2 * DAY_MS }), [30, 3]);
    assert.deepEqual(await goodFor({ expires: 5 * DAY_MS }, { timeoutMs: 2 * DAY_MS }), [5, 3]);
    assert.deepEqual(await goodFor({}, { timeoutMs: 60 * DAY_MS }), [60, 61]);
  });

  it('are those of the iteration', async () => {
    const loops: StepDraft[] = [
      { verb: 'foreach', foreach: '[1, 2]', steps: [page, quiet()], line: 1 },
      {
        verb: 'repeat',
        repeat: { steps: [{ ...page }, quiet({}, { id: 'asked' })] as never, max_iterations: 2 },
        line: 1,
      },
    ];
    for (const [loop, paths] of [
      [loops[0]!, ['0[0]/1', '0[1]/1']],
      [loops[1]!, ['0[0]/1', '0[1]/1']],
    ] as const) {
      assert.deepEqual(
        (await linksOf([loop], [...paths])).map(({ path }) => path),
        paths,
      );
    }
  });

  it('are there in `catch`, `finally` and `undo` of the flow too', async () => {
    const asked = (id: string): StepDraft[] => [
      say(`\${{ steps.${id}.links.approve }}`, { line: 1 }),
      quiet({}, { id }),
    ];
    const fail: StepDraft = { verb: 'fail', fail: { code: 'no', message: 'no' }, line: 3 };
    const store = createApprovalStore();
    for (const path of ['0/undo/1', 'catch/2', 'finally/1']) store.decide(path, decision());
    const lab = startLab({
      flow: flowOf([say('done', { undoSteps: asked('one') as never }), fail], {
        catch: [{ verb: 'undo', undo: 'all', line: 4 }, ...asked('two')] as never,
        finally: asked('three') as never,
      }),
      store,
    });
    await lab.runtime.finish(lab.result);
    const said = lab.asked('demo.echo').slice(1);
    assert.deepEqual(
      said.map((call) => read(call['say'], 0).path),
      ['0/undo/1', 'catch/2', 'finally/1'],
    );
  });

  it('are null in a run that was given no key, and no other step has any', async () => {
    const flow = flowOf([say(1, { id: 'other' }), quiet()], { output: '${{ steps }}' });
    const store = createApprovalStore();
    store.decide('1', decision());
    const lab = startLab({ flow, store, hasKey: false });
    const { asked, other } = (await lab.runtime.finish(lab.result)).output as Record<string, Record<string, Json>>;
    assert.equal(asked!['links'], null);
    assert.equal('links' in other!, false);
  });
});

describe('an approval that a reset run finds closed', () => {
  it('is asked for again under another name, with links of its own', async () => {
    const store = createApprovalStore();
    store.decide('0', decision({ decision: 'closed', via: 'run' }));
    const lab = startLab({
      flow: flowOf([ask({ notify: [page] as never })], { output: '${{ steps.asked.output.by }}' }),
      store,
    });
    await lab.settle();
    assert.deepEqual(
      lab.asked(STORE_CALLS.openApproval).map(({ step }) => step),
      ['0', '0~2'],
    );
    assert.equal(read(lab.asked('demo.echo')[0]!['say'], 0).path, '0~2');
    store.decide('0~2', decision({ by: 'bert' }));
    lab.run.decide({ step: 'asked', decision: 'rejected' });
    assert.equal((await lab.runtime.finish(lab.result)).output, 'bert');
  });
});
