// file-uploaded on a real Temporal server: sizes, parts side by side, and a status that is always written back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'file-uploaded';
const FILE = 'GET /files/files/file_7Hq2';
const STATUS = 'PATCH /files/files/file_7Hq2';
const SPLIT = 'POST /processor/documents';
const ANY_PART = 'PUT /processor/documents/file_7Hq2/parts/*';
const part = (name: string): string => `PUT /processor/documents/file_7Hq2/parts/${name}`;

const harness = sharedHarness(({ outside }) => {
  outside.on(FILE, { body: { size: 284113, download_url: 'https://files.example.com/d/7Hq2' } });
  outside.on(STATUS, { status: 200, body: {} });
  outside.on(SPLIT, { status: 201, body: { parts: ['p1', 'p2', 'p3', 'p4', 'p5'] } });
  outside.on(ANY_PART, (call) => ({ body: { id: `indexed-${call.path.split('/').at(-1)}` } }));
});

const statuses = (): string[] => harness.outside.callsTo(STATUS).map((call) => call.body.status);

test('every part is indexed once, in a call of its own, and the status is written back', async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { status: 'indexed', parts: 5, failed_parts: [] });
  assert.deepEqual(harness.outside.callsTo(SPLIT)[0]?.body, {
    file_id: 'file_7Hq2',
    content_type: 'application/pdf',
    download_url: 'https://files.example.com/d/7Hq2',
  });
  const parts = harness.outside.callsTo(ANY_PART);
  assert.deepEqual(parts.map((call) => call.body.position).sort(), [0, 1, 2, 3, 4]);
  assert.equal(new Set(parts.map((call) => call.key)).size, 5);
  assert.deepEqual(statuses(), ['indexed']);
});

test('at most three parts are on their way at once', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  harness.outside.on(ANY_PART, { body: { id: 'x' }, after: released });
  const answer = await harness.send(FLOW);
  await harness.outside.waitFor(ANY_PART, 3);
  const held = harness.outside.callsTo(ANY_PART).map((call) => call.body.position);
  release();
  const run = await harness.waitForRun(FLOW, answer.body.id);

  assert.deepEqual(held.sort(), [0, 1, 2]);
  assert.equal(run.state, 'completed');
  assert.equal(harness.outside.callsTo(ANY_PART).length, 5);
});

test("a file that is too big is refused by the store's figure, whatever the uploader said", async () => {
  harness.outside.on(FILE, { body: { size: 50_000_001 } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { status: 'too_large', parts: 0 });
  assert.equal(harness.outside.callsTo(SPLIT).length, 0);
  assert.deepEqual(statuses(), ['too_large']);
});

test('a part that cannot be read does not lose the others', async () => {
  harness.outside.on(part('p2'), { status: 422, body: { error: 'unreadable' } });
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { status: 'partly_indexed', parts: 5, failed_parts: [1] });
  assert.deepEqual(statuses(), ['partly_indexed']);
});

test('a file of which no part can be read makes the run fail', async () => {
  harness.outside.on(ANY_PART, { status: 422, body: { error: 'unreadable' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.code, 'nothing_indexed');
  assert.deepEqual(statuses(), ['failed']);
});

test('a processor that refuses makes the run fail, and the status is still written back', async () => {
  harness.outside.on(SPLIT, { status: 415, body: { error: 'no PDF today' } });
  const run = await harness.run(FLOW);

  assert.equal(run.state === 'failed' && run.error.step, 'split');
  assert.equal(run.state === 'failed' && run.error.status, 415);
  assert.deepEqual(statuses(), ['failed']);
});

test('a file id that would change the URL is refused by the schema', async () => {
  const answer = await harness.send(FLOW, (body) => (body.data.file_id = '../admin'));

  assert.equal(answer.status, 422);
  assert.match(JSON.stringify(answer.body), /file_id/);
  assert.equal(harness.outside.calls.length, 0);
});

test('events of another type start nothing', async () => {
  const deleted = await harness.send(FLOW, (body) => (body.type = 'file.deleted'));
  await harness.run(FLOW);

  assert.equal(await harness.hasRun(FLOW, deleted.body.id), false);
  assert.equal(harness.outside.callsTo(FILE).length, 1);
});
