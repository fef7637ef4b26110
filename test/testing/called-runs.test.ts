// Flows that a tested run calls and of which the case says nothing: they run, beside their caller and on its clock, and the case says what
// their steps meet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, testDemo } from './lab.ts';
import { ORDER, SHARED } from './order-flows.ts';

async function wrongOf(cases: string, flow = ORDER, shared = SHARED): Promise<Record<string, string[]>> {
  return (await testDemo(flow, casesOf(cases, shared))).wrong;
}

test('a called flow runs, two deep, and its calls stand among those of the case', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: paid
    expect:
      calls:
        - first
        - { step: paid, flow: pay, exact: true, input: { amount: 5, currency: eur }, status: completed, output: { id: ch_1, booked: completed } }
        - { step: pay/charge, at: 10m, attempts: 1, with: { body: { amount: 5, currency: eur } } }
        - { step: pay/booked, flow: book, input: { id: ch_1 } }
        - { step: book/write, with: { url: https://books.example/ch_1 } }
      emits: [{ type: pay.over, step: pay/finally/0, body: { id: 00000000-0000-4000-8000-000000000001 } }]
      output: { status: completed, output: { id: ch_1, booked: completed } }
      waits: [10m]
      took: 10m
  - name: by the names of flows and connectors
    mocks: { http.request: { status: 200, body: { id: ch_2 } } }
    expect: { calls: [http.request, pay, pay/charge, book, book/write], output: { output: { id: ch_1 } } }
  - name: with attempts
    mocks: { pay/charge: [{ status: 503 }, { error: network }, { status: 201, body: { id: ch_3 } }] }
    expect: { calls: [first, paid, { step: pay/charge, attempts: 3 }, pay/booked, book/write], took: 12m }
`),
    { paid: [], 'by the names of flows and connectors': [], 'with attempts': [] },
  );
});

test('the failure of a called flow is the cause of `call_failed`, after it has undone and cleaned up', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: not booked
    mocks: { book/write: { status: 404 } }
    expect:
      calls:
        - first
        - { step: paid, status: failed, error: call_failed }
        - pay/charge
        - { step: pay/booked, status: failed, error: { code: http_status, step: write, status: 404 } }
        - book/write
        - pay/refund
      emits: [pay.over]
      output: { error: { code: call_failed, step: paid, cause: { code: call_failed, cause: { code: http_status, step: write } } } }
`),
    { 'not booked': [] },
  );
});

test('what a flow is called with is checked as in production', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: refused
    input: { amount: many }
    expect: { calls: [first], output: { error: { code: invalid_input, message: 'the input does not follow \`input\` of \`pay\`: /amount must be number' } } }
`),
    { refused: [] },
  );
});

test('a caller that waits no more asks the called run to end, which cleans up and whose called run ends too', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: timed out
    flows: { book: { takes: 1d } }
    expect:
      calls: [first, { step: paid, status: cancelled }, pay/charge, { step: pay/booked, status: cancelled }, { step: pay/refund, at: 2h }]
      emits: [{ type: pay.over, at: 2h }]
      output: { status: timed_out, error: { code: timeout } }
      took: 2h
  - name: cancelled
    cancel_after: 5m
    expect: { cancelled: true, calls: [first, { step: paid, status: cancelled }], emits: [{ type: pay.over, at: 5m }], took: 5m }
`),
    { 'timed out': [], cancelled: [] },
  );
});

test('a case chooses which calls run, by what they are called with and in their order', async () => {
  const flow = ORDER.replace(
    '  - id: paid\n    call: pay\n',
    '  - id: paid\n    foreach: "[1, 2, 3]"\n    max_parallel: 3\n    steps: [{ id: one, call: pay, input: { amount: "${{ item }}" } }]\n',
  )
    .replace('    input: { amount: "${{ input.amount }}" }\n    timeout: 2h\n    on_error: continue\n', '')
    .replace(/^output: .*$/m, 'output: "${{ steps.paid.output }}"');
  assert.deepEqual(
    await wrongOf(
      `  - name: chosen
    flows: { one: [{ input: { amount: 2 }, runs: true }, { output: first, takes: 1h }, { output: second }] }
    expect:
      calls: [first, one, one, one, pay/charge, pay/booked, book/write]
      output: [first, { id: ch_1, booked: completed }, second]
      took: 1h
  - name: all of them
    mocks: { pay/charge: [{ status: 201, body: { id: a } }, { status: 201, body: { id: b } }, { status: 201, body: { id: c } }] }
    expect: { output: [{ id: a }, { id: b }, { id: c }], took: 10m }
`,
      flow,
    ),
    { chosen: [], 'all of them': [] },
  );
});

const BESIDE = `flow: demo
triggers: [{ manual: true }]
steps:
  - id: started
    call: later
    input: { fails: "\${{ input.fails ?? false }}" }
    detach: true
  - id: ended
    if: input.waits ?? true
    wait_for: [run.completed, run.failed]
    where: { body.id: "\${{ steps.started.output.run }}" }
    timeout: 1d
output: "\${{ steps.ended.output?.body }}"
---
flow: later
triggers: [{ manual: true }]
steps:
  - wait: 3h
  - id: tell
    uses: http.request
    with: { url: "https://shop.example/told" }
    if: input.fails != true
  - if: input.fails
    then: [{ fail: { code: oops, message: dropped } }]
output: told
`;

test('a detached run goes on beside its caller, and its end comes by itself to whoever waits for it', async () => {
  const mocks = 'mocks: { later/tell: { status: 200 } }\n';
  assert.deepEqual(
    await wrongOf(
      `  - name: heard
    input: {}
    expect:
      calls: [{ step: started, flow: later, status: completed, output: told }, { step: later/tell, at: 3h }]
      output: { flow: later, status: completed, output: told, event: { type: call, source: call } }
      waits: [3h]
      took: 3h
  - name: the case is over when all its runs are
    input: { waits: false }
    expect: { calls: [started, { step: later/tell, at: 3h }], took: 0s }
  - name: a failure that is heard
    input: { fails: true }
    expect: { output: { status: failed, error: { code: oops } } }
  - name: a failure that is expected
    input: { fails: true, waits: false }
    expect: { calls: [{ step: started, error: oops }] }
  - name: pretended
    input: {}
    flows: { later: { error: oops, takes: 2h } }
    expect: { calls: [{ step: started, status: failed }], output: { status: failed, error: { code: oops } }, took: 2h }
`,
      BESIDE,
      mocks,
    ),
    {
      heard: [],
      'the case is over when all its runs are': [],
      'a failure that is heard': [],
      'a failure that is expected': [],
      pretended: [],
    },
  );
});

test('a failure of a detached run that nobody hears of is told', async () => {
  const wrong = await wrongOf('  - { name: a, input: { fails: true, waits: false } }\n', BESIDE, '');

  assert.deepEqual(wrong, {
    a: [
      ': the run of `later`, which nobody waits for, failed with `oops`: dropped. If it is to, expect `calls: [{ step: started, status: failed }]`.',
    ],
  });
});

const ASKING = `flow: demo
triggers: [{ manual: true }]
steps: [{ id: asked, call: ask }]
output: "\${{ steps.asked.output }}"
---
flow: ask
triggers: [{ manual: true }]
steps:
  - id: delivered
    wait_for: parcel.delivered
    source: carrier
    where: { body.run: parcel }
  - id: sure
    approve: { title: Sure?, notify: [{ id: tell, uses: email.send, connection: mail, with: { to: a@b.example, subject: Sure?, text: "\${{ steps.sure.links.page }}" } }] }
output: { by: "\${{ steps.sure.output.by }}", at: "\${{ steps.delivered.output.time }}" }
---
source: carrier
provider: hookline
secret: S
`;

test('events arrive for a called flow, and people decide what it asks', async () => {
  const mocks = 'mocks: { ask/tell: {} }\n';
  assert.deepEqual(
    await wrongOf(
      `  - name: both
    arrives: [{ waiting: ask/delivered, after: 2h, event: { body: { run: parcel } } }]
    approvals: { ask/sure: { decision: approved, by: Ada, after: 1h } }
    expect:
      asked: [{ step: ask/sure, title: Sure?, at: 2h }]
      calls: [asked, { step: ask/tell, at: 2h }]
      output: { by: Ada, at: '2026-01-05T11:00:00.000Z' }
      took: 3h
`,
      ASKING,
      mocks,
    ),
    { both: [] },
  );
  const wrong = await wrongOf(
    `  - name: nothing comes
  - name: nobody decides
    arrives: [{ after: 1h, event: { body: { run: parcel } } }]
  - name: another parcel
    arrives: [{ after: 1h, event: { body: { run: other } } }, { after: 2h, event: { body: { run: parcel } } }]
    approvals: { ask/sure: approved }
`,
    ASKING,
    mocks,
  );
  assert.deepEqual(wrong, {
    'nothing comes': [
      ': the run of `ask` never ends: demo.yaml:9 (step `ask/delivered`) waits for `parcel.delivered` from `carrier` where `body.run` is "parcel". Bring it with `arrives`, or give the step a `timeout`, or say in `flows` what comes of `ask`.',
    ],
    'nobody decides': [
      ": the run of `ask` never ends: demo.yaml:13 (step `ask/sure`) waits for a person's decision. Say in `approvals` what is decided, or give the step a `timeout`, or say in `flows` what comes of `ask`.",
    ],
    'another parcel': [
      'arrives.0: no step took the event (type `parcel.delivered`, source `carrier`): step `ask/delivered` waited for one where `body.run` is "parcel", and here it is "other". If the run is to ignore it, say `ignored: true`.',
    ],
  });
});
