// `respond: result`: the sender gets what the flow answers, or where to fetch it later.
import assert from 'node:assert/strict';
import { after, beforeEach, before, describe, it } from 'node:test';
import type { RunResponse } from '../../workflows/definition.ts';
import type { AnswerStart } from '../../src/server/answer.ts';
import { flow, githubSource, LAB_NOW_MS, source, startLab, type Lab } from './lab.ts';

describe('a sender that waits for the result', () => {
  let lab: Lab;
  let asked: { start: AnswerStart; withinMs: number }[] = [];

  before(async () => {
    const settings = { delivery_id: 'header:x-id' };
    lab = await startLab({
      sources: [source('asks', 'none', { settings }), source('both', 'none'), githubSource],
      flows: [
        flow('replier', [{ source: 'asks', respond: 'result', respondWithinMs: 2_000 }], { respondsEarly: true }),
        flow('bystander', [{ source: 'asks' }]),
        flow('one', [{ source: 'both', respond: 'result' }]),
        flow('two', [{ source: 'both', respond: 'result' }]),
      ],
    });
  });
  beforeEach(() => {
    asked = [];
    lab.answer = async () => ({ state: 'pending' });
  });
  after(() => lab.close());

  function answering(response: Partial<RunResponse>): void {
    lab.answer = async (start, withinMs) => {
      asked.push({ start, withinMs });
      return { state: 'answered', response: { status: 200, headers: {}, body: null, ...response } };
    };
  }

  const ask = (id: string): Promise<Response> =>
    lab.post('/hooks/asks', '{"n":1}', { 'content-type': 'application/json', 'x-id': id });

  it('gets its status, headers and JSON, after the delivery was stored with its start leased', async () => {
    let storedBefore = false;
    lab.answer = async (start, withinMs) => {
      asked.push({ start, withinMs });
      storedBefore = await lab.store.hasEvent(start.eventId);
      const claimed = await lab.store.claimStarts(10, 1, LAB_NOW_MS);
      assert.deepEqual(
        claimed.map((claim) => claim.flow).filter((name) => name === 'replier'),
        [],
      );
      return { state: 'answered', response: { status: 201, headers: { 'X-Made': 'yes' }, body: { ok: [true] } } };
    };
    const response = await ask('r-1');
    assert.deepEqual([response.status, await response.json()], [201, { ok: [true] }]);
    assert.equal(response.headers.get('x-made'), 'yes');
    assert.match(response.headers.get('content-type')!, /^application\/json/);
    assert.equal(storedBefore, true);
    assert.equal(asked.length, 1);
    const [{ start, withinMs }] = asked as [(typeof asked)[number]];
    const { claimed, ...run } = start;
    assert.deepEqual(run, { eventId: 'asks~r-1', flow: 'replier', respondsEarly: true });
    assert.equal(withinMs, 2_000);
    const stored = await lab.store.claimStart('asks~r-1', 'replier', 1, LAB_NOW_MS);
    assert.deepEqual(claimed, stored, 'the start is handed on as it was stored');
  });

  it('gets text as text, unless the flow says what it is, and no body with 204', async () => {
    answering({ body: 'done' });
    const text = await ask('r-2');
    assert.deepEqual([text.headers.get('content-type'), await text.text()], ['text/plain; charset=utf-8', 'done']);
    answering({ body: '<ok/>', headers: { 'Content-Type': 'application/xml' } });
    const xml = await ask('r-3');
    assert.deepEqual([xml.headers.get('content-type'), await xml.text()], ['application/xml', '<ok/>']);
    answering({ status: 204, body: { ignored: true } });
    const none = await ask('r-4');
    assert.deepEqual([none.status, await none.text()], [204, '']);
  });

  it('never gets headers of the connection, or ones that are none', async () => {
    answering({
      body: { a: 1 },
      headers: {
        Connection: 'close',
        'Content-Length': '1',
        'Transfer-Encoding': 'chunked',
        'x-bad': 'a\r\nx: y',
        'x y': '1',
      },
    });
    const response = await ask('r-5');
    assert.deepEqual(await response.json(), { a: 1 });
    assert.notEqual(response.headers.get('connection'), 'close');
    assert.equal(response.headers.get('x-bad'), null);
  });

  it("gets the code and message of the flow's own `fail`", async () => {
    lab.answer = async () => ({ state: 'failed', error: { code: 'out_of_stock', message: 'No tea left' } });
    const response = await ask('r-6');
    assert.equal(response.status, 500);
    assert.deepEqual(await response.json(), { error: { code: 'out_of_stock', message: 'No tea left' } });
  });

  it('is not told what went wrong inside the run', async () => {
    for (const code of ['http_status', 'missing_key']) {
      lab.answer = async () => ({ state: 'failed', error: { code, message: 'https://internal.example said 500' } });
      const response = await ask(`r-7-${code}`);
      assert.equal(response.status, 500);
      assert.deepEqual(await response.json(), { error: { code: 'run_failed', message: 'The run failed.' } });
    }
  });

  it('gets 202, the run and a URL when there is no answer in time; the URL gives it later', async () => {
    const response = await ask('r-8');
    assert.equal(response.status, 202);
    const body = (await response.json()) as { id: string; run: string; result: string };
    assert.deepEqual([body.id, body.run], ['asks~r-8', 'replier/asks~r-8']);
    assert.ok(body.result.startsWith(`${lab.url}/runs/replier/asks~r-8/result?token=`));
    assert.equal((await fetch(body.result)).status, 202);
    answering({ status: 422, body: { reason: 'no' } });
    const later = await fetch(`${body.result}&wait=3`);
    assert.deepEqual([later.status, await later.json()], [422, { reason: 'no' }]);
    assert.equal(asked[0]?.withinMs, 3_000);
  });

  it('is told to wait while the run is in the inbox only, and 404 once it is forgotten', async () => {
    const { result } = (await (await ask('r-13')).json()) as { result: string };
    lab.answer = async () => ({ state: 'unknown' });
    assert.equal((await fetch(result)).status, 202);
    await lab.store.settleStarts((await lab.starts()).map(({ id }) => ({ id, state: 'started' })));
    await lab.store.prune(LAB_NOW_MS + 1, LAB_NOW_MS + 1);
    assert.equal((await fetch(result)).status, 404);
  });

  it('gets the same answer for a repeated delivery, which starts nothing new', async () => {
    answering({ body: { n: 1 } });
    const first = await ask('r-9');
    const count = await lab.deliveries();
    const again = await ask('r-9');
    assert.deepEqual([again.status, await again.json()], [first.status, await first.json()]);
    const runs = asked.map(({ start: { eventId, flow } }) => ({ eventId, flow }));
    assert.deepEqual(runs[0], runs[1]);
    assert.equal(asked[1]?.start.claimed, undefined, 'a repeat has no start of its own');
    assert.equal(await lab.deliveries(), count);
  });

  it('gets 202 at once where two flows would answer', async () => {
    const response = await lab.post('/hooks/both', '{}');
    assert.equal(response.status, 202);
    assert.deepEqual(Object.keys((await response.json()) as object), ['id']);
    assert.equal(asked.length, 0);
  });

  it('finds nothing at a result URL of another run, or without its token', async () => {
    const { result } = (await (await ask('r-10')).json()) as { result: string };
    answering({ body: 'private' });
    for (const url of [
      result.replace('asks~r-10', 'asks~r-9'),
      result.replace(/token=.*/, ''),
      result.replace(/token=.*/, 'token=x'),
      `${result}&token=y`,
      result.slice(0, -1),
    ]) {
      const response = await fetch(url);
      assert.equal(response.status, 404, url);
      assert.doesNotMatch(await response.text(), /private/);
    }
    assert.equal((await fetch(result, { method: 'DELETE' })).status, 405);
  });

  it('is told to come back when the process stops while it waits, and new senders to send again', async () => {
    let waiting: (() => void) | undefined;
    const waits = new Promise<void>((resolve) => (waiting = resolve));
    lab.answer = () => {
      waiting!();
      return new Promise(() => undefined);
    };
    const pending = ask('r-11');
    await waits;
    const stopped = lab.stopReceiving();
    const response = await pending;
    assert.equal(response.status, 202);
    assert.match(await response.text(), /"result":/);
    await stopped;
    assert.equal(await lab.store.hasEvent('asks~r-11'), true);
    await assert.rejects(ask('r-12'));
  });
});
