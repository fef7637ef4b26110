// Runs that wait while the file of their flow is edited, renamed, broken or deleted: each goes on by the definition that it began
// with, on the whole of Hookline, and what begins afterwards follows the file as it is.
import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startHarness, type Harness } from '../support/harness.ts';
import { eventually } from '../temporal/support.ts';

const SOURCE = `
source: shop
auth: none
event_type: body:type
delivery_id: body:id
`;

/** A flow that waits, makes calls and says which version of itself it is. */
const flowText = (name: string, version: string): string => `flow: ${name}
triggers:
  - event: ${name}.created
    source: shop
steps:
  - id: paid
    wait_for: paid
    source: shop
    where: { body.order: "\${{ event.body.order }}" }
    timeout: 1h
  - foreach: "[1, 2, 3]"
    as: part
    steps:
      - uses: http.request
        with: { method: POST, url: "\${{ config.CRM_URL }}/${version}/\${{ part }}" }
  - emit: ${name}.done
    body: { version: ${version} }
finally:
  - uses: http.request
    with: { method: POST, url: "\${{ config.CRM_URL }}/${version}/end" }
output: ${version}
`;

const FLOWS = ['edited', 'renamed', 'broken', 'deleted'];

let folder: string;
let harness: Harness;
const fileOf = (flow: string): string => join(folder, `${flow}.yaml`);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-versions-'));
  await writeFile(join(folder, 'source.yaml'), SOURCE);
  for (const flow of FLOWS) await writeFile(fileOf(flow), flowText(flow, 'old'));
  harness = await startHarness({ flows: folder, watch: true });
  harness.outside.on('POST /*', {});
});
after(async () => {
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Sends an event and gives the id that it has as an event. */
async function send(type: string, order: string): Promise<string> {
  const { status, body } = await harness.post('shop', { id: `${type}-${order}`, type, order });
  assert.ok(status === 202 || status === 200, `${type} was answered ${status}`);
  return body.id as string;
}

const waiting = async (): Promise<number> => {
  const text = await (await fetch(`${harness.hookline.url}/metrics`)).text();
  return Number(/^hookline_waits\{rows="waiters"\} (\d+)/m.exec(text)?.[1] ?? 0);
};

const loaded = (): string[] => [...harness.hookline.catalog().flows.keys()].sort();

test('runs go on by the definition that they began with, whatever becomes of the file', async () => {
  const begun = new Map<string, string>();
  for (const flow of FLOWS) begun.set(flow, await send(`${flow}.created`, flow));
  await eventually('all wait', async () => (await waiting()) === FLOWS.length);

  await writeFile(fileOf('edited'), flowText('edited', 'new'));
  await writeFile(fileOf('renamed'), flowText('another', 'new'));
  await rename(fileOf('renamed'), fileOf('another'));
  await writeFile(fileOf('broken'), 'flow: broken\nsteps: [');
  await rm(fileOf('deleted'));
  await eventually('the flows are loaded again', () =>
    Promise.resolve(!loaded().includes('deleted') && !loaded().includes('renamed') && loaded().includes('another')),
  );

  for (const flow of FLOWS) await send('paid', flow);
  for (const flow of FLOWS) {
    const run = await harness.waitForRun(flow, begun.get(flow)!);
    assert.deepEqual(run.state === 'completed' ? run.output : run, 'old', flow);
  }
  assert.equal(harness.outside.callsTo('POST /crm/new/*').length, 0);
  for (const part of ['1', '2', '3', 'end']) {
    assert.equal(harness.outside.callsTo(`POST /crm/old/${part}`).length, FLOWS.length, part);
  }
});

test('what begins afterwards follows the file as it is', async () => {
  harness.outside.reset();
  harness.outside.on('POST /*', {});
  const edited = await send('edited.created', 'later');
  const deleted = await send('deleted.created', 'later');
  await send('paid', 'later');
  const run = await harness.waitForRun('edited', edited);
  assert.deepEqual(run.state === 'completed' ? run.output : run, 'new');
  assert.equal(await harness.hasRun('deleted', deleted), false);
  assert.equal(harness.outside.callsTo('POST /crm/old/*').length, 0);
});
