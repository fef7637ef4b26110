// What is wrong with the events that arrive in a case is told before it runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, problemsOf } from './lab.ts';

const WAITING = `flow: demo
triggers: [{ manual: true }]
steps:
  - { id: paid, wait_for: [order.paid, order.free], source: shop, timeout: 1d }
  - { id: other, wait_for: other, source: post, timeout: 1d, on_error: continue }
---
source: shop
auth: none
---
source: post
auth: none
`;

const brokenArrivals: Record<string, [string, string]> = {
  'no moment': [
    '{ event: { source: post } }',
    'missing_field: nothing says when the event arrives | Write `after: 2h` (after the run began), `before: 1h`, `time: 2026-01-05T12:00:00Z`, or `waiting: STEP`.',
  ],
  'two moments': [
    '{ after: 1h, time: 2026-01-05T12:00:00Z, event: { source: post } }',
    'impossible_combination: an event arrives once, and both `after` and `time` stand here | Keep one of them.',
  ],
  'a day that is none': [
    '{ time: 2026-02-31T25:00:00Z, event: { source: post } }',
    'wrong_value: `2026-02-31T25:00:00Z` is no day of the calendar',
  ],
  'nothing that comes': [
    '{ after: 1h }',
    'missing_field: nothing says what arrives | Write `event: { type, body }`, or `delivery: { headers, body }` as its sender posts it.',
  ],
  'two things': [
    '{ after: 1h, event: { source: post }, delivery: {} }',
    'impossible_combination: one thing arrives, and both `event` and `delivery` stand here | Keep one of them.',
  ],
  'fields of the event beside it': [
    '{ after: 1h, type: other }',
    'unknown_field: `type` is not a field of an event that arrives | Write it in the event: `event: { type, body }`.',
  ],
  'a step that waits for nothing': [
    '{ waiting: pad, event: {} }',
    'unknown_step: flow `demo` has no step `pad` | Did you mean `paid`?',
  ],
  'one of several sources': [
    '{ after: 1h, event: {} }',
    'missing_field: the flow waits for events of several sources: `shop`, `post` | Say which one with `source`, or `waiting: STEP`.',
  ],
  'one of several types': [
    '{ waiting: paid, event: {} }',
    'missing_field: the flow waits for events of several types: `order.paid`, `order.free` | Say which one with `type`.',
  ],
  'a source that is not there': [
    '{ after: 1h, event: { source: shopp } }',
    'wrong_value: there is no source `shopp` | Did you mean `shop`?',
  ],
  'a delivery of an event of flows': [
    '{ after: 1h, delivery: { source: emit } }',
    "wrong_value: events of `emit` are nobody's delivery | Write `event` instead of `delivery`.",
  ],
  'a decision': [
    '{ after: 1h, event: { source: approval, type: x } }',
    'wrong_value: decisions of people do not arrive as events | Say them in `approvals`.',
  ],
  'a type that nobody waits for': [
    '{ after: 1h, event: { source: shop, type: order.payed } }',
    'wrong_value: no step waits for events of type `order.payed` from `shop` | Did you mean `order.paid`?',
  ],
};

for (const [what, [entry, expected]] of Object.entries(brokenArrivals)) {
  test(`an arrival with ${what} is told`, async () => {
    const problems = await problemsOf(WAITING, casesOf(`  - name: a\n    arrives:\n      - ${entry}\n`));
    assert.deepEqual(
      problems.map((text) => text.replace(/^[\d:]+ /, '')),
      [expected],
    );
  });
}
