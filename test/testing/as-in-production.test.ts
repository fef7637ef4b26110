// What a mocked call comes to in a test is what a real one comes to on a real Temporal server with real HTTP: the same outcome
// or error, after as many attempts.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { OutsideAnswer } from '../support/outside.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { testFiles } from './lab.ts';

const FLOW = `flow: demo
triggers: [{ webhook: demo, auth: none }]
steps:
  - id: ask
    uses: http.request
    connection: crm
    with: { url: "/\${{ event.body.path }}" }
    attempt_timeout: 500ms
    timeout: 4s
    retry: { max_attempts: 3, delay: 40ms, backoff: 2 }
output: { ok: "\${{ steps.ask.output.status }}", body: "\${{ steps.ask.output.body }}" }
catch:
  - return: "\${{ pick(error, ['code', 'status', 'attempt', 'step']) }}"
---
connection: crm
connector: http
with: { base_url: "\${{ config.CRM_URL }}" }
`;

interface Scenario {
  mock: string;
  real: OutsideAnswer[];
}

let hung: () => void = () => undefined;
const never = new Promise<void>((resolve) => (hung = resolve));

const scenarios: Record<string, Scenario> = {
  'one-failure': {
    mock: '[{ status: 503 }, { status: 200, body: { a: 1 } }]',
    real: [{ status: 503 }, { body: { a: 1 } }],
  },
  'always-failing': { mock: '{ status: 500 }', real: [{ status: 500 }] },
  'not-found': { mock: '{ status: 404 }', real: [{ status: 404 }] },
  'cut-off': { mock: '{ error: network }', real: [{ hangUp: true }] },
  hanging: { mock: '{ takes: 1h }', real: [{ after: never }] },
  'come-back-soon': {
    mock: '[{ status: 429, headers: { retry-after: "1" } }, { status: 200 }]',
    real: [{ status: 429, headers: { 'retry-after': '1' } }, { status: 200 }],
  },
  'come-back-too-late': {
    mock: '{ status: 429, headers: { retry-after: "30" } }',
    real: [{ status: 429, headers: { 'retry-after': '30' } }],
  },
};

let folder: string;
let harness: Harness;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-same-'));
  await writeFile(join(folder, 'demo.yaml'), FLOW);
  harness = await startHarness({ flows: folder });
});
after(async () => {
  hung();
  await harness?.stop();
  await rm(folder, { recursive: true });
});

/** Output and number of attempts of each scenario, in production. */
async function real(): Promise<Record<string, unknown>> {
  const outcomes = Object.entries(scenarios).map(async ([path, scenario]) => {
    harness.outside.on(`GET /crm/${path}`, ...scenario.real);
    const { body } = await harness.post('demo', { path });
    const run = await harness.waitForRun('demo', body.id);
    return [
      path,
      { output: run.state === 'completed' && run.output, attempts: harness.outside.callsTo(`GET /crm/${path}`).length },
    ];
  });
  return Object.fromEntries(await Promise.all(outcomes));
}

/** The same in tests. */
async function tested(): Promise<Record<string, unknown>> {
  const cases = Object.entries(scenarios).map(
    ([path, { mock }]) => `  - name: ${path}\n    event: { body: { path: ${path} } }\n    mocks: { ask: ${mock} }\n`,
  );
  const { suite, wrong } = await testFiles({
    'demo.yaml': FLOW,
    'demo.test.yaml': `test: demo\ncases:\n${cases.join('')}`,
  });
  assert.deepEqual(Object.values(wrong).flat(), []);
  return Object.fromEntries(
    suite.results.map(({ test: { name }, run }) => [
      name,
      { output: run.ending.kind === 'completed' && run.ending.result.output, attempts: run.calls[0]?.attempts },
    ]),
  );
}

test('mocked calls come to what real calls come to, after as many attempts', async () => {
  assert.deepEqual(await tested(), await real());
});
