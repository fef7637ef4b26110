// What goes on after a death: a call in flight, a run that waits, and edits of the flow meanwhile.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandLine } from '../../src/temporal/server-process.ts';
import { openCrashLab, LAB_SECRETS, type CrashLab } from '../support/crash-lab.ts';
import { postTo, waitForRun } from '../support/harness.ts';

/** The promise is 10 s after the restart; the test waits no longer than that for the call to be made again. */
const RECOVERY_MS_MAX = 10_000;

let lab: CrashLab;
let flows: string;
before(async () => {
  flows = await mkdtemp(join(tmpdir(), 'hookline-flows-'));
  await cp(join(import.meta.dirname, 'flows'), flows, { recursive: true });
  lab = await openCrashLab(flows);
});
after(async () => {
  await lab.end();
  await rm(flows, { recursive: true, force: true });
});

test('a call that was in flight when the process was killed is made again, under the same key, within 10 s', async (t) => {
  await lab.start();
  lab.outside.on('POST /first', { after: new Promise(() => undefined) }, {});
  lab.outside.on('POST /second', {});
  assert.ok(await lab.post('in-flight'));
  await lab.outside.waitFor('POST /first');
  await lab.kill();
  await lab.start();
  const startedAt = performance.now();
  const calls = await lab.outside.waitFor('POST /first', 2, RECOVERY_MS_MAX);
  t.diagnostic(`made again ${Math.round(performance.now() - startedAt)} ms after the restart was ready`);
  assert.equal(new Set(calls.map((call) => call.key)).size, 1);
  const outcome = await waitForRun(await lab.client(), 'two-calls', 'crash~in-flight');
  assert.equal(outcome.state, 'completed');
});

test('a waiting run finishes on the flow it began with, though the file was edited, broken and the process restarted', async () => {
  lab.outside.on('POST /last', {});
  const { url } = lab.process();
  const headers = { authorization: `Bearer ${LAB_SECRETS.PATIENT_TOKEN}`, 'idempotency-key': 'pinned' };
  const answer = await postTo(url, 'patient', { wait: '4s' }, headers);
  assert.equal(answer.status, 202);
  const file = join(flows, 'patient.yaml');
  const before = await readFile(file, 'utf8');
  await writeFile(file, before.replace('greeting: hello', 'greeting: changed'));
  await lab.kill();
  await writeFile(file, before.replace('uses: http.request', 'uses: http.requst'));
  await lab.start();
  const [call] = await lab.outside.waitFor('POST /last');
  assert.deepEqual(call?.body, { greeting: 'hello' });
  assert.equal((await waitForRun(await lab.client(), 'patient', answer.body.id)).state, 'completed');
  const refused = await postTo(lab.process().url, 'patient', { wait: '1s' }, headers);
  assert.equal(refused.status, 503, 'the source of a broken flow asks its sender to try again');
  await writeFile(file, before);
});

test('SIGTERM ends the process in order, leaves nothing behind, and the next start goes on', async () => {
  lab.outside.on('POST /last', {});
  const temporalPid = lab.temporalPid();
  const running = lab.process();
  const ended = await running.end('SIGTERM');
  assert.equal(ended.code, 0, running.output());
  assert.equal(await commandLine(temporalPid), '', 'the Temporal server is gone too');
  await lab.start();
  const headers = { authorization: `Bearer ${LAB_SECRETS.PATIENT_TOKEN}`, 'idempotency-key': 'after-stop' };
  const answer = await postTo(lab.process().url, 'patient', { wait: '10ms' }, headers);
  assert.equal((await waitForRun(await lab.client(), 'patient', answer.body.id)).state, 'completed');
});
