// project-task-to-team on a real Temporal server: which changes of a task are news, and where they go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleRequest } from '../test/support/examples.ts';
import { sharedHarness } from '../test/support/shared-harness.ts';

const FLOW = 'project-task-to-team';
const POST_MESSAGE = 'POST /slack/chat.postMessage';
const LINK =
  '<https://linear.app/north-coffee/issue/OPS-88/replace-the-grinder-in-rotterdam|OPS-88 Replace the grinder in Rotterdam>';

const harness = sharedHarness(({ outside }) => {
  outside.on(POST_MESSAGE, { body: { ok: true } });
});

const messages = (): unknown[] => harness.outside.callsTo(POST_MESSAGE).map(({ body }) => [body.channel, body.text]);

test("a finished task is told in its team's channel", async () => {
  const run = await harness.run(FLOW);

  assert.deepEqual(run.state === 'completed' && run.output, { told: true });
  assert.deepEqual(messages(), [['#team-ops', `:white_check_mark: Katherine Johnson finished ${LINK}`]]);
});

test('a new urgent task is told', async () => {
  await harness.run(FLOW, (body) => {
    body.action = 'create';
    body.data.priority = 1;
    body.data.state = { name: 'Todo', type: 'unstarted' };
    delete body.updatedFrom;
  });

  assert.deepEqual(messages(), [['#team-ops', `:rotating_light: Urgent: ${LINK}`]]);
});

test('a removed task is told', async () => {
  await harness.run(FLOW, (body) => (body.action = 'remove'));

  assert.deepEqual(messages(), [['#team-ops', `:wastebasket: ${LINK} was removed`]]);
});

test('a change of the title of a finished task is not news', async () => {
  const run = await harness.run(FLOW, (body) => (body.updatedFrom = { title: 'Replace the grinder' }));

  assert.deepEqual(run.state === 'completed' && run.output, { told: false });
  assert.deepEqual(messages(), []);
});

test('an automation without a name is called somebody', async () => {
  await harness.run(FLOW, (body) => delete body.actor);

  assert.deepEqual(messages(), [['#team-ops', `:white_check_mark: Somebody finished ${LINK}`]]);
});

test('comments and projects start nothing', async () => {
  const comment = await harness.send(FLOW, (body) => (body.type = 'Comment'));
  await harness.run(FLOW);

  assert.equal(comment.status, 202);
  assert.equal(await harness.hasRun(FLOW, comment.body.id), false);
  assert.equal(messages().length, 1);
});

test('a signature made with another secret is refused', async () => {
  const { source, body, headers } = exampleRequest(FLOW);
  const answer = await harness.post(source, body, { ...headers, 'linear-signature': '0'.repeat(64) });

  assert.equal(answer.status, 401);
});
