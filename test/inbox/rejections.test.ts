// Refused requests are recorded a little later, sampled, and never at the price of memory or of other sources.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { createRejectionLog, REJECTIONS_BURST_MAX, REJECTIONS_PER_SECOND_MAX } from '../../src/inbox/rejections.ts';
import type { RejectionLogOptions } from '../../src/inbox/rejections.ts';
import { StoreUnavailableError, type Rejection } from '../../src/inbox/store.ts';
import { eventually } from '../support/waiting.ts';
import { openStoreFolder, type StoreFolder } from './sqlite-folder.ts';

const NOW = Date.UTC(2026, 0, 15, 12);

function rejection(source: string, at = NOW, reason = 'signature_mismatch'): Rejection {
  return {
    at,
    source,
    status: 401,
    reason,
    method: 'POST',
    address: '203.0.113.7',
    headers: {},
    bodyStart: Buffer.from('forged'),
    bodyBytes: 6,
  };
}

describe('the log of refused requests', () => {
  let folder: StoreFolder | undefined;
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });

  async function openLog(options: Partial<RejectionLogOptions> = {}) {
    folder = await openStoreFolder();
    return createRejectionLog({ store: folder.store, logger, flushIntervalMs: 5, ...options });
  }

  afterEach(async () => {
    await folder?.dispose();
    lines.length = 0;
  });

  it('writes what was refused by itself, and the rest when it stops', async () => {
    const log = await openLog();
    log.add(rejection('shop'));
    await eventually('it is written', async () => (await folder!.store.countRejections({})) > 0);
    log.add(rejection('shop', NOW + 1));
    await log.stop();
    assert.equal(await folder!.store.countRejections({}), 2);
    assert.equal(log.dropped().count, 0);
  });

  it('keeps a few of one source in a second, counts the others, and lets no flood hide another source', async () => {
    const log = await openLog();
    for (let index = 0; index < 1000; index += 1) log.add(rejection('flood'));
    log.add(rejection('quiet'));
    log.add(rejection('flood', NOW + 1000));
    await log.stop();
    const { store } = folder!;
    assert.equal(await store.countRejections({ source: 'flood' }), REJECTIONS_PER_SECOND_MAX + 1);
    assert.equal(await store.countRejections({ source: 'quiet' }), 1);
    assert.equal(log.dropped().count, 1000 - REJECTIONS_PER_SECOND_MAX);
  });

  it('takes all paths that no source has as one', async () => {
    const log = await openLog();
    for (let index = 0; index < 1000; index += 1) log.add(rejection(`guess-${index}`, NOW, 'not_found'));
    await log.stop();
    assert.equal(await folder!.store.countRejections({}), REJECTIONS_PER_SECOND_MAX);
  });

  it('keeps ever less of a source that goes on for hours', async () => {
    let kept = 0;
    const log = createRejectionLog({
      store: { recordRejections: async (batch) => void (kept += batch.length) },
      logger,
    });
    const hourSeconds = 3600;
    for (let second = 0; second < hourSeconds; second += 1) {
      for (let index = 0; index < 20; index += 1) log.add(rejection('flood', NOW + second * 1000));
      if (second % 40 === 0) await log.stop();
    }
    await log.stop();
    assert.ok(kept >= REJECTIONS_BURST_MAX && kept <= REJECTIONS_BURST_MAX + hourSeconds / 5, `${kept} were kept`);
    assert.equal(kept + log.dropped().count, hourSeconds * 20);
  });

  it('holds a bounded number while the store is slow', async () => {
    const batches: number[] = [];
    const log = createRejectionLog({
      store: { recordRejections: async (batch) => void batches.push(batch.length) },
      logger,
    });
    for (let index = 0; index < 5000; index += 1) log.add(rejection(`source-${index}`));
    await log.stop();
    assert.deepEqual(batches, [500]);
    assert.equal(log.dropped().count, 4500);
  });

  it('goes on when the store fails, says so once, and counts what was lost', async () => {
    const log = await openLog({
      store: { recordRejections: () => Promise.reject(new StoreUnavailableError('The disk is full')) },
    });
    for (let round = 0; round < 3; round += 1) {
      log.add(rejection('shop', NOW + round * 1000));
      await log.stop();
    }
    assert.equal(log.dropped().count, 3);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /The disk is full/);
  });
});
