// email.send: a value from outside never adds a header or a recipient.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt } from './attempt.ts';
import { serveMail } from './mail-server.ts';

const { port, mails } = await serveMail();
const activities = activitiesOf({
  connections: { mail: { connector: 'email', with: { url: `smtp://127.0.0.1:${port}`, from: 'hello@shop.example' } } },
});
const mail = { to: 'ada@example.com', subject: 'Welcome', text: 'Hello' };

const lineBreaks = ['\r\nBcc: evil@example.com', '\nX-Evil: 1', '\r', '\u0000', '\u2028X: 1', '\u0085'];
for (const [field, make] of Object.entries<(text: string) => JsonObject>({
  subject: (text) => ({ ...mail, subject: `Hi${text}` }),
  to: (text) => ({ ...mail, to: `ada@example.com${text}` }),
  'a name in to': (text) => ({ ...mail, to: [`Ada${text} <ada@example.com>`] }),
  cc: (text) => ({ ...mail, cc: `ada@example.com${text}` }),
  from: (text) => ({ ...mail, from: `Shop${text} <a@shop.example>` }),
  reply_to: (text) => ({ ...mail, reply_to: `a@shop.example${text}` }),
  'a file name': (text) => ({ ...mail, attachments: [{ filename: `a${text}.txt`, content: '' }] }),
  'a content type': (text) => ({
    ...mail,
    attachments: [{ filename: 'a', content: '', content_type: `text/plain${text}` }],
  }),
})) {
  test(`a line break in ${field} is refused`, async () => {
    for (const text of lineBreaks) {
      const failed = await failAttempt(activities, 'email.send', make(text), { connection: 'mail' });
      assert.equal(failed.code, 'invalid_input', JSON.stringify(text));
      assert.equal(failed.retryable, false);
    }
    assert.equal(mails.length, 0);
  });
}

test('one text is one recipient: what would be several, or none, is refused', async () => {
  const texts = [
    'a@b.example, evil@c.example',
    'a@b.example; evil@c.example',
    'a@b.example evil@c.example',
    'Team: a@b.example;',
    '<a@b.example>, <c@d.example>',
    'nobody',
    '',
    '@b.example',
    '"a@b.example,"@c.example',
    '-oQ/tmp@b.example',
  ];
  for (const to of texts) {
    const failed = await failAttempt(activities, 'email.send', { ...mail, to }, { connection: 'mail' });
    assert.equal(failed.code, 'invalid_input', to);
  }
  assert.equal(
    (await failAttempt(activities, 'email.send', { ...mail, to: [] }, { connection: 'mail' })).code,
    'invalid_input',
  );
  assert.equal(mails.length, 0);
});
