// What every Store driver must do with refused requests: keep the newest, apart from deliveries, and never more than the limit.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { REJECTED_BODY_BYTES_MAX, REJECTIONS_KEPT_MAX, type Rejection } from '../../src/inbox/store.ts';
import { DAY_MS, NOW, type StoreAtHand } from './deliveries.ts';

function rejection(changes: Partial<Rejection> = {}): Rejection {
  return {
    at: NOW,
    source: 'shop',
    status: 401,
    reason: 'signature_mismatch',
    method: 'POST',
    address: '203.0.113.7',
    headers: { 'user-agent': 'forger' },
    bodyStart: Buffer.from('{"total":'),
    bodyBytes: 9,
    ...changes,
  };
}

export function testRejections(at: StoreAtHand): void {
  it('gives rejections back newest first, as they were, after it was closed too', async () => {
    await at.store().recordRejections([rejection({ reason: 'first' }), rejection({ at: NOW + 1, reason: 'second' })]);
    const store = await at.reopen();
    const [newest, oldest, ...others] = await store.listRejections({ limit: 10 });
    assert.deepEqual(others, []);
    assert.equal(oldest?.reason, 'first');
    const { row, bodyStart, ...rest } = newest!;
    assert.equal(typeof row, 'number');
    assert.equal(Buffer.from(bodyStart).toString(), '{"total":');
    const { bodyStart: _start, ...expected } = rejection({ at: NOW + 1, reason: 'second' });
    assert.deepEqual(rest, expected);
    assert.equal((await store.stats()).deliveries, 0);
  });

  it('never keeps more of a forged body than its first bytes', async () => {
    const large = Buffer.alloc(5 * REJECTED_BODY_BYTES_MAX, 'x');
    await at.store().recordRejections([rejection({ bodyStart: large, bodyBytes: large.length })]);
    const [kept] = await at.store().listRejections({ limit: 1 });
    assert.deepEqual([kept?.bodyStart.length, kept?.bodyBytes], [REJECTED_BODY_BYTES_MAX, large.length]);
  });

  it('lists and counts rejections of a source and since a time, page by page', async () => {
    const store = at.store();
    const sources = ['shop', 'crm', 'shop', 'shop', 'crm'];
    await store.recordRejections(sources.map((source, index) => rejection({ source, at: NOW + index })));
    const times = async (query: Parameters<typeof store.listRejections>[0]): Promise<number[]> =>
      (await store.listRejections(query)).map((each) => each.at - NOW);
    assert.deepEqual(await times({ source: 'shop', limit: 10 }), [3, 2, 0]);
    assert.deepEqual(await times({ since: NOW + 3, limit: 10 }), [4, 3]);
    const page = await store.listRejections({ limit: 2 });
    assert.deepEqual(await times({ limit: 2, beforeRow: page.at(-1)!.row }), [2, 1]);
    assert.equal(await store.countRejections({}), 5);
    assert.equal(await store.countRejections({ source: 'crm', since: NOW + 2 }), 1);
  });

  it('makes room for new rejections by forgetting the oldest', async () => {
    const store = at.store();
    const batch = REJECTIONS_KEPT_MAX / 4;
    for (let round = 0; round < 5; round += 1) {
      const rejections = Array.from({ length: batch }, (_, index) => rejection({ at: NOW + round * batch + index }));
      await store.recordRejections(rejections);
    }
    assert.equal(await store.countRejections({}), REJECTIONS_KEPT_MAX);
    assert.equal(await store.countRejections({ since: NOW + batch }), REJECTIONS_KEPT_MAX);
  });

  it('forgets rejections with the age of delivery ids, more than one step takes', async () => {
    const store = at.store();
    const old = Array.from({ length: 450 }, () => rejection({ at: NOW - 31 * DAY_MS }));
    await store.recordRejections([...old, rejection({ reason: 'young' })]);
    await store.prune(NOW - 7 * DAY_MS, NOW - 30 * DAY_MS);
    const left = await store.listRejections({ limit: 1000 });
    assert.deepEqual(
      left.map((each) => each.reason),
      ['young'],
    );
  });
}
