// Cases of flows with `batch`: what they give is made into the event that a run of theirs gets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, testDemo } from './lab.ts';

const FLOW = `flow: demo
triggers:
  - event: item.*
    source: shop
    if: event.body.id > 0
batch: { period: 1h }
vars: { seen: null }
steps:
  - set: { seen: "\${{ event.body.events.map(each => each.type + ' ' + each.source + ' ' + each.body.id) }}" }
output: { seen: "\${{ vars.seen }}", count: "\${{ event.body.count }}", ids: "\${{ event.body.events.map(each => each.id) }}", type: "\${{ event.type }}" }
---
source: shop
auth: none
`;

async function wrongOf(fields: string): Promise<string[] | undefined> {
  return (await testDemo(FLOW, casesOf(`  - name: batch\n${fields}`))).wrong['batch'];
}

test('a case gives the events of a batch, each as short as it would be alone', async () => {
  const events = `    event:
      type: batch
      body:
        events:
          - { type: item.added, id: first, body: { id: 1 } }
          - { type: item.moved, body: { id: 2 } }
`;
  const expected = `    expect:
      output:
        { seen: [item.added shop 1, item.moved shop 2], count: 2, ids: [first, shop~test-2], type: batch }
`;
  assert.deepEqual(await wrongOf(events + expected), []);
});

test('one event is a batch of one', async () => {
  const event = '    event: { type: item.added, body: { id: 1 } }\n';
  assert.deepEqual(await wrongOf(`${event}    expect: { output: { count: 1, seen: [item.added shop 1] } }\n`), []);
});

test('an event that would not start the flow is in no batch', async () => {
  const events = (second: string): string =>
    `    event: { type: batch, body: { events: [{ type: item.added, body: { id: 1 } }, ${second}] } }\n`;
  const [filtered] = (await wrongOf(events('{ type: item.added, body: { id: 0 } }')))!;
  assert.match(filtered!, /event 2 of the batch: the filter of the trigger .* does not let it through/);
  const [unheard] = (await wrongOf(events('{ type: other, body: { id: 2 } }')))!;
  assert.match(unheard!, /event 2 of the batch: no trigger takes events of type `other`/);
  const [empty] = (await wrongOf('    event: { type: batch, body: { events: [] } }\n'))!;
  assert.match(empty!, /the batch has no events/);
});
