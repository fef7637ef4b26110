// docs/receiving.md is true: every command in it is run, in its order, against a Hookline with the examples, and prints what the page says.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EXAMPLES, exampleSecrets } from '../support/examples.ts';
import { open, type Ended, type Running } from '../commands/running.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/receiving.md'), 'utf8');
const SECRET = "It's a Secret to Everybody";
const AT_S = 1_700_000_000;

/** Fenced blocks in the page's order. */
const blocks = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({ language, text: text! }));
const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trimEnd().split('\n'));

let lab: Running;
const ended = new Map<string, Ended>();

before(async () => {
  lab = await open({ copy: EXAMPLES, secrets: { ...exampleSecrets, GITHUB_SECRET: SECRET } });
  const body = 'Hello, World!';
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  await lab.write('body.json', body);
  await lab.write('secret.txt', SECRET);
  await lab.write(
    'request.txt',
    `POST /hooks/github HTTP/1.1\r\nHost: a\r\nX-Hub-Signature-256: sha256=${signature}\r\n\r\n${body}`,
  );
  const stripe = createHmac('sha256', SECRET).update(`${AT_S}.${body}`).digest('hex');
  await lab.write('stripe.txt', `POST /hooks/stripe HTTP/1.1\r\nStripe-Signature: t=${AT_S},v1=${stripe}\r\n\r\n${body}`);
  // Something to be found in the rejected list.
  await fetch(`${lab.url}/hooks/github`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
  let eventId = '';
  for (const line of lines) {
    const run = await lab.shell(line.replace('EVENT-ID', eventId));
    ended.set(line, run);
    eventId = /event {2}(\S+)/.exec(run.stdout)?.[1] ?? eventId;
  }
});
after(() => lab.end());

const outputOf = (part: string): Ended => {
  const line = lines.find((each) => each.includes(part));
  assert.ok(line !== undefined, `no command with ${part}`);
  return ended.get(line)!;
};

test('every command of the page runs, and ends as the page says', () => {
  for (const line of lines) {
    const { code, stderr, stdout } = ended.get(line)!;
    assert.equal(code, line.includes('\\n') ? 1 : 0, `${line}\n${stdout}${stderr}`);
    assert.equal(stderr, '', line);
  }
});

test('the outputs that the page shows are what is printed, but for ids, ports, sizes and how far a start is', () => {
  const same = (text: string): string =>
    text
      .replace(/send-[0-9a-f]{12}/g, 'send-ID')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replace(/ \d+ bytes, signed/g, ' N bytes, signed')
      .replace(/\((?:started|waits)\).*/g, '(STATE)');
  const [sent, invalid, ...more] = blocks.filter(({ language }) => language === 'text');
  assert.deepEqual(more, []);
  assert.equal(same(outputOf('hookline send').stdout), same(sent!.text));
  assert.equal(outputOf("'Hello, World!\\n'").stdout, invalid!.text);
});

test('sources names the URL and who listens; deliveries the delivery that was sent; rejected the one that was not signed', () => {
  assert.match(outputOf('hookline sources').stdout, /hooks\/github[\s\S]*github-issue-to-slack/);
  assert.match(outputOf('deliveries --source').stdout, /issues\.opened/);
  assert.match(outputOf('deliveries show').stdout, /github~send-[0-9a-f]+[\s\S]*github-issue-to-slack/);
  assert.match(outputOf('deliveries rejected').stdout, /github[\s\S]*no signature/);
});

test('the verify commands judge what they say', () => {
  for (const part of ['--request-file request.txt', '--body-file body.json', "'Hello, World!' |", '--at']) {
    assert.match(outputOf(part).stdout, /^valid\n/, part);
  }
});
