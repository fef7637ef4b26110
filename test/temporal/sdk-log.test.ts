// What the log says of failed runs and calls: where and what kind, and nothing that a sender or a service wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { isRoutine, sdkFields } from '../../src/temporal/sdk-log.ts';

test('a failed run is named with its step and place, without its message', () => {
  const error = new Error('step `reserve` (flows/shop.yaml:12): No "blue (large)" left for ada@example.com');
  const fields = sdkFields('Workflow failed', { workflowId: 'shop/1', error, sdkComponent: 'worker' });
  assert.deepEqual(fields, { workflowId: 'shop/1', step: 'reserve', at: 'flows/shop.yaml:12' });
});

test('a failed call is named with its code and status, without its message and body', () => {
  const error = ApplicationFailure.create({
    message: 'GET https://crm.example/people/ada@example.com answered 422 (attempt 2)',
    type: 'http_status',
    details: [{ status: 422, body: 'ada@example.com', attempt: 2 }],
  });
  const fields = sdkFields('Activity failed', { activityType: 'http.request', attempt: 2, error, durationMs: 5 });
  assert.deepEqual(fields, { activityType: 'http.request', attempt: 2, code: 'http_status', status: 422 });
});

test('a message of any other form is not shown, and the SDK’s own troubles are', () => {
  assert.deepEqual(sdkFields('Workflow failed', { error: new Error('ada@example.com') }), {});
  assert.deepEqual(sdkFields('Worker failed', { taskQueue: 'q', error: new Error('no connection') }), {
    taskQueue: 'q',
    reason: 'no connection',
  });
  assert.deepEqual(sdkFields('Worker state changed'), {});
});

test('an activity that looks again until a run has ended is no trouble', () => {
  const open = ApplicationFailure.retryable('order/1 still runs', 'run_open');
  assert.equal(isRoutine('Activity failed', { error: open }), true);
  assert.equal(isRoutine('Activity failed', { error: ApplicationFailure.retryable('no', 'network') }), false);
  assert.equal(isRoutine('Workflow failed', { error: open }), false);
  assert.equal(isRoutine('Activity failed'), false);
});
