// Large things inside runs, on the whole of Hookline: bodies at the same time, a long list, a long definition, many values that are
// each just small enough to stay in the history. What is over a limit is one clear error, and the run ends.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startHarness, type Harness, type RunOutcome } from '../support/harness.ts';

const MIB = 1024 * 1024;
const ITEMS = 10_000;
/** Text of the steps of the long definition, all together. */
const DEFINITION_BYTES = 300 * 1024;
const STEPS = 900;
/** What all of it may take beyond what the process had before: far less than a copy of each value for each step that saw it. */
const MEMORY_MIB_MAX = 600;
/** Just below what leaves the history for the store, and more of them than fit in one message to Temporal (4 MiB). */
const INLINE_BYTES = 120 * 1024;
const INLINE_CALLS = 60;

const large = `flow: four
triggers: [{ webhook: four, auth: none, body_bytes_max: 3000000 }]
steps:
  - id: bodies
    parallel:
${['a', 'b', 'c', 'd']
  .map(
    (name) => `      ${name}:
        - uses: http.request
          id: ${name}
          with:
            method: POST
            url: "\${{ config.CRM_URL }}/echo/${name}"
            body: { name: ${name}, text: "\${{ event.body.text }}" }
            response_bytes_max: 2000000
`,
  )
  .join(
    '',
  )}output: "\${{ [steps.a, steps.b, steps.c, steps.d].map(s => s.output.body.name + s.output.body.text.length) }}"
---
flow: list
triggers: [{ webhook: list, auth: none }]
steps:
  - id: each
    foreach: event.body.items
    max_parallel: 50
    steps:
      - if: item.n % 1000 == 0
        uses: http.request
        with: { method: POST, url: "\${{ config.CRM_URL }}/item/\${{ item.n }}" }
    output: "\${{ item.n * 2 }}"
output: { count: "\${{ steps.each.output.length }}", last: "\${{ steps.each.output[${ITEMS - 1}] }}", all: "\${{ steps.each.output }}" }
---
flow: too-many
triggers: [{ webhook: too-many, auth: none, body_bytes_max: 3000000 }]
steps:
  - id: each
    foreach: event.body.items
    steps: [{ set: { seen: 1 } }]
vars: { seen: 0 }
---
flow: inline
triggers: [{ webhook: inline, auth: none }]
steps:
  - id: each
    foreach: range(0, ${INLINE_CALLS})
    max_parallel: ${INLINE_CALLS}
    steps:
      - uses: http.request
        id: one
        with:
          method: POST
          url: "\${{ config.CRM_URL }}/echo/\${{ item }}"
          body: { name: x, text: "\${{ 'x'.repeat(${INLINE_BYTES}) }}" }
    output: "\${{ steps.one.output.body.text.length }}"
output: "\${{ sum(steps.each.output) }}"
---
flow: answer-too-large
triggers: [{ webhook: answer-too-large, auth: none }]
steps:
  - id: huge
    uses: http.request
    with: { url: "\${{ config.CRM_URL }}/huge" }
---
flow: text-too-large
triggers: [{ webhook: text-too-large, auth: none }]
steps:
  - id: made
    set: { text: "\${{ 'x'.repeat(600000) + 'x'.repeat(600000) }}" }
vars: { text: '' }
`;

const long = `flow: long
triggers: [{ webhook: long, auth: none }]
vars: { n: 0, note: '' }
steps:
${Array.from({ length: STEPS }, (_, n) => `  - set: { n: "\${{ vars.n + ${n} }}", note: "${'x'.repeat(DEFINITION_BYTES / STEPS)}" }\n`).join('')}output: "\${{ vars.n }}"
`;

let folder: string;
let harness: Harness;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-large-'));
  await Promise.all([
    writeFile(join(folder, 'large.yaml'), large),
    writeFile(join(folder, 'long.yaml'), long),
    writeFile(join(folder, 'too-long.yaml'), long.replace('flow: long', `flow: too-long\nx-note: ${'x'.repeat(MIB)}`)),
  ]);
  harness = await startHarness({ flows: folder });
  harness.outside.on('POST /crm/*', ({ body }) => ({ body }));
  harness.outside.on('GET /crm/huge', { body: 'x'.repeat(3 * MIB) });
});
after(async () => {
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(flow: string, body: object): Promise<RunOutcome> {
  const answer = await harness.post(flow, body);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return harness.waitForRun(flow, answer.body.id);
}

async function outputOf(flow: string, body: object): Promise<unknown> {
  const outcome = await run(flow, body);
  return outcome.state === 'completed' ? outcome.output : outcome;
}

test('four bodies of a mebibyte in one parallel go out and come back, run after run, in bounded memory', async () => {
  const before = process.memoryUsage().rss;
  const text = 'x'.repeat(MIB);
  for (let turn = 0; turn < 3; turn += 1) {
    const lengths = ['a', 'b', 'c', 'd'].map((name) => `${name}${MIB}`);
    assert.deepEqual(await outputOf('four', { text, turn }), lengths);
  }
  const grownMib = (process.memoryUsage().rss - before) / MIB;
  assert.ok(grownMib < MEMORY_MIB_MAX, `${grownMib.toFixed(0)} MiB more`);
});

test('a list of 10,000 items goes through a foreach, in order, its calls made once', async () => {
  const items = Array.from({ length: ITEMS }, (_, n) => ({ n }));
  const all = items.map(({ n }) => n * 2);
  assert.deepEqual(await outputOf('list', { items }), { count: ITEMS, last: all.at(-1), all });
  assert.equal(harness.outside.callsTo('POST /crm/item/*').length, ITEMS / 1_000);
});

test('a list of more items than a foreach takes is one error that names both numbers', async () => {
  const outcome = await run('too-many', { items: Array.from({ length: ITEMS + 1 }, (_, n) => n) });
  assert.equal(outcome.state, 'failed');
  assert.match(outcome.state === 'failed' ? outcome.error.message : '', /at most 10000 items and got 10001/);
});

test('a definition of 300 KB and 900 steps is loaded and runs', async () => {
  assert.deepEqual(
    harness.hookline.catalog().problems.filter(({ file }) => file.endsWith('/long.yaml')),
    [],
  );
  const { definition } = harness.hookline.catalog().flows.get('long')!;
  assert.ok(JSON.stringify(definition).length > DEFINITION_BYTES);
  assert.equal(await outputOf('long', {}), (STEPS * (STEPS - 1)) / 2);
});

test('a definition over the limit is not loaded, with one error that says how large it may be', () => {
  const problems = harness.hookline.catalog().problems.filter(({ file }) => file.endsWith('too-long.yaml'));
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['too_large'],
  );
  assert.match(problems[0]!.message, /at most 1048576/);
});

test('values that each stay in the history may be more than one message to Temporal holds', async () => {
  assert.equal(await outputOf('inline', {}), INLINE_CALLS * INLINE_BYTES);
});

test('an answer over its limit fails the step at once, with the limit and what raises it', async () => {
  const outcome = await run('answer-too-large', {});
  assert.equal(outcome.state === 'failed' && outcome.error.code, 'response_too_large');
  assert.match(outcome.state === 'failed' ? outcome.error.message : '', /response_bytes_max/);
});

test('a value that an expression may not make fails the step, with the limit', async () => {
  const outcome = await run('text-too-large', {});
  assert.equal(outcome.state === 'failed' && outcome.error.step, 'made');
  assert.match(outcome.state === 'failed' ? outcome.error.message : '', /1,?000,?000 characters/);
});
