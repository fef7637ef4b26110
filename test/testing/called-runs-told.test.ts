// What is told about flows that a tested run calls: calls that nothing answers, names that nothing has, what was covered, and how deep.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, problemsOf, testDemo, testFiles } from './lab.ts';
import { ORDER, SHARED } from './order-flows.ts';

test('a call of a called flow that no mock answers is shown with both ways out', async () => {
  const { text } = await testDemo(
    ORDER,
    casesOf('  - name: a\n', 'input: { amount: 5 }\nmocks: { first: { status: 200 } }\n'),
  );

  assert.match(text, /demo\.yaml:22 \(step `pay\/charge`\) calls http\.request, and no mock answers\n/);
  assert.match(
    text,
    /write:\n\s+mocks:\n\s+pay\/charge:\n\s+status: 200\n\s+body: \{\}\n\s+Or, so that the flow does not run:\n\s+flows:\n\s+pay:\n\s+output: \{\}/,
  );
});

test('names of steps of called flows are checked', async () => {
  const wrong = async (rest: string): Promise<string[]> => {
    const problems = await problemsOf(ORDER, casesOf(`  - name: a\n${rest}`, SHARED));
    return problems.map((text) => text.replace(/^[\d:]+ /, ''));
  };

  assert.deepEqual(await wrong('    mocks: { pay/chrge: {}, pay/booked: {} }\n    flows: { bok: { output: 1 } }\n'), [
    'unknown_step: flow `demo` has no step `pay/chrge` | Did you mean `pay/charge`?',
    'wrong_value: `pay/booked` calls no connector: it is a `call` step | What called flows come to stands in `flows`.',
    'wrong_value: flow `demo` does not call `bok` | Did you mean `book`?',
  ]);
  assert.deepEqual(
    await wrong(
      '    expect: { calls: [pay/charg, { step: pay/charge, input: {} }, { step: first, status: failed }], emits: [pay.ovr] }\n',
    ),
    [
      'unknown_step: flow `demo` has no step `pay/charg` | Did you mean `pay/charge`?',
      'wrong_value: what a connector is called with is its `with` | Write `with`.',
      'wrong_value: `status` belongs to the run of a called flow | Look at the result of its step: `steps: { ID: { output, error } }`.',
      'wrong_value: flow `demo` emits no event of type `pay.ovr` | Did you mean `pay.over`?',
    ],
  );
});

test('steps that ran because they were called are covered where their flow is among those that are tested', async () => {
  const files = (cases: string): Record<string, string> => ({ 'demo.yaml': ORDER, 'demo.test.yaml': cases });
  const { suite } = await testFiles(files(casesOf('  - name: a\n', SHARED)));

  assert.deepEqual(
    suite.coverage.map(({ flow, steps }) => [flow.flow, steps.covered, steps.total]),
    [
      ['demo', 2, 2],
      ['pay', 4, 5],
      ['book', 1, 1],
    ],
  );
  const filtered = await testFiles(files(casesOf('  - name: a\n', SHARED)), 'demo');
  assert.deepEqual(
    filtered.suite.coverage.map(({ flow }) => flow.flow),
    ['demo'],
  );
});

test('a flow that calls itself runs as deep as it goes, and no deeper than production lets it', async () => {
  const flow = (limit: string): string => `flow: demo
triggers: [{ manual: true }]
steps:
  - if: (input.n ?? 0) < ${limit}
    then: [{ id: again, call: demo, input: { n: "\${{ (input.n ?? 0) + 1 }}" } }]
output: { n: "\${{ input.n ?? 0 }}", inner: "\${{ steps.again.output?.n }}" }
`;
  assert.deepEqual(
    (
      await testDemo(
        flow('3'),
        casesOf('  - { name: a, expect: { calls: [again, again, again], output: { inner: 1 } } }\n'),
      )
    ).wrong,
    { a: [] },
  );
  const { suite } = await testDemo(flow('1000'), casesOf('  - { name: a, expect: { error: call_failed } }\n'));
  const ends = suite.results.flatMap(({ run }) => run.calls.map(({ end }) => end));
  assert.equal(ends.length, 100);
  const last = ends.at(-1);
  assert.equal(last?.status === 'failed' && last.error.code, 'emit_too_deep');
});

test('calls that multiply, or go on and on, are told, with the step that makes them', async () => {
  const { text } = await testDemo(
    `flow: demo
triggers: [{ manual: true }]
steps:
  - id: loop
    while: true
    max_iterations: 100000
    steps: [{ id: again, call: note, detach: true }]
---
flow: note
triggers: [{ manual: true }]
steps: [{ return: null }]
`,
    casesOf('  - { name: a, flows: { note: {} } }\n'),
  );

  assert.match(
    text,
    /the case goes on and on: demo\.yaml:7 \(step `again`\) makes call 15001 of a flow\. End it with an `if`, or say in `flows` what comes of a call\.\n/,
  );
});

test('a circle of calls is told with its first error and its last, not with all in between', async () => {
  const { text } = await testDemo(
    `flow: demo
triggers: [{ manual: true }]
steps: [{ id: go, if: input.n != 0, call: back, input: { n: "\${{ input.n - 1 }}" } }]
---
flow: back
triggers: [{ manual: true }]
steps: [{ id: again, if: input.n != 0, call: demo, input: { n: "\${{ input.n - 1 }}" } }]
`,
    casesOf('  - { name: a, input: { n: -1 } }\n'),
  );

  const told = text.split('\n').find((line) => line.includes('call_failed'))!;
  assert.match(
    told,
    /step `go` \(demo\.yaml:3\): the run back\/call~\w+ of `back` failed: … \(99 calls deeper\) events and calls of flows started one another 100 times in a row; `\w+` is not called$/,
  );
});
