// `hookline graph` and `hookline schema`: what they print, what they write, and what they say when they cannot.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, type Running } from './running.ts';

const orders = `flow: orders
triggers: [{ manual: true }]
steps: [{ id: ask, uses: http.request, connection: stock, with: { url: /items } }]
`;
const two =
  'flow: one\ntriggers: [{ manual: true }]\nsteps: [{ wait: 1s }]\n---\nflow: two\ntriggers: [{ manual: true }]\nsteps: [{ wait: 1s }]\n';

let running: Running;
before(async () => {
  const files = {
    'orders.yaml': orders,
    'connections.yaml': 'connection: stock\nconnector: http\nwith: { base_url: "https://stock.example" }\n',
    'two.yaml': two,
    'wrong.yaml': 'flow: wrong\ntriggers: [{ manual: true }]\nsteps: [{ wait: soon }]\n',
  };
  running = await open({ files, receives: false });
});
after(() => running.end());

test('a flow is drawn by its name, and by its file, whose connections stand in another', async () => {
  const byName = await running.hookline(['graph', 'orders']);
  assert.equal(byName.code, 0);
  assert.match(byName.stdout, /^flowchart TD\n[\s\S]*s_ask\["ask<br\/>http\.request · stock"\]/);
  assert.deepEqual(await running.hookline(['graph', 'flows/orders.yaml']), byName);
});

test('--format and --out write SVG and DOT', async () => {
  assert.match((await running.hookline(['graph', 'orders', '--format', 'dot'])).stdout, /^digraph "orders" \{/);
  const ended = await running.hookline(['graph', 'orders', '--format', 'svg', '--out', 'orders.svg']);
  assert.deepEqual(ended, { code: 0, stdout: '', stderr: 'orders.svg written\n' });
  assert.match(await readFile(join(running.folder, 'orders.svg'), 'utf8'), /^<svg [\s\S]*<\/svg>\n$/);
});

test('a flow that is not there, or has errors, or is one of several, is told so', async () => {
  const missing = await running.hookline(['graph', 'order']);
  assert.deepEqual(
    [missing.code, missing.stderr],
    [1, 'there is no flow order (there is: orders, one, two; some have errors: hookline validate)\n'],
  );
  const wrong = await running.hookline(['graph', 'flows/wrong.yaml']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^flows\/wrong\.yaml:3:17: error\[wrong_value\]/);
  const several = await running.hookline(['graph', 'flows/two.yaml']);
  assert.deepEqual([several.code, several.stderr], [2, 'flows/two.yaml holds several flows: name one of one, two\n']);
  assert.deepEqual((await running.hookline(['graph', 'flows/none.yaml'])).stderr, 'flows/none.yaml does not exist\n');
});

test('the schema for editors is printed, or written with the line that names it', async () => {
  const printed = await running.hookline(['schema']);
  assert.equal(printed.code, 0);
  const ended = await running.hookline(['schema', '--out', 'flow.schema.json']);
  assert.match(ended.stderr, /# yaml-language-server: \$schema=flow\.schema\.json\n$/);
  assert.equal(await readFile(join(running.folder, 'flow.schema.json'), 'utf8'), printed.stdout);
  assert.equal((JSON.parse(printed.stdout) as { title: string }).title, 'Hookline');
  const refused = await running.hookline(['schema', '--out', 'no/such/folder.json']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^no\/such\/folder\.json cannot be written: /);
});
