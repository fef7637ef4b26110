// Clocks: how old a signed time is, and whether the signature is right at that time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportText } from '../../src/verify/report.ts';
import { ask, certain, hmac, NOW_MS, NOW_S, SECRET, stripe } from './questions.ts';

const BODY = '{"a":1}';

test('a request that was saved an hour ago: the signature is right, and --at judges it as of then', () => {
  const diagnosis = ask({ provider: 'stripe', headers: stripe(BODY, NOW_S - 3600), body: BODY });
  assert.equal(diagnosis.reason, 'timestamp_stale');
  assert.deepEqual(certain(diagnosis), [
    'time: it was signed 60 min before it is judged, and at most 5 min are taken; the signature itself is right',
  ]);
  assert.match(diagnosis.causes[0]!.fix, new RegExp(`--at ${NOW_S - 3600}`));
  const then = ask({ provider: 'stripe', headers: stripe(BODY, NOW_S - 3600), body: BODY, nowMs: NOW_MS - 3_600_000 });
  assert.equal(then.valid, true);
});

test('a time in the future points at the clocks', () => {
  const diagnosis = ask({ provider: 'stripe', headers: stripe(BODY, NOW_S + 600), body: BODY });
  assert.match(certain(diagnosis)[0] ?? '', /^time: it was signed 10 min after the time at which it is judged/);
  assert.match(diagnosis.causes[0]!.fix, /clock of this machine is slow/);
});

test('milliseconds where seconds are, and seconds where milliseconds are', () => {
  const milliseconds = ask({ provider: 'stripe', headers: stripe(BODY, NOW_MS), body: BODY });
  assert.match(
    certain(milliseconds)[0] ?? '',
    /it looks like milliseconds where this scheme has seconds; the signature itself is right/,
  );
  const settings = { content: '{timestamp}.{body}', timestamp_header: 'x-time', timestamp_unit: 'ms' };
  const headers = { 'x-signature': hmac(SECRET, `${NOW_S}.${BODY}`), 'x-time': String(NOW_S) };
  const seconds = ask({ provider: 'hmac', settings, headers, body: BODY });
  assert.equal(seconds.reason, 'timestamp_stale');
  assert.match(certain(seconds)[0] ?? '', /seconds where this scheme has milliseconds/);
});

test('a stale time does not hide a wrong signature or its cause', () => {
  const wrong = ask({ provider: 'stripe', headers: stripe(BODY, NOW_S - 3600, 'another'), body: BODY });
  assert.deepEqual(certain(wrong), []);
  assert.ok(wrong.causes.some(({ what }) => what.endsWith('as of that time the signature is wrong too')));
  const changed = ask({ provider: 'stripe', headers: stripe(BODY, NOW_S - 3600), body: `${BODY}\n` });
  assert.deepEqual(certain(changed), ['body: it verifies with the body without the newline at its end']);
  assert.ok(
    changed.causes.some(({ kind }) => kind === 'time'),
    'and the time is told as well',
  );
});

test('a time that is no time', () => {
  const diagnosis = ask({ provider: 'stripe', headers: stripe(BODY, `${NOW_S}abc`), body: BODY });
  assert.equal(diagnosis.reason, 'timestamp_malformed');
  assert.ok(diagnosis.causes.some(({ kind }) => kind === 'time'));
});

test('times beyond any date are told, not thrown', () => {
  const diagnosis = ask({ provider: 'stripe', headers: stripe(BODY, '999999999999999'), body: BODY });
  assert.equal(diagnosis.reason, 'timestamp_stale');
  assert.match(reportText(diagnosis), /Unix 999999999999999000 ms/);
});
