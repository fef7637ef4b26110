// What the embedded server's tuning means for flows that wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverArguments } from '../../src/temporal/server-arguments.ts';

const settings = { databaseFile: 'temporal.db', host: '127.0.0.1', port: 1, uiPort: 2, namespace: 'default' };

test('timers are not held back by the second that clocks of several servers would need', () => {
  const tuned = serverArguments({ ...settings, tuned: true });
  assert.ok(tuned.includes('history.timerProcessorMaxTimeShift="50ms"'), tuned.join(' '));
  assert.ok(tuned.includes('system.enableActivityEagerExecution=true'));
  assert.equal(serverArguments({ ...settings, tuned: false }).includes('--dynamic-config-value'), false);
});
