// kill -9 while flows call flows: each call is one run, each caller goes on with what its own gave, and each call outside has one key.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { waitForRun } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';

const ORDERS = Array.from({ length: 16 }, (_, index) => `o-${index}`);
/** Calls outside after which the process is killed: some runs are then called, some are about to be, some have ended. */
const KILLED_AFTER = 12;
const RETRY = 'retry: { max_attempts: 100, delay: 200ms, backoff: 1.5, max_delay: 2s }';

const FLOWS = `
source: orders
auth: none
delivery_id: body:order
---
flow: order
triggers: [{ event: "*", source: orders }]
steps:
  - id: shipped
    parallel:
      parcel: [{ call: ship, input: { order: "\${{ event.body.order }}", what: parcel } }]
      letter: [{ call: ship, input: { order: "\${{ event.body.order }}", what: letter } }]
output: \${{ steps.shipped.output }}
---
flow: ship
triggers: [{ manual: true }]
steps:
  - id: labelled
    uses: http.request
    with: { method: POST, url: "\${{ config.OUTSIDE_URL }}/label", body: "\${{ input }}" }
    ${RETRY}
output: \${{ input.order + " " + input.what }}
`;

let folder: string;
let lab: CrashLab;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-calls-'));
  await writeFile(join(folder, 'flows.yaml'), FLOWS);
  lab = await openCrashLab(folder);
  lab.outside.on('POST /label', {});
});
after(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

/** Sends an order until it is acknowledged, as a sender does. */
async function send(order: string): Promise<void> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ order }) };
  const url = `http://127.0.0.1:${lab.env['HOOKLINE_PORT']}/hooks/orders`;
  await eventually(
    `${order} is acknowledged`,
    async () => (await fetch(url, request).catch(() => undefined))?.status === 202,
  );
}

test('no call is lost and none is made twice', async (t) => {
  await lab.start();
  await Promise.all(ORDERS.map(send));
  await lab.outside.waitFor('POST /label', KILLED_AFTER, 60_000);
  await lab.kill();
  t.diagnostic(`killed after ${lab.outside.callsTo('POST /label').length} calls`);
  await lab.start();
  const client = await lab.client();
  for (const order of ORDERS) {
    const outcome = await waitForRun(client, 'order', `orders~${order}`);
    assert.deepEqual((outcome as { output: unknown }).output, { parcel: `${order} parcel`, letter: `${order} letter` });
  }
  const calls = lab.outside.callsTo('POST /label');
  const keys = new Map(calls.map(({ key, body }) => [key, `${body.order} ${body.what}`]));
  assert.deepEqual(
    [...keys.values()].toSorted(),
    ORDERS.flatMap((order) => [`${order} letter`, `${order} parcel`]).toSorted(),
  );
  await eventually('every run is listed', async () => {
    const { count } = await client.workflow.count('HooklineFlow = "ship"');
    assert.ok(count <= ORDERS.length * 2, String(count));
    return count === ORDERS.length * 2;
  });
});
