// What a case is given: events and deliveries through the flow's own triggers, files, schedules; and why nothing starts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAllPass, casesOf, flowOf, testDemo, testFiles } from './lab.ts';

const LISTENING = `flow: demo
triggers:
  - event: issues.opened
    source: code
    if: event.body.public
  - webhook: orders
    provider: hookline
    secret: S
    respond: result
    respond_within: 5s
steps:
  - return: { type: "\${{ event.type }}", id: "\${{ event.id }}", body: "\${{ event.body }}", headers: "\${{ event.headers }}" }
---
source: code
provider: github
secret: G
schema: { type: object, required: [public] }
`;

test('events and deliveries go through the triggers, providers and schemas of the flow', async () => {
  await assertAllPass(
    LISTENING,
    casesOf(`  - name: a delivery gets its type as its sender tells it
    delivery: { body: { action: opened, public: true }, headers: { Authorization: Bearer x } }
    expect: { output: { type: issues.opened, id: code~test, headers: { x-github-event: issues, authorization: '[redacted]' } } }
  - name: an event is what the flow sees
    event: { body: { public: true }, id: my-event }
    expect: { output: { type: issues.opened, id: my-event, body: { public: true } } }
  - name: an envelope is opened
    delivery: { source: orders, body: { id: e-1, event_type: order.paid, payload: { total: 5 } } }
    expect:
      response: { status: 200, body: { type: order.paid, id: orders~e-1, body: { total: 5 } } }
  - name: filtered
    event: { body: { public: false } }
    expect: { started: false }
  - name: of another type
    event: { type: issues.closed, body: { public: true } }
    expect: { started: false }
  - name: against the schema
    event: { body: {} }
    expect: { started: false }
`),
  );
});

test('each reason for not starting is told', async () => {
  const { wrong } = await testDemo(
    LISTENING,
    casesOf(`  - name: filtered
    event: { body: { public: false } }
  - name: of another type
    event: { type: issues.closed, body: { public: true } }
  - name: against the schema
    event: { body: {} }
  - name: from nowhere
    event: { source: shop, body: {} }
  - name: nothing
`),
  );

  assert.deepEqual(
    Object.values(wrong).map(([first]) => first?.replace(': the flow is not started: ', '').replace(/\. If .*/, '')),
    [
      'the filter of the trigger (`if: event.body.public`) does not let it through',
      'no trigger takes events of type `issues.closed` from source `code`; it listens to `issues.opened` from `code`, and to any event from `orders`',
      "the body does not follow the schema of source `code`: must have required property 'public'",
      'there is no source `shop`',
      'the case brings nothing: give it an `event`, a `delivery` or an `input`',
    ],
  );
});

test('a key that cannot be worked out is told as what it is, and not as the filter', async () => {
  const flow = LISTENING.replace('steps:', 'concurrency: { key: event.body.tenant }\nsteps:');
  const { wrong } = await testDemo(
    flow,
    casesOf(`  - name: no tenant
    event: { body: { public: true } }
`),
  );
  assert.match(
    wrong['no tenant']![0]!,
    /not started: missing_key: the key of `concurrency`: `event\.body` has no key `tenant`/,
  );
});

test('a file holds the body, and what stands beside it is merged over it', async () => {
  const { wrong } = await testFiles({
    'flows/demo.yaml': flowOf('  - return: "${{ event.body }}"\n').replace(
      '- manual: true',
      '- webhook: x\n    auth: none',
    ),
    'flows/demo.test.yaml': casesOf(
      `  - name: merged
    event: { body: { a: { c: 3 }, list: [9], gone: null } }
    expect: { exact: true, output: { a: { b: 1, c: 3 }, list: [9] } }
  - name: another file
    event: ../other.json
    expect: { exact: true, output: { other: true } }
`,
      'event: { file: ../body.json }\n',
    ),
    'body.json': '{"a":{"b":1,"c":2},"list":[1,2],"gone":true}',
    'other.json': '{"other":true}',
  });

  assert.deepEqual(wrong, { merged: [], 'another file': [] });
});

test('scheduled flows start at the time of the case, by the trigger that it names', async () => {
  const flow = `flow: demo
triggers:
  - schedule: '0 9 * * 1-5'
  - schedule: { every: 1h, input: { kind: hourly } }
steps: [{ return: { at: "\${{ event.time }}", kind: "\${{ input.kind ?? 'daily' }}" } }]
`;
  await assertAllPass(
    flow,
    casesOf(`  - name: the first
    time: '2026-02-02T09:00:00Z'
    expect: { output: { at: '2026-02-02T09:00:00.000Z', kind: daily } }
  - name: the second
    schedule: 2
    expect: { output: { kind: hourly } }
`),
  );
});
