// A person decides in a real browser: from the mail with the links over a form to the run that goes on, also while Temporal is away.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { findServerBinary } from '../../src/temporal/binary.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/temporal/embedded.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { startBrowser } from '../support/browser.ts';
import { freePorts } from '../support/free-port.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const FLOWS = `
connection: mail
connector: email
with: { url: "\${{ config.SMTP_URL }}", from: refunds@example.com }
---
source: shop
auth: none
delivery_id: body:id
---
flow: refund
triggers:
  - event: "*"
    source: shop
steps:
  - id: answer
    approve:
      title: "Refund \${{ event.body.amount }} € to \${{ event.body.customer }}?"
      who: [Ada Lovelace, Grace Hopper]
      form:
        type: object
        required: [amount, account]
        properties:
          amount: { type: number, title: Amount to refund, description: "In euros, at most 500.", minimum: 1, maximum: 500 }
          account: { enum: [main, travel], title: Account }
          urgent: { type: boolean, title: Send it today }
      notify:
        - uses: email.send
          connection: mail
          with:
            to: finance@example.com
            subject: A refund waits
            text: |
              approve \${{ steps.answer.links.approve }}
              reject \${{ steps.answer.links.reject }}
              page \${{ steps.answer.links.page }}
    timeout: 1h
output: \${{ steps.answer.output }}
`;

const MAIL_WAIT_MS = 60_000;

let folder: string;
let startServer: () => Promise<EmbeddedServer>;
let server: EmbeddedServer;
let harness: Harness;
let browser: Browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-approvals-'));
  await writeFile(join(folder, 'flows.yaml'), FLOWS);
  const browserStarts = startBrowser();
  const binary = await findServerBinary({ progress: () => undefined });
  const [port, uiPort] = await freePorts(2);
  const options = { binary, dataDir: join(folder, 'temporal'), namespace: 'default' };
  const logger = pino({ level: 'silent' });
  startServer = () => startEmbeddedServer({ ...options, port: port!, uiPort: uiPort!, logger });
  server = await startServer();
  harness = await startHarness({ flows: join(folder, 'flows.yaml'), env: { TEMPORAL_ADDRESS: server.address } });
  browser = await browserStarts;
  const errors = harness.hookline.catalog().problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
});
after(async () => {
  await browser?.close();
  await harness?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a run, and waits for the links that it mails. */
async function askedFor(id: string, customer = 'Zoë'): Promise<{ approve: string; reject: string; page: string }> {
  const mailed = harness.mailbox.mails.length;
  const { status } = await harness.post('shop', { id, amount: 120, customer });
  assert.equal(status, 202);
  const deadline = Date.now() + MAIL_WAIT_MS;
  while (harness.mailbox.mails.length === mailed) {
    assert.ok(Date.now() < deadline, 'the mail with the links came');
    await sleep(25);
  }
  const { text } = harness.mailbox.mails[mailed]!;
  const link = (name: string): string => new RegExp(`^${name} (http\\S+)$`, 'm').exec(text)![1]!;
  return { approve: link('approve'), reject: link('reject'), page: link('page') };
}

async function opened(link: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
  await page.goto(link);
  return page;
}

async function outputOf(id: string): Promise<JsonObject> {
  const outcome = await harness.waitForRun('refund', `shop~${id}`);
  assert.equal(outcome.state, 'completed', JSON.stringify(outcome));
  return (outcome as { output: JsonObject }).output;
}

/** Fills the form in. A real browser encodes and posts it; no script of the page takes part. */
async function fillIn(page: Page, amount: string): Promise<void> {
  await page.getByLabel('Amount to refund').fill(amount);
  await page.getByLabel('Account').selectOption('travel');
  await page.getByLabel('Send it today').check();
  await page.getByLabel('Grace Hopper').check();
  await page.getByLabel('Comment').fill('fine\nwith me');
}

test('the link of the mail leads to a form; a wrong one is told beside its field, a right one lets the run go on', async () => {
  const { approve, reject } = await askedFor('r-1', '<b>Zoë</b>');
  const page = await opened(approve);
  assert.equal(await page.getByRole('heading').innerText(), 'Refund 120 € to <b>Zoë</b>?');
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.equal(overflow, 0, 'a phone shows all of its width');

  await fillIn(page, '900');
  await page.getByRole('button', { name: 'Approve' }).click();
  const amount = page.getByLabel('Amount to refund');
  assert.equal(await amount.getAttribute('aria-invalid'), 'true');
  const fault = page.locator(`#${(await amount.getAttribute('id'))!}-fault`);
  assert.equal(await fault.innerText(), 'Must be at most 500.');
  assert.equal(await amount.inputValue(), '900');
  assert.equal(await page.getByLabel('Comment').inputValue(), 'fine\nwith me');

  await amount.fill('99.50');
  await page.getByRole('button', { name: 'Approve' }).click();
  assert.match(await page.getByRole('status').innerText(), /Approved[\s\S]*by Grace Hopper/);
  await page.reload();
  assert.match(await page.getByRole('status').innerText(), /Approved/, 'loading it again posts nothing');

  const { at, ...output } = await outputOf('r-1');
  assert.ok(Math.abs(Date.parse(at as string) - Date.now()) < 60_000);
  assert.deepEqual(output, {
    approved: true,
    decision: 'approved',
    by: 'Grace Hopper',
    comment: 'fine\nwith me',
    form: { amount: 99.5, account: 'travel', urgent: true },
    via: 'link',
  });
  const late = await opened(reject);
  assert.match(await late.getByRole('status').innerText(), /Approved[\s\S]*by Grace Hopper/);
  assert.equal(await late.getByRole('button').count(), 0);
});

test('a decision while Temporal is away is shown at once, and the run takes it when it is back', async () => {
  const { reject } = await askedFor('r-2');
  await server.stop();
  const page = await opened(reject);
  await page.getByLabel('Ada Lovelace').check();
  await page.getByRole('button', { name: 'Reject' }).click();
  assert.match(await page.getByRole('status').innerText(), /Rejected[\s\S]*by Ada Lovelace/);
  server = await startServer();
  const { approved, by, via, form } = await outputOf('r-2');
  assert.deepEqual([approved, by, via, form], [false, 'Ada Lovelace', 'link', { urgent: false }]);
});

test('the API shows what waits, decides it, and a cancelled run closes what it asked', async () => {
  await askedFor('r-3');
  const cancelled = await askedFor('r-4');
  const list = async (): Promise<{ id: string; run: string; title: string }[]> => {
    const answer = await fetch(`${harness.hookline.url}/api/approvals?flow=refund`);
    return ((await answer.json()) as { approvals: { id: string; run: string; title: string }[] }).approvals;
  };
  const open = await list();
  assert.deepEqual(
    open.map(({ run }) => run),
    ['refund/shop~r-4', 'refund/shop~r-3'],
  );
  assert.equal(open[1]!.title, 'Refund 120 € to Zoë?');
  const decided = await fetch(`${harness.hookline.url}/api/approvals/${open[1]!.id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ decision: 'approved', by: 'a program', form: { amount: 1, account: 'main' } }),
  });
  assert.equal(decided.status, 200);
  const { by, via, form } = await outputOf('r-3');
  assert.deepEqual([by, via, form], ['a program', 'api', { amount: 1, account: 'main' }]);

  await harness.client.workflow.getHandle('refund/shop~r-4').cancel();
  assert.equal((await harness.waitForRun('refund', 'shop~r-4')).state, 'failed');
  assert.deepEqual(await list(), []);
  const page = await opened(cancelled.page);
  assert.match(await page.getByRole('main').innerText(), /This is closed/);
});
