// log.write: a line in Hookline's own log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, rememberingLogger, runAttempt } from './attempt.ts';

test('a line is written with its level, its fields apart from ours, and who wrote it', async () => {
  const { logger, lines } = rememberingLogger();
  const activities = activitiesOf({ logger });
  const output = await runAttempt(activities, 'log.write', {
    level: 'warn',
    message: 'low stock',
    fields: { step: 'mine', left: 2 },
  });
  assert.deepEqual(output, {});
  assert.deepEqual(lines, [
    {
      level: 'warn',
      message: 'low stock',
      fields: { flow: 'flow', run: 'flow/event', step: 'step', fields: { step: 'mine', left: 2 } },
    },
  ]);
  await runAttempt(activities, 'log.write', { message: 'plain' });
  assert.equal(lines[1]?.level, 'info');
});

test('an unknown level or a missing message is refused', async () => {
  const activities = activitiesOf();
  const inputs: JsonObject[] = [{ message: 'm', level: 'fatal' }, {}, { message: 7 }];
  for (const input of inputs) {
    assert.equal((await failAttempt(activities, 'log.write', input)).code, 'invalid_input');
  }
});
