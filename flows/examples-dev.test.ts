// `hookline dev` with nothing configured: every example runs to its end against the local sink, which shows what reached
// it. Only the senders' secrets are set here, since a test has to sign what it posts.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { testPorts, prefixed } from '../test/support/environment.ts';
import { exampleFlows, exampleRequest, EXAMPLES, inboundSecrets, type ExampleFlow } from '../test/support/examples.ts';
import { postTo, waitForRun } from '../test/support/harness.ts';
import { endOrphanServer, startProcess, type HooklineProcess } from '../test/support/process.ts';

/** What the sink must have shown of each flow by the end of its run. */
const shown: Record<ExampleFlow, RegExp[]> = {
  'github-issue-to-slack': [/→ slack {2}POST \/chat\.postMessage\n.*#triage/],
  'user-created': [
    /→ crm {2}PUT \/contacts\/usr_/,
    /→ accounts {2}POST \/accounts/,
    /→ email {2}to ada@example\.com: Welcome/,
  ],
  'payment-to-order': [/→ orders {2}POST \/orders\/order-7731\/payments/, /→ email {2}to grace@example\.com: Receipt/],
  'lead-to-newsletter': [/→ newsletter {2}POST \/lists/, /→ partner {2}POST \/\n.*lead\.subscribed/],
  'order-to-shipping': [
    /→ carrier {2}POST \/shipments/,
    /→ shop {2}POST \/orders\/5678901234567/,
    /#1042 is on its way/,
  ],
  'file-uploaded': [
    /→ processor {2}PUT \/documents\/file_7Hq2\/parts\/7/,
    /→ files {2}PATCH \/files\/file_7Hq2\n.*"indexed"/,
  ],
  'project-task-to-team': [/→ slack {2}POST \/chat\.postMessage\n.*#team-ops/],
  'monitoring-alert': [/→ pager {2}POST \/incidents\n/, /→ pager {2}POST \/incidents\/sink-[0-9a-f]+\/escalations/],
  'report-export': [
    /→ reports {2}POST \/exports\n/,
    /→ reports {2}GET \/exports\/sink-/,
    /Your sales-by-region report/,
  ],
  'contacts-copied': [/→ crm {2}GET \/contacts\?since=/],
  'money-transfer': [/→ bank {2}PUT \/accounts\/DE75\/credits\/rent-2026-11/, /→ bank {2}POST \/ledger\n/],
  'message-interceptor': [/→ crm {2}GET \/contacts\/cus_/],
};

let dataDir: string;
let dev: HooklineProcess | undefined;
let connection: Connection;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hookline-dev-'));
  const ports = await testPorts();
  dev = await startProcess(['dev'], {
    ...ports,
    HOOKLINE_FLOWS: EXAMPLES,
    HOOKLINE_DATA_DIR: dataDir,
    HOOKLINE_CONFIG_ESCALATE_AFTER: '100ms',
    ...prefixed('HOOKLINE_SECRET_', inboundSecrets),
  });
  connection = await Connection.connect({ address: `127.0.0.1:${ports['HOOKLINE_TEMPORAL_PORT']}` });
});
after(async () => {
  await connection?.close();
  await dev?.end('SIGINT').catch(() => undefined);
  await endOrphanServer(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

for (const flow of exampleFlows) {
  test(`${flow} runs with nothing configured`, async () => {
    const { source, body, headers } = exampleRequest(flow);
    const answer = await postTo(dev!.url, source, body, headers);
    if (flow === 'message-interceptor') {
      assert.equal(answer.status, 200);
      assert.match(answer.body.text, /^Hi there, /);
    } else {
      assert.equal(answer.status, 202);
      const run = await waitForRun(new Client({ connection }), flow, answer.body.id);
      assert.equal(run.state, 'completed', JSON.stringify(run));
    }
    for (const pattern of shown[flow]) assert.match(dev!.output(), pattern);
  });
}
