// No byte of a secret in a history, the inbox, Temporal's database or the log; and a body that looks like a secret gets nothing.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LAB_SECRETS, openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { postTo, waitForRun } from '../support/harness.ts';

let lab: CrashLab;
before(async () => {
  lab = await openCrashLab();
  lab.env['HOOKLINE_LOG_LEVEL'] = 'trace';
  await lab.start();
});
after(() => lab.end());

const MARKERS = [
  '${{ secrets.OUTBOUND_KEY }}',
  { secret: 'OUTBOUND_KEY' },
  [{ pointer: '/body/key', parts: [{ secret: 'OUTBOUND_KEY' }] }],
  { secrets: [{ pointer: '/body/note', parts: [{ secret: 'OUTBOUND_TOKEN' }] }] },
];

test('a secret reaches the service and nothing else, though the service sends it back', async () => {
  lab.outside.on('POST /echo', (call) => ({
    body: { sent: call.body, key: call.headers['x-key'], auth: call.headers['authorization'] },
  }));
  lab.outside.on('POST /refuse', (call) => ({
    status: 422,
    body: { refused: call.body, auth: call.headers['authorization'] },
  }));
  const headers = { authorization: `Bearer ${LAB_SECRETS.INBOUND_TOKEN}`, 'idempotency-key': 'one' };
  const answer = await postTo(lab.process().url, 'secretive', { note: MARKERS[0], slots: MARKERS }, headers);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  const client = await lab.client();
  const outcome = await waitForRun(client, 'secretive', answer.body.id);
  assert.equal(outcome.state, 'completed', JSON.stringify(outcome));

  const [call] = lab.outside.callsTo('POST /echo');
  assert.ok(call);
  assert.equal(call.headers['x-key'], LAB_SECRETS.OUTBOUND_KEY);
  assert.equal(call.headers['authorization'], `Bearer ${LAB_SECRETS.OUTBOUND_TOKEN}`);
  assert.deepEqual(call.body, { note: MARKERS[0], key: `prefix ${LAB_SECRETS.OUTBOUND_KEY} suffix`, slots: MARKERS });

  const history = await client.workflow.getHandle(`secretive/${answer.body.id}`).fetchHistory();
  const places = new Map<string, Buffer>([
    ['history', payloadBytes(history)],
    ['result', Buffer.from(JSON.stringify(outcome))],
    ['log', Buffer.from(lab.process().output())],
  ]);
  await lab.process().end('SIGTERM');
  for (const file of readdirSync(lab.dataDir)) {
    const path = join(lab.dataDir, file);
    places.set(file, readFileSync(path));
  }
  assert.ok(places.get('history')!.includes('secretive'), 'the history was really searched');
  assert.ok(
    [...places.keys()].some((name) => name.endsWith('.db')),
    'the databases were really searched',
  );
  for (const [place, bytes] of places) {
    for (const [name, value] of Object.entries(LAB_SECRETS)) {
      for (const form of [value, Buffer.from(value).toString('base64').replace(/=+$/, '')]) {
        assert.equal(bytes.includes(form), false, `${name} stands in ${place}`);
      }
    }
  }
});

/** Everything a history holds, payload bytes decoded. */
function payloadBytes(history: unknown): Buffer {
  const chunks: Buffer[] = [];
  const walk = (value: unknown): void => {
    if (value instanceof Uint8Array) chunks.push(Buffer.from(value), Buffer.from('\n'));
    else if (typeof value === 'string') chunks.push(Buffer.from(`${value}\n`));
    else if (value !== null && typeof value === 'object') for (const member of Object.values(value)) walk(member);
  };
  walk(history);
  return Buffer.concat(chunks);
}
