// Every example payload that octokit collected, signed and posted: each is stored under its own type and id.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { signGithub } from '../support/sign.ts';
import { flow, GITHUB_SECRET, source, startLab, type Lab } from './lab.ts';

interface Example {
  name: string;
  examples: Record<string, unknown>[];
}

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as Example[];

describe("GitHub's examples", () => {
  let lab: Lab;
  before(async () => {
    // Some of the examples are the same bytes, which within the window would be replays of each other.
    const github = source('github', 'github', { replayWindowMs: 0 });
    lab = await startLab({ sources: [github], flows: [flow('all', [{ source: 'github' }])] });
  });
  after(() => lab.close());

  it('are each one delivery and one start, with type, id and body', async () => {
    const payloads = examples.flatMap(({ name, examples: of }) => of.map((payload) => ({ name, payload })));
    assert.ok(payloads.length > 300);
    const posts = payloads.map(async ({ name, payload }, index) => {
      const body = JSON.stringify(payload);
      const response = await lab.post('/hooks/github', body, signGithub(body, GITHUB_SECRET, name, `example-${index}`));
      assert.equal(response.status, 202);
      assert.deepEqual(await response.json(), { id: `github~example-${index}` });
    });
    await Promise.all(posts);
    assert.equal(await lab.deliveries(), payloads.length);
    const starts = new Map((await lab.starts()).map((start) => [start.eventId, start]));
    for (const [index, { name, payload }] of payloads.entries()) {
      const start = starts.get(`github~example-${index}`)!;
      const action = payload['action'];
      assert.equal(start.eventType, typeof action === 'string' ? `${name}.${action}` : name);
      assert.deepEqual(start.body, payload);
    }
  });
});
