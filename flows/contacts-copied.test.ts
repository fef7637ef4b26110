// contacts-copied on a real Temporal server: lists of several pages, of none, and a page that comes late.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedHarness } from '../test/support/shared-harness.ts';
import type { OutsideAnswer, OutsideCall } from '../test/support/outside.ts';

const FLOW = 'contacts-copied';
const PAGE = 'GET /crm/contacts';
const MEMBERS = 'PUT /newsletter/lists/roastery-letter/members/*';
const PAGES = 7;
const PAGE_SIZE = 5;

/** Page `number` of a list; every fifth contact wants no newsletter. */
function page({ query }: OutsideCall): OutsideAnswer {
  const number = Number(query['cursor'] ?? 0);
  const contacts = Array.from({ length: PAGE_SIZE }, (_, position) => {
    const id = number * PAGE_SIZE + position;
    return { id, email: `person+${id}@example.com`, name: `Person ${id}`, newsletter: id % 5 !== 0, changed_at: 'now' };
  });
  return { body: { contacts, next_cursor: number + 1 < PAGES ? String(number + 1) : null } };
}

const harness = sharedHarness(({ outside }) => {
  outside.on(PAGE, page);
  outside.on(MEMBERS, { body: {} });
});

test('everybody on every page who agreed is copied, once', async () => {
  const run = await harness.run(FLOW);

  const copied = PAGES * (PAGE_SIZE - 1);
  assert.deepEqual(run.state === 'completed' && run.output, { copied, last_cursor: '' });
  assert.deepEqual(
    harness.outside.callsTo(PAGE).map(({ query }) => query['cursor']),
    [undefined, '1', '2', '3', '4', '5', '6'],
  );
  assert.equal(harness.outside.callsTo(PAGE)[0]?.query['since'], '2026-11-20T00:00:00Z');
  const calls = harness.outside.callsTo(MEMBERS);
  assert.equal(calls.length, copied);
  assert.equal(new Set(calls.map(({ path }) => path)).size, copied);
  assert.equal(new Set(calls.map(({ key }) => key)).size, copied);
  assert.ok(calls.some(({ path }) => path.endsWith('/person%2B34%40example.com')));
});

test('an empty page ends it, whatever cursor it brings', async () => {
  harness.outside.on(PAGE, { body: { contacts: [], next_cursor: 'again' } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { copied: 0, last_cursor: '' });
  assert.equal(harness.outside.callsTo(PAGE).length, 1);
});

test('a page that cannot be had ends the run with what it lacks, and says which page it was', async () => {
  harness.outside.on(PAGE, page, page, { status: 403 });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.step, 'page');
  assert.equal(run.state === 'failed' && run.error.index, 2);
  assert.equal(harness.outside.callsTo(MEMBERS).length, 8);
});
