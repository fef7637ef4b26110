// Flows that call flows come in a test to what they come to on a real Temporal server with real HTTP: the same outcomes, after the same
// calls to the outside.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import { openShop, type Shop } from '../e2e/shop-lab.ts';
import { testFiles } from './lab.ts';
import { ANSWERS, NESTED, SCENARIOS } from './nested-flows.ts';

const BANK = '/bank';
/** The body of an answer that says nothing. */
const NOTHING = {};

let shop: Shop;
before(async () => {
  shop = await openShop(NESTED);
});
after(() => shop?.stop());

/** What a scenario came to: the output of its run, and how often the outside was called, by `METHOD /path {body}`. */
interface Outcome {
  output: Json;
  calls: Record<string, number>;
}

function counted(calls: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const call of calls.toSorted()) counts[call] = (counts[call] ?? 0) + 1;
  return counts;
}

/** Without the id of a run, which is another on each server. */
function callText(method: string, path: string, body: unknown): string {
  const said = body === null || typeof body !== 'object' || 'run' in body ? '' : ` ${JSON.stringify(body)}`;
  return `${method} ${path}${said}`;
}

/** In production. */
async function real(): Promise<Record<string, Outcome>> {
  const { outside, client } = shop.harness;
  for (const method of ['GET', 'PUT', 'POST', 'DELETE']) outside.on(`${method} ${BANK}/*`, { body: NOTHING });
  for (const [route, answers] of Object.entries(ANSWERS)) {
    const given = answers.map(({ status, body = NOTHING }) => ({ status, body }));
    outside.on(route.replace(' ', ` ${BANK}`), ...given);
  }
  // What is cancelled had begun.
  const begun = outside.waitFor(`POST ${BANK}/deciding/right/sleeps`);
  outside.on(`GET ${BANK}/deciding/left/leaf`, { status: 404, body: NOTHING, after: begun });
  const events = await Promise.all(
    Object.entries(SCENARIOS).map(async ([flow, body]) => [flow, await shop.post(flow, { ...body })] as const),
  );
  const [asked] = await outside.waitFor(`POST ${BANK}/asking/asked`);
  await client.workflow.getHandle(asked!.body.run).signal('approve', { step: 'sure', decision: 'approved', by: 'Ada' });
  const outputs = await Promise.all(
    events.map(async ([flow, id]) => [flow, await shop.outputOf<Json>(flow, id)] as const),
  );
  return Object.fromEntries(
    outputs.map(([flow, output]) => {
      const own = outside.calls.filter(({ path }) => path.startsWith(`${BANK}/${flow}/`));
      return [
        flow,
        {
          output,
          calls: counted(own.map(({ method, path, body }) => callText(method, path.slice(BANK.length), body))),
        },
      ];
    }),
  );
}

/** The same in tests. */
async function tested(): Promise<Record<string, Outcome>> {
  const mocks = Object.entries(ANSWERS).flatMap(([route, answers]) =>
    answers.map((answer, index) => {
      const times = index === answers.length - 1 ? 'any' : 1;
      return {
        ...answer,
        body: answer.body ?? NOTHING,
        with: { url: `https://bank.example${route.split(' ')[1]}` },
        times,
      };
    }),
  );
  const documents = Object.entries(SCENARIOS).map(([flow, body]) => ({
    test: flow,
    event: { source: 'shop', type: flow, body },
    config: { BANK_URL: 'https://bank.example' },
    mocks: { 'http.request': [...mocks, { status: 200, body: NOTHING, times: 'any' }] },
    ...(flow === 'asking' && { approvals: { 'asker/sure': { decision: 'approved', by: 'Ada', via: 'signal' } } }),
    cases: [{ name: flow }],
  }));
  const { suite, wrong } = await testFiles({
    'nested.yaml': `source: shop\nauth: none\n---${NESTED}`,
    'nested.test.yaml': documents.map((document) => JSON.stringify(document)).join('\n---\n'),
  });
  assert.deepEqual(Object.values(wrong).flat(), []);
  return Object.fromEntries(
    suite.results.map(({ test: { name }, run }) => {
      const calls = run.calls.flatMap(({ uses, input, attempts }) => {
        const { method = 'GET', url, body } = input as { method?: string; url: string; body?: Json };
        if (uses === undefined) return [];
        const text = callText(method, url.replace('https://bank.example', ''), body ?? null);
        return Array.from({ length: attempts }, () => text);
      });
      return [
        name,
        { output: run.ending.kind === 'completed' ? run.ending.result.output : null, calls: counted(calls) },
      ];
    }),
  );
}

test('flows that call flows come to what they come to on a server, after the same calls', async () => {
  const inTests = await tested();
  assert.deepEqual(Object.keys(inTests), Object.keys(SCENARIOS));
  assert.deepEqual(inTests, await real());
});
