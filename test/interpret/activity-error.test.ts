// What a failed activity means to a flow, by the shapes that Temporal's failures have.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activityError } from '../../workflows/activity-error.ts';

const refused = {
  name: 'ApplicationFailure',
  message: 'the service answered 402',
  type: 'http_status',
  details: [{ status: 402, headers: { a: 'b' }, body: { no: true }, attempt: 3 }],
};

describe('a failed activity', () => {
  it("has the connector's code and the service's answer", () => {
    assert.deepEqual(activityError({ name: 'ActivityFailure', message: '', cause: refused }, 10), {
      code: 'http_status',
      message: 'the service answered 402',
      step: null,
      attempt: 3,
      status: 402,
      headers: { a: 'b' },
      body: { no: true },
    });
  });

  it('that ran out of time between two attempts is a time-out whose cause is the last one', () => {
    const error = activityError({ name: 'ActivityFailure', message: '', retryState: 'TIMEOUT', cause: refused }, 10);
    assert.equal(error.code, 'timeout');
    assert.equal(error.cause?.code, 'http_status');
    assert.equal(error.attempt, 3);
    assert.match(error.message, /answered 402/);
  });

  for (const [timeoutType, code] of [
    ['HEARTBEAT', 'worker_lost'],
    ['START_TO_CLOSE', 'attempt_timeout'],
    ['SCHEDULE_TO_CLOSE', 'timeout'],
    ['SCHEDULE_TO_START', 'timeout'],
  ]) {
    it(`by a ${timeoutType} time-out is ${code}`, () => {
      const cause = { name: 'TimeoutFailure', message: 'activity timeout', timeoutType };
      assert.equal(activityError({ name: 'ActivityFailure', message: '', cause }, 10).code, code);
    });
  }

  it('counts the attempts when they are used up', () => {
    const cause = { name: 'TimeoutFailure', message: '', timeoutType: 'HEARTBEAT' };
    const failure = { name: 'ActivityFailure', message: '', retryState: 'MAXIMUM_ATTEMPTS_REACHED', cause };
    assert.equal(activityError(failure, 4).attempt, 4);
  });

  it('keeps the last attempt as the cause of a time-out', () => {
    const cause = { name: 'TimeoutFailure', message: '', timeoutType: 'SCHEDULE_TO_CLOSE', cause: refused };
    assert.equal(activityError({ name: 'ActivityFailure', message: '', cause }, 10).cause?.status, 402);
  });

  it('without a code of ours has one', () => {
    for (const [type, code] of [
      ['TypeError', 'connector_failed'],
      [undefined, 'connector_failed'],
      ['NotFoundError', 'connector_missing'],
    ]) {
      const cause = { name: 'ApplicationFailure', message: 'oops', type };
      assert.equal(activityError({ name: 'ActivityFailure', message: '', cause }, 10).code, code);
    }
    assert.equal(activityError({ name: 'ActivityFailure', message: 'gone' }, 10).code, 'connector_failed');
  });
});
