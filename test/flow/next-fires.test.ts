// The next times of a schedule: against the wall clock of its zone, second by second where clocks change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextFires } from '../../src/flow/next-fires.ts';

const next = (cron: string, timezone: string, from: string, count = 3): string[] =>
  nextFires({ cron, timezone }, Date.parse(from), count).map((at) => new Date(at).toISOString());

test('times are told in the zone of the schedule, after the moment that was asked about', () => {
  assert.deepEqual(next('0 9 * * 1-5', 'Europe/Berlin', '2026-01-02T08:00:00Z'), [
    '2026-01-05T08:00:00.000Z',
    '2026-01-06T08:00:00.000Z',
    '2026-01-07T08:00:00.000Z',
  ]);
  assert.deepEqual(next('*/20 * * * *', 'UTC', '2026-01-02T08:00:00Z', 2), [
    '2026-01-02T08:20:00.000Z',
    '2026-01-02T08:40:00.000Z',
  ]);
  assert.deepEqual(next('30 15 8 2 1 *', 'Asia/Kolkata', '2026-01-02T02:45:29.500Z', 1), ['2026-01-02T02:45:30.000Z']);
});

test('a time that the clocks skip does not come, and one that they repeat comes twice', () => {
  assert.deepEqual(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z'), [
    '2026-03-28T01:30:00.000Z',
    '2026-03-30T00:30:00.000Z',
    '2026-03-31T00:30:00.000Z',
  ]);
  assert.deepEqual(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z'), [
    '2026-10-25T00:30:00.000Z',
    '2026-10-25T01:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
});

test('where both kinds of day are restricted either one is enough; a leap day is found years ahead', () => {
  assert.deepEqual(next('0 0 13 * 5', 'UTC', '2026-02-10T00:00:00Z', 2), [
    '2026-02-13T00:00:00.000Z',
    '2026-02-20T00:00:00.000Z',
  ]);
  assert.deepEqual(next('0 12 29 2 *', 'UTC', '2096-03-01T00:00:00Z', 1), ['2104-02-29T12:00:00.000Z']);
});

test('`every` is counted from 1970', () => {
  const fires = nextFires({ everyMs: 7 * 60_000, timezone: 'UTC' }, Date.parse('2026-01-01T00:00:00Z'), 2);
  assert.deepEqual(
    fires.map((at) => at % (7 * 60_000)),
    [0, 0],
  );
  assert.equal(fires[1]! - fires[0]!, 7 * 60_000);
  assert.ok(fires[0]! - Date.parse('2026-01-01T00:00:00Z') <= 7 * 60_000);
});

/** Every minute from one moment to another at which the wall clock of the zone shows one of the times. */
function minutesShowing(times: string[], zone: string, from: string, to: string): string[] {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const found: string[] = [];
  for (let at = Date.parse(from) + 60_000; at <= Date.parse(to); at += 60_000)
    if (times.includes(clock.format(at))) found.push(new Date(at).toISOString());
  return found;
}

test('it is what the wall clock shows minute by minute, where clocks change by an hour, half an hour or at midnight', () => {
  const changes = [
    ['America/New_York', '2026-03-07T00:00:00Z', '2026-03-10T00:00:00Z'],
    ['America/New_York', '2026-10-31T00:00:00Z', '2026-11-03T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-03T00:00:00Z', '2026-04-06T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-02T00:00:00Z', '2026-10-05T00:00:00Z'],
    ['Africa/Cairo', '2026-04-23T00:00:00Z', '2026-04-26T00:00:00Z'],
    ['America/Santiago', '2026-09-05T00:00:00Z', '2026-09-08T00:00:00Z'],
  ] as const;
  for (const [zone, from, to] of changes) {
    const expected = minutesShowing(['00:00', '00:45', '01:45', '02:00', '02:15', '23:45'], zone, from, to);
    const found = ['0 0,2 * * *', '45 0,1,23 * * *', '15 2 * * *']
      .flatMap((cron) => next(cron, zone, from, 20))
      .filter((at) => Date.parse(at) <= Date.parse(to))
      .toSorted();
    assert.deepEqual(found, expected, zone);
  }
});
