// contact-changed on a real Temporal server: many changes of a contact, one copy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleSecrets } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { bearer } from '../test/support/sign.ts';
import { eventually } from '../test/temporal/support.ts';

const FLOW = 'contact-changed';
const CONTACT = 'GET /crm/contacts/*';
const COPY = 'PUT /newsletter/lists/roastery-letter/members/*';

const harness = sharedHarness(({ outside }) => {
  outside.on(CONTACT, ({ path }) => {
    const id = path.split('/').at(-1);
    return { body: { email: `c${id}@example.com`, name: `Contact ${id}`, newsletter: true } };
  });
  outside.on(COPY, { body: {} });
});

/** The id of the event. */
async function changed(id: number, field: string): Promise<string> {
  const headers = { ...bearer(exampleSecrets.CRM_HOOK_TOKEN), 'idempotency-key': `${id}-${field}` };
  const answer = await harness.post('crm/contact', { id, field }, headers);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return answer.body.id as string;
}

test('a contact that changes many times is copied once, each contact for itself', async () => {
  const fields = ['name', 'phone', 'city', 'street', 'email'];
  const ids = await Promise.all(fields.map((field) => changed(41, field)));
  const other = await changed(42, 'name');

  assert.equal((await harness.waitForRun(FLOW, other)).state, 'completed');
  await eventually('both are copied', async () => harness.outside.callsTo(COPY).length >= 2);
  const copied = harness.outside.callsTo(COPY).map(({ path }) => path.split('/').at(-1));
  assert.deepEqual(copied.toSorted(), ['c41%40example.com', 'c42%40example.com']);
  const runs = await Promise.all(ids.map((id) => harness.hasRun(FLOW, id)));
  assert.equal(runs.filter(Boolean).length, 1);
});
