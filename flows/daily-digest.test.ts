// daily-digest on a real Temporal server: what is gathered for one person is one email. A list that waits for its day is in
// daily-digest.test.yaml, and what crashes do to it in test/e2e/gathering-crash.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer } from '../test/support/sign.ts';
import { exampleSecrets } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';
import { eventually } from '../test/temporal/support.ts';

/** `size` of the flow. */
const SIZE = 50;

const harness = sharedHarness();

async function happened(to: string, id: string, by = 'bob@example.com'): Promise<void> {
  const body = { type: 'document.commented', id, to, by, document: `Document ${id.split('-').at(-1)}` };
  const answer = await harness.post('activity', body, bearer(exampleSecrets.ACTIVITY_TOKEN));
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
}

test('a full list is one email to its person; what comes after it is the next list', async () => {
  const to = 'full@example.com';
  await happened('other@example.com', 'other-1');
  for (let each = 0; each < SIZE; each += 1) await happened(to, `full-${each % 5}-${each}`);
  await happened(to, 'full-late');

  await eventually('the mail is there', async () => harness.mailbox.to(to).length > 0);
  const [mail, ...others] = harness.mailbox.to(to);
  assert.deepEqual(others, []);
  assert.equal(mail?.subject, `${SIZE} things happened to your documents`);
  assert.equal(mail?.text.match(/left a comment/g)?.length, SIZE);
  assert.deepEqual(harness.mailbox.to('other@example.com'), []);
});

test('what a person does to their own documents is in no list', async () => {
  const to = 'self@example.com';
  for (let each = 0; each < SIZE; each += 1) await happened(to, `self-${each}`, each === 7 ? to : undefined);
  assert.deepEqual(harness.mailbox.to(to), []);
  await happened(to, 'self-last');
  await eventually('the mail is there', async () => harness.mailbox.to(to).length === 1);
});
