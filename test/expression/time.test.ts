// Times: reading, calendars, zones and their changes of clock. The machine's own zone and clock never matter.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { errorOf, evaluate } from './scope.ts';

function gives(cases: [string, unknown][]): void {
  for (const [text, value] of cases) assert.deepEqual(evaluate(text), value, text);
}

test('times are read from ISO 8601, mail and HTTP dates and Unix times', () => {
  gives([
    ['time.parse("2026-01-31")', '2026-01-31T00:00:00.000Z'],
    ['time.parse("2026-01-31T12:30")', '2026-01-31T12:30:00.000Z'],
    ['time.parse("2026-01-31T12:30:15.1239+02:00")', '2026-01-31T10:30:15.123Z'],
    ['time.parse("2026-01-31 12:30:15-0530")', '2026-01-31T18:00:15.000Z'],
    ['time.parse("2026-01-31T24:00:00Z")', '2026-02-01T00:00:00.000Z'],
    ['time.parse("2016-12-31T23:59:60Z")', '2016-12-31T23:59:59.000Z'],
    ['time.parse("2024-02-29")', '2024-02-29T00:00:00.000Z'],
    ['time.parse("Tue, 15 Nov 1994 08:12:31 GMT")', '1994-11-15T08:12:31.000Z'],
    ['time.parse("15 Nov 1994 08:12:31 -0500")', '1994-11-15T13:12:31.000Z'],
    ['time.parse(1700000000)', '2023-11-14T22:13:20.000Z'],
    ['time.parse(1700000000123)', '2023-11-14T22:13:20.123Z'],
    ['time.parse("1355517523.000005")', '2012-12-14T20:38:43.000Z'],
    ['time.parse("2026-07-01T12:00", "Europe/Berlin")', '2026-07-01T10:00:00.000Z'],
    ['time.parse("2026-07-01T12:00Z", "Europe/Berlin")', '2026-07-01T12:00:00.000Z'],
    ['time.parse("0001-01-01")', '0001-01-01T00:00:00.000Z'],
    ['time.parse("0099-06-01")', '0099-06-01T00:00:00.000Z'],
    ['time.parse(now()) === now()', true],
  ]);
  const wrong = [
    '',
    'yesterday',
    '2026-13-01',
    '2026-02-29',
    '2026-02-30',
    '2026-04-31',
    '2026-01-31T25:00',
    '2026-1-1',
    '31.01.2026',
    '2026-01-31T12:00:00+2',
    '01/02/2026',
  ];
  for (const text of wrong) errorOf(() => evaluate(`time.parse("${text}")`), 'invalid_value');
  errorOf(() => evaluate('time.parse(1e15)'), 'invalid_value');
  errorOf(() => evaluate('time.parse(null)'), 'type_mismatch');
});

test('lengths of time are added by the calendar, in the zone that is given', () => {
  gives([
    ['time.add("2026-01-31T00:00:00Z", "1mo")', '2026-02-28T00:00:00.000Z'],
    ['time.add("2024-02-29", "1y")', '2025-02-28T00:00:00.000Z'],
    ['time.add("2026-03-31", "-1mo")', '2026-02-28T00:00:00.000Z'],
    ['time.add("2026-01-01", "1d12h")', '2026-01-02T12:00:00.000Z'],
    ['time.add("2026-01-01", "-90s")', '2025-12-31T23:58:30.000Z'],
    ['time.add("2026-01-01", 1500)', '2026-01-01T00:00:01.500Z'],
    ['time.add("2026-01-01", "0.5d")', '2026-01-01T12:00:00.000Z'],
    ['time.add("2026-03-28T12:00:00+01:00", "1d", "Europe/Berlin")', '2026-03-29T10:00:00.000Z'],
    ['time.add("2026-03-28T12:00:00+01:00", "24h", "Europe/Berlin")', '2026-03-29T11:00:00.000Z'],
    ['time.add("2026-10-24T12:00:00+02:00", "1d", "Europe/Berlin")', '2026-10-25T11:00:00.000Z'],
    ['time.add("2026-03-28T02:30:00+01:00", "1d", "Europe/Berlin")', '2026-03-29T01:30:00.000Z'],
    ['time.diff("2026-01-02", "2026-01-01")', 86_400_000],
    ['time.diff("2026-01-01", "2026-01-02", "days")', -1],
    ['time.diff("2026-01-01T01:30", "2026-01-01", "hours")', 1.5],
    ['duration("500ms")', 500],
    ['duration("3d")', 259_200_000],
    ['duration("1w 2d")', 777_600_000],
    ['duration("-1h")', -3_600_000],
  ]);
  for (const text of ['', '3', '3 days', 'd3', '1h-30m', '1e9d', '1mo', '∞'])
    errorOf(() => evaluate(`duration("${text}")`), 'invalid_value');
  errorOf(() => evaluate('time.add(now(), "99999y")'), 'invalid_value');
  errorOf(() => evaluate('time.add(now(), "1.5mo")'), 'invalid_value');
  errorOf(() => evaluate('time.diff(now(), now(), "months")'), 'invalid_value');
});

test('clocks that are put forward or back', () => {
  gives([
    ['time.parse("2026-03-29T02:30", "Europe/Berlin")', '2026-03-29T01:30:00.000Z'],
    ['time.parse("2026-10-25T02:30", "Europe/Berlin")', '2026-10-25T00:30:00.000Z'],
    ['time.parse("2026-11-01T01:30", "America/New_York")', '2026-11-01T05:30:00.000Z'],
    ['time.parse("2026-10-04T02:15", "Australia/Lord_Howe")', '2026-10-03T15:45:00.000Z'],
    ['time.format("2026-03-29T00:59:00Z", "HH:mm xxx", "Europe/Berlin")', '01:59 +01:00'],
    ['time.format("2026-03-29T01:00:00Z", "HH:mm xxx", "Europe/Berlin")', '03:00 +02:00'],
    ['time.startOf("2026-03-29T15:00:00Z", "day", "Europe/Berlin")', '2026-03-28T23:00:00.000Z'],
    ['time.startOf("2026-06-01T00:30:00Z", "month", "America/New_York")', '2026-05-01T04:00:00.000Z'],
  ]);
});

test('times are written by Unicode’s letters, in English', () => {
  gives([
    [
      'time.format("2026-02-03T04:05:06.007Z", "yyyy yy M MM MMM MMMM d dd EEE EEEE e")',
      '2026 26 2 02 Feb February 3 03 Tue Tuesday 2',
    ],
    ['time.format("2026-02-03T14:05:06.007Z", "H HH h hh m mm s ss SSS a")', '14 14 2 02 5 05 6 06 007 PM'],
    ['time.format("2026-02-03T00:00:00Z", "hh a")', '12 AM'],
    ["time.format(\"2026-02-03T00:00:00Z\", \"d'th of' MMMM, 'it''s' yyyy ''\")", "3th of February, it's 2026 '"],
    ['time.format("2026-02-03T00:00:00Z", "xxx xx XXX VV", "Asia/Kolkata")', '+05:30 +0530 +05:30 Asia/Kolkata'],
    ['time.format("2026-02-03T00:00:00Z", "XXX", "UTC")', 'Z'],
    ['time.startOf("2026-02-01T10:20:30.5Z", "week")', '2026-01-26T00:00:00.000Z'],
    ['time.startOf("2026-02-01T10:20:30.5Z", "minute")', '2026-02-01T10:20:00.000Z'],
    ['time.startOf("2026-02-01T10:20:30.5Z", "year")', '2026-01-01T00:00:00.000Z'],
  ]);
  assert.match(errorOf(() => evaluate('time.format(now(), "YYYY-MM-DD")'), 'invalid_value').hint ?? '', /yyyy/);
  assert.match(errorOf(() => evaluate('time.format(now(), "d \'open")'), 'invalid_value').hint ?? '', /not closed/);
  errorOf(() => evaluate('time.format(now(), "ok")'), 'invalid_value');
  errorOf(() => evaluate('time.startOf(now(), "decade")'), 'invalid_value');
});

test('zones are names of the tz database, and nothing else', () => {
  for (const zone of ['Berlin', 'Europe/Nowhere', '+02:00', '', 'europe/berlin/x', '../etc', 'constructor']) {
    errorOf(() => evaluate(`time.format(now(), "yyyy", "${zone}")`), 'invalid_value');
  }
  gives([
    ['time.format("2026-07-01T12:00:00Z", "HH:mm", "europe/berlin")', '14:00'],
    ['time.format("2026-07-01T12:00:00Z", "HH:mm", "Etc/GMT+5")', '07:00'],
    ['time.format("0001-01-01T00:00:00Z", "yyyy-MM-dd", "Asia/Tokyo")', '0001-01-01'],
  ]);
});

test('the zone and locale of the machine change nothing', () => {
  const script = `
    import { evaluateExpression } from './workflows/expression/index.ts';
    const scope = { roots: {}, now: () => '2026-03-29T01:30:00.000Z', uuid: () => '' };
    const texts = ['time.parse("2026-03-29T02:30")', 'time.format(now(), "yyyy-MM-dd HH:mm xxx EEEE MMMM")', 'time.startOf(now(), "day")',
      'time.parse("Sun, 29 Mar 2026 02:30:00 GMT")', 'time.add(now(), "1d", "Europe/Berlin")', '"I".toLowerCase() + "ä".toUpperCase()', '(1234.5).toFixed(2)'];
    process.stdout.write(JSON.stringify(texts.map((text) => evaluateExpression(text, scope))));`;
  const outputs = [{ TZ: 'UTC' }, { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }].map(
    (settings) => {
      const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
        env: { ...process.env, ...settings },
        encoding: 'utf8',
      });
      assert.equal(child.status, 0, child.stderr);
      return child.stdout;
    },
  );
  assert.equal(outputs[1], outputs[0]);
  assert.match(outputs[0]!, /2026-03-29T02:30:00\.000Z/);
});
