// What a case may expect of its run: time that is skipped, branches, results, how it ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAllPass, casesOf, flowOf, testDemo } from './lab.ts';

test('waits are skipped, counted in order, and summed up', async () => {
  const flow = flowOf(
    `  - wait: 3d
  - id: until
    wait_until: '"2026-01-10T00:00:00Z"'
  - repeat: { every: 10m, max_iterations: 3, steps: [{ set: { count: "\${{ vars.count + 1 }}" } }] }
output: { now: "\${{ now() }}", id: "\${{ uuid() }}", started: "\${{ run.started_at }}" }
`,
    'vars: { count: 0 }\n',
  );
  await assertAllPass(
    flow,
    casesOf(`  - name: from the given time
    time: '2026-01-05T00:00:00Z'
    expect:
      waits: [3d, 2d, 10m, 10m]
      took: 5d 20m
      vars: { count: 3 }
      output:
        now: '2026-01-10T00:20:00.000Z'
        id: 00000000-0000-4000-8000-000000000001
        started: '2026-01-05T00:00:00.000Z'
`),
  );
});

test('waits that are not as expected are told in their order', async () => {
  const { wrong } = await testDemo(
    flowOf('  - wait: 90s\n'),
    casesOf('  - name: waits\n    expect: { waits: [1m], took: 1m }\n'),
  );

  assert.deepEqual(wrong['waits'], ['waits: ["1m"] / ["1m 30s"]', 'took: "1m" / "1m 30s"']);
});

const CHOICES = flowOf(
  `  - id: choose
    if: input.n > 1
    then: [{ id: many, set: { said: many } }]
  - id: pick
    switch:
      - { when: input.n == 0, steps: [{ set: { said: zero } }] }
      - { when: input.n == 1, steps: [{ set: { said: one } }] }
  - id: guarded
    if: input.n == 7
    set: { said: seven }
  - foreach: range(0, input.n)
    id: each
    steps: [{ id: inner, if: item == 1, set: { said: item } }]
`,
  'vars: { said: null }\ninput: { type: object, properties: { n: { type: integer, default: 1 } } }\n',
);

test('branches are named by their step, those that nobody wrote too', async () => {
  await assertAllPass(
    CHOICES,
    casesOf(`  - name: none
    input: { n: 0 }
    expect: { taken: [choose.else, pick.case_1], not_taken: [choose.then, pick.case_2, pick.default, each.steps] }
  - name: the default of the input
    expect: { taken: [pick.case_2, each.steps], steps: { choose: completed, many: pending, guarded: skipped } }
  - name: many
    input: { n: 7 }
    expect: { taken: [choose.then, pick.default], not_taken: [choose.else], steps: { guarded: { status: completed, error: null } } }
`),
  );
});

test('coverage names the steps and branches that never ran, with their lines', async () => {
  const { text } = await testDemo(CHOICES, casesOf('  - name: one\n'));

  assert.match(text, /demo\.yaml demo: steps 4\/8, branches 5\/10/);
  const missed = [...text.matchAll(/never (ran|taken) +demo\.yaml:(\d+) (.*)$/gm)].map(
    ([, , line, what]) => `${line} ${what}`,
  );
  assert.deepEqual(missed, [
    '9 many',
    '12 set',
    '14 guarded',
    '19 inner',
    '10 pick: default',
    '14 guarded: if true',
    '19 inner: if true',
  ]);
});

test('an input that the flow refuses starts nothing, and says why when it should have', async () => {
  const { wrong } = await testDemo(
    CHOICES,
    casesOf(`  - name: refused
    input: { n: many }
    expect: { started: false }
  - name: unexpected
    input: { n: many }
`),
  );

  assert.deepEqual(wrong['refused'], []);
  assert.deepEqual(wrong['unexpected'], [
    ': the flow is not started: the input does not follow `input`: /n must be integer. If it is not to, expect `started: false`.',
  ]);
});

test('results of steps inside foreach are in its output only', async () => {
  const { wrong } = await testDemo(CHOICES, casesOf('  - name: inside\n    expect: { steps: { inner: completed } }\n'));

  assert.match(wrong['inside']![0]!, /a step inside `foreach` has a result in each iteration/);
});

test('config is given by the case alone', async () => {
  const flow = flowOf('  - return: "${{ config.PLACE ?? \'nowhere\' }}"\n');
  await assertAllPass(
    flow,
    casesOf(`  - name: given
    config: { PLACE: here }
    expect: { output: here }
  - name: not given
    expect: { output: nowhere }
`),
  );
});

test('a cancelled run cleans up, whatever it was doing', async () => {
  const flow = flowOf(
    `  - id: slow
    uses: http.request
    with: { url: "https://slow.example" }
`,
    'finally: [{ id: bye, wait: 1m }]\n',
  );
  await assertAllPass(
    flow,
    casesOf(`  - name: cancelled in a call
    mocks: { slow: { takes: 20s, status: 200 } }
    cancel_after: 5s
    expect: { cancelled: true, took: 1m 5s, steps: { bye: completed, slow: pending }, taken: [finally] }
  - name: too late to cancel
    mocks: { slow: { status: 200 } }
    cancel_after: 1h
    expect: { steps: { slow: completed } }
`),
  );
});

test('a failure that nobody expected is told with its place in the flow, and one that did not happen too', async () => {
  const flow = flowOf(
    '  - id: stop\n    if: input.stop == true\n    then: [{ fail: { code: stopped, message: enough } }]\n',
  );
  const { wrong } = await testDemo(
    flow,
    casesOf(`  - name: fails
    input: { stop: true }
  - name: does not fail
    input: { stop: false }
    expect: { error: stopped }
  - name: fails otherwise
    input: { stop: true }
    expect: { error: { code: other, message: '\${{ actual.length > 50 }}' } }
`),
  );

  assert.deepEqual(wrong['fails'], [': the run failed with `stopped`: step `0/then/0` (demo.yaml:7): enough']);
  assert.deepEqual(wrong['does not fail'], ['error: the run completed']);
  assert.deepEqual(wrong['fails otherwise'], [
    'error.code: "other" / "stopped"',
    'error.message: "${{ actual.length > 50 }}" / "enough"',
  ]);
});
