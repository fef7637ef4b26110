// What ops see in Temporal's Web UI at 3 a.m., read from the fetched history and search attributes of runs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHarness, type Harness, type RunHistory } from '../support/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.stop());

function text(payload: { data?: Uint8Array | null } | null | undefined): string {
  return payload?.data ? (JSON.parse(Buffer.from(payload.data).toString('utf8')) as string) : '';
}

function scheduled(history: RunHistory): { type: string; summary: string }[] {
  return (history.events ?? [])
    .filter((event) => event.activityTaskScheduledEventAttributes)
    .map((event) => ({
      type: event.activityTaskScheduledEventAttributes?.activityType?.name ?? '',
      summary: text(event.userMetadata?.summary),
    }));
}

test('a run is found by flow, source and event type, and its id says which event of which flow it is', async () => {
  harness.outside.on('POST /slack*', { body: { ok: true, ts: '1.2', channel: 'C1' } });
  const outcome = await harness.run('github-issue-to-slack');
  const handle = harness.client.workflow.getHandle(`github-issue-to-slack/${outcome.eventId}`);
  const description = await handle.describe();
  assert.equal(description.type, 'runFlow');
  const attributes = Object.fromEntries(
    description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
  );
  assert.equal(attributes['HooklineFlow'], 'github-issue-to-slack');
  assert.equal(attributes['HooklineSource'], 'github');
  assert.equal(attributes['HooklineEventType'], 'issues.opened');
  assert.match((await description.staticSummary()) ?? '', /github-issue-to-slack/);
});

test('every activity is named for its connector and says which step it is', async () => {
  harness.outside.on('POST /slack*', { body: { ok: true, ts: '1.2', channel: 'C1' } });
  const { eventId } = await harness.run('github-issue-to-slack');
  const activities = scheduled(await harness.history('github-issue-to-slack', eventId));
  assert.ok(activities.length > 0);
  for (const { type, summary } of activities) {
    assert.match(type, /^[a-z]+\.[a-z_]+$/);
    assert.ok(summary.length > 0 && Buffer.byteLength(summary) <= 200, summary);
  }
});

test('a failed run names the step, its place in the file and the reason', async () => {
  harness.reset();
  harness.outside.on('POST /slack*', { body: { ok: false, error: 'channel_not_found' } });
  const outcome = await harness.run('github-issue-to-slack');
  assert.equal(outcome.state, 'failed');
  const history = await harness.history('github-issue-to-slack', outcome.eventId);
  const failure = (history.events ?? []).at(-1)?.workflowExecutionFailedEventAttributes?.failure;
  assert.match(failure?.message ?? '', /step `?\w+`? \(.*flows\/github-issue-to-slack\.yaml:\d+\)/);
  assert.match(failure?.message ?? '', /channel_not_found/);
  assert.doesNotMatch(failure?.message ?? '', /\n\s+at /, 'no stack trace in the message');
});
