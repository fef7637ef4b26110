// Every example payload that GitHub publishes (@octokit/webhooks-examples), signed and posted: each is one run, finished.
// Forged, stale, unsigned, oversized, malformed and repeated ones get the right answer and no run.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHarness, type Harness } from '../support/harness.ts';
import { signGithub, signStripe } from '../support/sign.ts';

interface Examples {
  name: string;
  examples: Record<string, unknown>[];
}

const SECRET = 'github-secret-c61f';
const STRIPE_SECRET = 'whsec_stripe-secret-3c8a';
const AT_ONCE = 16;

const all = createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json') as Examples[];
const posts = all.flatMap(({ name, examples }) =>
  examples.map((example, index) => ({ name, example, id: `${name}-${index}` })),
);

let harness: Harness;
before(async () => {
  harness = await startHarness({
    flows: join(import.meta.dirname, 'flows'),
    env: {
      HOOKLINE_SECRET_GITHUB_SECRET: SECRET,
      HOOKLINE_SECRET_CRASH_SECRET: 'x',
      HOOKLINE_SECRET_PATIENT_TOKEN: 'x',
      HOOKLINE_SECRET_INBOUND_TOKEN: 'x',
      HOOKLINE_SECRET_STRIPE_SECRET: STRIPE_SECRET,
    },
  });
});
after(() => harness.stop());

async function inLanes<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

test(`all ${posts.length} published examples become one finished run each, of the right type`, async () => {
  assert.ok(posts.length > 300);
  await inLanes(posts, async ({ name, example, id }) => {
    const body = JSON.stringify(example);
    const answer = await harness.post('github-events', body, signGithub(body, SECRET, name, id));
    assert.equal(answer.status, 202, `${id}: ${JSON.stringify(answer.body)}`);
    const outcome = await harness.waitForRun('github-events', answer.body.id);
    const action = example['action'];
    const type = typeof action === 'string' ? `${name}.${action}` : name;
    assert.equal(outcome.state, 'completed', id);
    assert.equal(outcome.state === 'completed' && outcome.output, type, id);
  });
  assert.equal(await countRuns('github-events'), posts.length);
});

test('the same delivery again gets the same answer and starts nothing', async () => {
  const [{ name, example, id }] = posts as [(typeof posts)[number]];
  const body = JSON.stringify(example);
  const answers = [];
  for (let repeat = 0; repeat < 3; repeat++)
    answers.push(await harness.post('github-events', body, signGithub(body, SECRET, name, id)));
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [202, 202, 202],
  );
  assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
  await sleep(300);
  assert.equal(await countRuns('github-events'), posts.length);
});

test('what is forged, unsigned, stale, oversized or malformed is answered as it should be, and starts no run', async () => {
  const body = JSON.stringify({ action: 'opened' });
  const signed = signGithub(body, SECRET, 'issues', 'refused');
  const old = Math.floor(Date.now() / 1000) - 3_600;
  const cases: [string, string, string, Record<string, string>, number][] = [
    ['signed with another secret', 'github-events', body, signGithub(body, 'another', 'issues', 'refused'), 401],
    ['one byte changed', 'github-events', body.replace('opened', 'openeD'), signed, 401],
    ['unsigned', 'github-events', body, { 'x-github-event': 'issues', 'x-github-delivery': 'refused' }, 401],
    ['a signature that is none', 'github-events', body, { ...signed, 'x-hub-signature-256': 'sha256=zz' }, 400],
    ['stale', 'stripe-events', body, signStripe(body, STRIPE_SECRET, old), 401],
    ['no JSON', 'github-events', '{"a":', signGithub('{"a":', SECRET, 'issues', 'refused'), 400],
    ['over the limit', 'github-events', 'x'.repeat(1024 * 1024 + 1), signed, 413],
    ['a content type nobody takes', 'github-events', body, { ...signed, 'content-encoding': 'gzip' }, 415],
    ['an unknown source', 'nobody', body, signed, 404],
  ];
  for (const [what, source, text, headers, status] of cases) {
    const answer = await harness.post(source, text, headers);
    assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);
  }
  await sleep(500);
  assert.equal(await countRuns('github-events'), posts.length);
  assert.equal(await countRuns('stripe-events'), 0);
});

/** Runs of a flow as Temporal's visibility counts them. */
async function countRuns(flow: string): Promise<number> {
  let last = -1;
  for (let attempt = 0; attempt < 50; attempt++) {
    const { count } = await harness.client.workflow.count(`HooklineFlow = "${flow}"`);
    if (count === last) return count; // Visibility lags a little; two equal counts in a row are the count.
    last = count;
    await sleep(100);
  }
  return last;
}
