// Events that come while a case runs: when they are due, whether the run takes them, and what is said when it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, testDemo } from './lab.ts';

const WAITING = `flow: demo
triggers:
  - event: order.created
    source: shop
vars: { paid: [] }
steps:
  - wait: 1h
  - id: paid
    wait_for: [order.paid, order.free]
    source: shop
    where: { body.id: "\${{ event.body.id }}" }
    lookback: 10m
    timeout: 3d
    on_timeout: [{ set: { paid: none } }]
  - id: shipped
    wait_for: order.shipped
    source: parcels
    match: candidate.body.weight > 2
    timeout: 30d
output:
  paid: "\${{ steps.paid.output?.body.id ?? vars.paid }}"
  weight: "\${{ steps.shipped.output.body.weight }}"
  time: "\${{ steps.shipped.output.time }}"
---
source: shop
provider: hookline
secret: S
schema: { type: object, required: [id] }
if: event.body?.test != true
---
source: parcels
auth: none
`;
const EVENT = 'event: { body: { id: 7 } }\n';
const SHIPPED = '      - { waiting: shipped, after: 5h, event: { body: { weight: 5 } } }\n';

async function wrongOf(name: string, rest: string): Promise<string[]> {
  const { wrong } = await testDemo(WAITING, casesOf(`  - name: ${name}\n${rest}`, EVENT));
  return wrong[name] ?? Object.values(wrong).flat();
}

test('an event comes so long after the start, or after the run first waits for it', async () => {
  assert.deepEqual(
    await wrongOf(
      'timed',
      `    arrives:
      - { after: 2d, event: { type: order.paid, source: shop, body: { id: 7 } } }
      - { waiting: shipped, after: 5h, event: { body: { weight: 3 } } }
    expect:
      waits: [1h, 1d 23h, 5h]
      took: 2d 5h
      output: { paid: 7, weight: 3, time: '2026-01-07T14:00:00.000Z' }
      taken: [paid.in_time]
      not_taken: [paid.on_timeout]
`,
    ),
    [],
  );
});

test('an event that came before the wait is found, one from before the run when the wait looks back', async () => {
  for (const moment of ['after: 0s', 'after: 10m', 'before: 10m', 'time: 2026-01-05T08:55:00Z']) {
    const arrives = `    arrives:\n      - { ${moment}, event: { type: order.free, source: shop, body: { id: "7" } } }\n${SHIPPED}`;
    assert.deepEqual(await wrongOf('early', `${arrives}    expect: { output: { paid: "7" }, waits: [1h, 5h] }\n`), []);
  }
});

test('an event at the very moment at which the time is over still counts', async () => {
  const arrives = `    arrives:\n      - { after: 3d 1h, event: { type: order.free, source: shop, body: { id: 7 } } }\n${SHIPPED}`;
  assert.deepEqual(await wrongOf('last moment', `${arrives}    expect: { taken: [paid.in_time] }\n`), []);
});

test('with `match` the first event that it holds for is taken, and those before it are one wait', async () => {
  assert.deepEqual(
    await wrongOf(
      'heavy',
      `    arrives:
      - { waiting: paid, event: { type: order.paid, body: { id: 7 } } }
      - { waiting: shipped, after: 1h, event: { body: { weight: 1 } }, ignored: true }
      - { waiting: shipped, after: 2h, event: { body: {} }, ignored: true }
      - { waiting: shipped, after: 3h, event: { body: { weight: 4 } } }
      - { waiting: shipped, after: 4h, event: { body: { weight: 5 } }, ignored: true }
    expect: { output: { weight: 4 }, waits: [1h, 0s, 3h] }
`,
    ),
    [],
  );
});

const ignoredFor: Record<string, [string, RegExp]> = {
  'of another order': [
    '{ after: 2h, event: { type: order.paid, source: shop, body: { id: 8 } } }',
    /step `paid` waited for one where `body\.id` is "7", and here it is "8"/,
  ],
  'of the other source': [
    '{ after: 2h, ignored: false, event: { type: order.shipped, source: shop, body: { id: 7 } } }',
    /no step waits for events of type `order\.shipped` from `shop`/,
  ],
  'too early to be looked back at': [
    '{ before: 11m, event: { type: order.paid, source: shop, body: { id: 7 } } }',
    /it came too early for step `paid`: `lookback` reaches back/,
  ],
  'after the time was over': [
    '{ after: 3d 2h, event: { type: order.paid, source: shop, body: { id: 7 } } }',
    /step `paid` waited no more/,
  ],
  'after the end of the run': [
    '{ after: 100d, event: { type: order.paid, source: shop, body: { id: 7 } } }',
    /the run had ended before the event came/,
  ],
  'that the source refuses': [
    '{ after: 2h, event: { type: order.paid, source: shop, body: {} } }',
    /the body does not follow the schema of source `shop`: must have required property 'id'/,
  ],
  'that the source filters': [
    '{ after: 2h, event: { type: order.paid, source: shop, body: { id: 7, test: true } } }',
    /the filter of source `shop` \(`if: event\.body\?\.test != true`\) does not let it through/,
  ],
  'with an id that is taken': [
    '{ after: 2h, event: { id: shop~test, type: order.paid, source: shop, body: { id: 7 } } }',
    /there is an event with its id \(`shop~test`\) already/,
  ],
};

for (const [what, [entry, reason]] of Object.entries(ignoredFor)) {
  test(`an event ${what} is not taken, which fails the case unless it says so`, async () => {
    const cases = (each: string): string => `    arrives:\n${SHIPPED}      - ${each}\n`;
    const [first = '', ...others] = await wrongOf(what, cases(entry));

    assert.match(first, reason);
    assert.deepEqual(others, []);
    const ignored = entry.replace('ignored: false, ', '').replace('{ ', '{ ignored: true, ');
    assert.deepEqual(await wrongOf(what, cases(ignored)), []);
  });
}

test('an event that the run is to ignore and takes is told, with its place', async () => {
  const { text } = await testDemo(
    WAITING,
    casesOf(
      `  - name: a\n    arrives:\n${SHIPPED}      - ignored: true\n        after: 1d\n        event: { type: order.paid, source: shop, body: { id: 7 } }\n`,
      EVENT,
    ),
  );

  assert.match(text, /demo\.test\.yaml:7:9 arrives\[1\]: the run took the event, which it is to ignore\n/);
});

test('an event for a step that the run never came to never came', async () => {
  const flow = WAITING.replace('  - id: paid\n', '  - id: paid\n    if: event.body.id == 8\n');
  const { wrong } = await testDemo(
    flow,
    casesOf(
      `  - name: a\n    arrives:\n${SHIPPED}      - { waiting: paid, event: { type: order.paid, body: {} } }\n`,
      EVENT,
    ),
  );

  assert.match(wrong['a']![0]!, /^arrives\.1: the run never waited at `paid`, so the event never came/);
});

test('a run that waits for ever says for what, and what to write', async () => {
  const flow = WAITING.replace('    timeout: 30d\n', '');
  const { wrong } = await testDemo(flow, casesOf('  - name: a\n', EVENT));

  assert.deepEqual(wrong['a'], [
    ': the run never ends: demo.yaml:15 (step `shipped`) waits for `order.shipped` from `parcels`. Bring it with `arrives`, or give the step a `timeout`.',
  ]);
});

test('several waits at the same time get each their own event, and what the run emits is one too', async () => {
  const flow = `flow: demo
triggers: [{ manual: true }]
steps:
  - id: each
    foreach: range(0, 3)
    max_parallel: 3
    steps:
      - id: answer
        wait_for: answer
        source: shop
        where: { body.number: "\${{ item }}" }
        timeout: 1d
    output: "\${{ steps.answer.output.body.says }}"
  - emit: done
    body: { all: "\${{ steps.each.output }}" }
  - id: own
    wait_for: done
output: "\${{ steps.own.output.body.all }}"
---
source: shop
auth: none
`;
  const { wrong } = await testDemo(
    flow,
    casesOf(`  - name: a
    arrives:
      - { waiting: answer, after: 3h, event: { source: shop, body: { number: 0, says: zero } } }
      - { waiting: answer, after: 1h, event: { source: shop, body: { number: 1, says: one } } }
      - { waiting: answer, after: 2h, event: { source: shop, body: { number: 2, says: two } } }
    expect:
      took: 3h
      output: [zero, one, two]
      emits: [done]
`),
  );

  assert.deepEqual(wrong['a'], []);
});

test('what the run emitted is compared in its order', async () => {
  const flow = `flow: demo
triggers: [{ manual: true }]
steps:
  - emit: order.paid
    body: { id: 1, total: 5 }
  - wait: 1h
  - { id: late, emit: order.late }
`;
  const { wrong } = await testDemo(
    flow,
    casesOf(`  - name: right
    expect: { emits: [{ type: order.paid, body: { id: 1 } }, { step: late, at: 1h, exact: true, body: {} }] }
  - name: wrong
    expect: { emits: [{ type: order.paid, exact: true, body: { id: 2 } }, order.paid, order.late] }
  - name: too many
    expect: { emits: [order.paid] }
  - name: another
    expect: { emits: [{ type: order.late, body: { id: 9 } }, { type: order.late, at: 2h }] }
`),
  );

  assert.deepEqual(wrong, {
    right: [],
    wrong: [
      'emits.0.body.id: 2 / 1',
      'emits.0.body.total: undefined / 5',
      'emits.1: "order.paid" / "order.late"',
      'emits.2: "order.late" / undefined',
    ],
    'too many': ['emits.1: undefined / "order.late"'],
    another: ['emits.0.type: "order.late" / "order.paid"', 'emits.1.at: "2h" / "1h"'],
  });
});
