// What is recorded and logged of refused requests: enough for an author to see why nothing ran, bounded, without credentials.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import pino from 'pino';
import type { Rejection } from '../../src/inbox/store.ts';
import { createRefusalLog, type RefusalLog } from '../../src/server/refusal-log.ts';
import { isExplained } from '../../src/server/reasons.ts';
import type { Reply } from '../../src/server/reply.ts';
import { signGithub } from '../support/sign.ts';
import { flow, GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';

describe('a refused request', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({
      sources: [
        githubSource,
        source('open', 'none', { bodyBytesMax: 3_000 }),
        source('keyed', 'api_key', { settings: { header: 'x-entry' } }),
        source('retired', 'none', { retired: true }),
        source('strict', 'none', { schema: { type: 'object', required: ['n'] } }),
        source('asking', 'none'),
      ],
      flows: [flow('failing', [{ source: 'asking', respond: 'result' }])],
      brokenSources: ['broken'],
      secrets: { API_KEY_SECRET: 'key-of-the-lab' },
    });
  });
  beforeEach(() => void lab.rejections.splice(0));
  after(() => lab.close());

  function only(): Rejection {
    assert.equal(lab.rejections.length, 1);
    return lab.rejections[0]!;
  }

  it('is recorded with its source, status, reason, method, address, time and what was read of its body', async () => {
    await lab.post('/hooks/github', '{"forged":true}', { ...signGithub('{}', 'wrong', 'push', 'd-1') });
    const { headers, bodyStart, ...rejection } = only();
    assert.deepEqual(rejection, {
      at: lab.nowMs,
      source: 'github',
      status: 401,
      reason: 'signature_mismatch',
      method: 'POST',
      address: '127.0.0.1',
      bodyBytes: 15,
    });
    assert.equal(Buffer.from(bodyStart).toString(), '{"forged":true}');
    assert.equal(headers['x-github-delivery'], 'd-1');
    assert.equal(headers['x-hub-signature-256'], '[redacted]');
  });

  it('is recorded whatever it was refused for, and every reason is one that can be explained', async () => {
    const json = { 'content-type': 'application/json' };
    await lab.post('/hooks/nobody', '{}');
    await lab.post('/hooks/broken', '{}');
    await lab.post('/hooks/retired', '{}');
    await fetch(`${lab.url}/hooks/open`, { method: 'PATCH' });
    await lab.post('/hooks/open', '{}', { 'content-type': 'multipart/form-data' });
    await lab.post('/hooks/open', '{}', { ...json, 'content-encoding': 'gzip' });
    await lab.post('/hooks/open', ' '.repeat(3_001));
    await lab.post('/hooks/open', '{');
    await lab.post('/hooks/strict', '{}');
    assert.deepEqual(
      lab.rejections.map(({ status, reason }) => `${status} ${reason}`),
      [
        '404 not_found',
        '503 source_broken',
        '410 retired',
        '405 method_not_allowed',
        '415 unsupported_content_type',
        '415 unsupported_encoding',
        '413 too_large',
        '400 invalid_json',
        '422 schema_mismatch',
      ],
    );
    for (const { reason } of lab.rejections) assert.ok(isExplained(reason), reason);
  });

  it('leaves no more than the first KiB of its body', async () => {
    await lab.post('/hooks/open', `"${'ab'.repeat(1_000)}`);
    const { bodyStart, bodyBytes } = only();
    assert.deepEqual([bodyStart.byteLength, bodyBytes], [1024, 2001]);
    assert.equal(bodyStart.buffer.byteLength, 1024, 'and does not hold the rest in memory');
  });

  it('leaves no secret that stands in its body, whole or cut off', async () => {
    const headers = signGithub('{}', 'wrong', 'push', 'd-1');
    await lab.post('/hooks/github', JSON.stringify({ token: GITHUB_SECRET, more: 1 }), headers);
    assert.equal(Buffer.from(only().bodyStart).toString(), '{"token":"[redacted]","more":1}');
    lab.rejections.splice(0);
    const cut = 'x'.repeat(1024 - 10) + GITHUB_SECRET;
    await lab.post('/hooks/github', cut, { ...headers, 'content-type': 'application/json' });
    assert.equal(Buffer.from(only().bodyStart).toString(), 'x'.repeat(1024 - 10));
  });

  it('leaves no credential and no query, wherever they stand', async () => {
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer hidden-1',
      cookie: 'a=hidden-2',
      'x-auth': 'hidden-3',
      referer: 'https://example.com/page?token=hidden-5',
      'x-original-url': '/hooks/keyed?key=hidden-6#hidden-7',
      'x-plain': 'seen',
    };
    await lab.post('/hooks/keyed?api_key=hidden-8', '{}', { ...headers, 'x-entry': 'hidden-4' });
    await lab.post('/hooks/nobody?api_key=hidden-9', '{}', { ...headers, 'x-entry': 'hidden-10' });
    const text = JSON.stringify(lab.rejections);
    assert.doesNotMatch(text, /hidden/);
    assert.equal(lab.rejections[0]!.headers['x-entry'], '[redacted]');
    assert.match(text, /"x-plain":"seen"/);
    assert.equal(lab.rejections[0]!.headers['referer'], 'https://example.com/page');
    assert.doesNotMatch(lab.log(), /hidden/);
  });

  it('leaves a cut path where there is no such source, and cut headers', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`x-h-${n}`, 'v'.repeat(150)]));
    await lab.post(`/hooks/${'p'.repeat(500)}?secret=1`, '{}', {
      ...many,
      'x-long': 'l'.repeat(3_000),
      [`x-${'n'.repeat(200)}`]: '1',
    });
    const { source: path, headers, bodyBytes } = only();
    assert.deepEqual([path, bodyBytes], ['p'.repeat(200), 0]);
    assert.ok(JSON.stringify(headers).length < 6_000);
    assert.ok(Object.keys(headers).every((name) => name.length <= 100));
  });

  it('is none when a run answered with an error: that request was accepted', async () => {
    lab.answer = async () => ({ state: 'failed', error: { code: 'out_of_stock', message: 'None left.' } });
    assert.equal((await lab.post('/hooks/asking', '{}')).status, 500);
    lab.answer = async () => ({ state: 'answered', response: { status: 404, headers: {}, body: 'no such order' } });
    assert.equal((await lab.post('/hooks/asking', '{}')).status, 404);
    assert.deepEqual(lab.rejections, []);
  });

  it('does not fill the log, however often it comes', async () => {
    const before = lab.log().length;
    const forged = createHmac('sha256', GITHUB_SECRET).update('other').digest('hex');
    for (let n = 0; n < 50; n += 1) {
      await lab.post('/hooks/github', '{}', {
        'content-type': 'application/json',
        'x-hub-signature-256': `sha256=${forged}`,
      });
      await lab.post(`/hooks/nobody-${n}`, '{}');
    }
    assert.equal(lab.rejections.length, 100);
    assert.ok(lab.log().length - before < 1_000, lab.log().slice(before));
  });
});

describe('the log of refusals', () => {
  let nowMs = 0;
  let lines: Record<string, unknown>[] = [];
  let log: RefusalLog;
  const forged: Reply = { status: 401, reason: 'signature_mismatch' };
  const unset: Reply = { status: 401, reason: 'secret_not_set' };

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    nowMs = 0;
    lines = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
    log = createRefusalLog(
      pino({ base: null, timestamp: false, formatters: { level: (level) => ({ level }) } }, { write }),
      () => nowMs,
    );
  });
  afterEach(() => mock.timers.reset());

  function pass(milliseconds: number): void {
    nowMs += milliseconds;
    mock.timers.tick(milliseconds);
  }

  const said = (): unknown[] => lines.map(({ level, source: name, reason, count }) => [level, name, reason, count]);

  it('has the first of a source and reason at once, and then the count of the others every ten seconds', () => {
    for (let n = 0; n < 1_000; n += 1) log.record('github', forged);
    log.record('stripe', forged);
    log.record('github', unset);
    const first = [
      ['warn', 'github', 'signature_mismatch', undefined],
      ['warn', 'stripe', 'signature_mismatch', undefined],
      ['error', 'github', 'secret_not_set', undefined],
    ];
    assert.deepEqual(said(), first);
    pass(9_999);
    assert.deepEqual(said(), first);
    pass(1);
    assert.deepEqual(said().slice(3), [['warn', 'github', 'signature_mismatch', 999]]);
    log.record('github', forged);
    // Stripe's was the only one in its ten seconds, so it is forgotten and the next one is a first one.
    log.record('stripe', forged);
    pass(10_000);
    assert.deepEqual(said().slice(4), [
      ['warn', 'stripe', 'signature_mismatch', undefined],
      ['warn', 'github', 'signature_mismatch', 1],
    ]);
  });

  it('begins anew after ten quiet seconds', () => {
    log.record('github', forged);
    pass(10_000);
    log.record('github', forged);
    assert.equal(lines.length, 2);
  });

  it('says at the end what it has not said yet', () => {
    log.record('github', forged);
    log.record('github', forged);
    log.flush();
    assert.deepEqual(said().at(-1), ['warn', 'github', 'signature_mismatch', 1]);
    pass(60_000);
    assert.equal(lines.length, 2);
  });

  it('has what went wrong on our side, and says so as an error', () => {
    log.record('github', { status: 503, reason: 'store_unavailable', cause: 'disk full' });
    log.record('github', { status: 500, reason: 'internal', cause: new Error('a bug') });
    assert.deepEqual(
      lines.map(({ level, cause, err }) => [level, cause, (err as Error | undefined)?.message]),
      [
        ['error', 'disk full', undefined],
        ['error', undefined, 'a bug'],
      ],
    );
  });
});
