// Payloads beyond Temporal's limits travel by reference: bodies of megabytes come in, go out and come back unchanged.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LAB_SECRETS, openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { postTo } from '../support/harness.ts';

/** Bytes of text; Temporal takes blobs of 2 MB and messages of 4 MB. */
const SIZES = [200_000, 1_000_000, 5_000_000, 10_000_000];
/** A call whose worker died is made again about 5 s later, on an idle machine. */
const AGAIN_WITHIN_MS = 60_000;

let lab: CrashLab;
before(async () => {
  lab = await openCrashLab();
  await lab.start();
  lab.outside.on('POST /large', (call) => ({ body: call.body }));
});
after(() => lab.end());

const headers = (key: string): Record<string, string> => ({
  authorization: `Bearer ${LAB_SECRETS.INBOUND_TOKEN}`,
  'idempotency-key': key,
});

for (const size of SIZES) {
  test(`a body of ${size} bytes passes through a run`, async () => {
    const text = 'ø–x'.repeat(Math.floor(size / 6));
    const answer = await postTo(lab.process().url, 'large', { text }, headers(`size-${size}`));
    assert.equal(answer.status, 200, JSON.stringify(answer.body).slice(0, 500));
    assert.equal(answer.body.text, text);
  });
}

test("a body over the source's limit is refused, and the limit is the source's own", async () => {
  const answer = await postTo(lab.process().url, 'large', { text: 'x'.repeat(12_000_001) }, headers('too-large'));
  assert.equal(answer.status, 413);
});

test('a large payload survives the death of the process and the run is replayed from it', async () => {
  let release = (): void => undefined;
  lab.outside.reset();
  lab.outside.on('POST /large', { after: new Promise<void>((resolve) => (release = resolve)) }, (call) => ({
    body: call.body,
  }));
  const text = 'y'.repeat(1_500_000);
  const posting = postTo(lab.process().url, 'large', { text }, headers('killed')).catch(() => undefined);
  await lab.outside.waitFor('POST /large');
  await lab.kill();
  await posting;
  await lab.start();
  const calls = await lab.outside.waitFor('POST /large', 2, AGAIN_WITHIN_MS);
  release();
  assert.deepEqual(calls[1]?.body, { text });
  const again = await postTo(lab.process().url, 'large', { text }, headers('killed'));
  assert.equal(again.status, 200, `a repeat gets the answer of the same run, not ${JSON.stringify(again.body)}`);
  assert.equal(again.body.text, text);
  assert.equal(lab.outside.callsTo('POST /large').length, 2, 'and starts nothing');
});
