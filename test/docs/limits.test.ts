// The limits that the pages list are the constants, all of them, and what happens beyond one is explained.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { expressionRows, limitWords, loadRows, runRows } from '../../src/docs/limit-reference.ts';
import * as loadLimits from '../../src/flow/limits.ts';
import { problemCodes } from '../../src/flow/problem-codes.ts';
import { ERROR_CODES } from '../../workflows/error-codes.ts';
import { EXPRESSION_ERROR_CODES } from '../../workflows/expression/error.ts';
import * as runLimits from '../../workflows/limits.ts';

/** Constants that no author can meet, or that the table of the field they belong to says. */
const untold = [
  // Said by the fields themselves: their defaults, least and greatest values.
  'respondWithinDefaultMs',
  'ratePerSecondMax',
  'ipAllowMax',
  'replayWindowMaxMs',
  'catchUpDefaultMs',
  'catchUpMinMs',
  'scheduleEveryMinMs',
  'admissionLimitMax',
  'batchSizeMax',
  'folderDepthMax',
  'RETRY_DEFAULT',
  // How a run is kept small, quick and alive: nothing that a flow can be over.
  'ATTEMPT_GRACE_MS',
  'HEARTBEAT_TIMEOUT_MS',
  'WAIT_NOTICED_MS_MIN',
  'STEPS_IN_ONE_GO_MAX',
  'PAUSE_MS',
  'CALL_TIME_MS_MIN',
  'WAIT_UNTIL_MS_MIN',
  'HISTORY_EVENTS_MAX',
  'UNDO_HISTORY_EVENTS_MAX',
  'FORGET_TIMEOUT_MS',
  'CALL_END_WAIT_MS',
  'APPROVAL_LOOKBACK_MS',
  'APPROVALS_AGAIN_MAX',
  // Told in docs/approvals.md.
  'APPROVAL_LINKS_MS',
  'APPROVAL_TITLE_CHARACTERS_MAX',
  'APPROVAL_WHO_MAX',
  'REMIND_EVERY_MS_MIN',
  'CANCEL_CALL_TIMEOUT_MS',
  'SUMMARY_BYTES_MAX',
];

test('every limit is on the page, or is none that an author can meet', () => {
  const told = [...Object.keys(loadRows), ...Object.keys(runRows), ...untold];
  assert.deepEqual(Object.keys({ ...loadLimits, ...runLimits }).filter((name) => !told.includes(name)), []);
});

test('what happens beyond a limit is an error that exists', () => {
  const codes = Object.keys({ ...problemCodes, ...ERROR_CODES, ...EXPRESSION_ERROR_CODES });
  for (const rows of [loadRows, runRows, expressionRows]) {
    for (const [name, [, code]] of Object.entries(rows)) assert.ok(code === undefined || codes.includes(code), name);
  }
});

test('a limit is told in the unit of its name', () => {
  assert.equal(limitWords('definitionBytesMax', 1024 * 1024), '1 MiB');
  assert.equal(limitWords('smallBytesMax', 8 * 1024), '8 KiB');
  assert.equal(limitWords('WAIT_MS_MAX', 10 * 365 * 86_400_000), '10 years');
  assert.equal(limitWords('respondWithinMaxMs', 300_000), '5 min');
  assert.equal(limitWords('PAUSE_MS', 1), '1 ms');
  assert.equal(limitWords('stepsMax', 1_000), '1,000');
});

test('prose that repeats a limit says the same', () => {
  const page = readFileSync(new URL('../../docs/flow-language.md', import.meta.url), 'utf8');
  assert.ok(page.includes(`at least ${limitWords('FINALLY_TIMEOUT_MS', runLimits.FINALLY_TIMEOUT_MS).replace('min', 'minutes')}`));
  assert.ok(page.includes(`(${limitWords('ITERATIONS_DEFAULT', runLimits.ITERATIONS_DEFAULT)} unless said)`));
  assert.ok(page.includes(`${runLimits.RETRY_DEFAULT.maxAttempts} times in all unless \`retry\` says otherwise`));
});
