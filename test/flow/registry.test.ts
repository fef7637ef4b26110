// Hot reload: a saved file is loaded by itself, a broken save changes nothing but the log.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import type { Catalog } from '../../src/flow/catalog.ts';
import { createRegistry, type Registry } from '../../src/flow/registry.ts';
import { eventually } from '../support/waiting.ts';

let folder: string;
let lines: string[];
let registry: Registry | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-registry-'));
  lines = [];
});

afterEach(async () => {
  await registry?.close();
  registry = undefined;
  await rm(folder, { recursive: true, force: true });
});

const flow = (name: string, value: unknown, webhook = name) =>
  `flow: ${name}\ntriggers: [{ webhook: ${webhook}, auth: none }]\nsteps: [{ return: ${JSON.stringify(value)} }]\n`;
const broken = (name: string) => flow(name, 1).replace('return', 'retrun');
const save = (name: string, text: string) => writeFile(join(folder, name), text);
const logger = () => pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });

async function open(watch: boolean): Promise<{ changed(): Promise<Catalog> }> {
  const waiting: ((catalog: Catalog) => void)[] = [];
  registry = await createRegistry({
    path: folder,
    logger: logger(),
    watch,
    onChange: (catalog) => waiting.shift()?.(catalog),
  });
  return { changed: () => new Promise((resolve) => waiting.push(resolve)) };
}

function returned(catalog: Catalog, name: string): unknown {
  return catalog.flows.get(name)?.definition.steps[0]?.['return'];
}

test('at start a broken flow is refused alone, loudly, and its source is known to be broken', async () => {
  await save('good.yaml', flow('good', 1));
  await save('bad.yaml', broken('bad'));
  await open(false);
  const catalog = registry!.current();
  assert.deepEqual([...catalog.flows.keys()], ['good']);
  assert.deepEqual([...catalog.brokenSources], ['bad']);
  assert.ok(
    lines.some((line) => line.includes('bad.yaml:3:') && line.includes('retrun')),
    lines.join(''),
  );
});

test('a saved file is loaded, a new one is found, a deleted one is gone', async () => {
  await save('a.yaml', flow('a', 1));
  const { changed } = await open(true);
  let next = changed();
  await save('a.yaml', flow('a', 2));
  assert.equal(returned(await next, 'a'), 2);
  next = changed();
  await mkdir(join(folder, 'deep'));
  await save('deep/b.yml', flow('b', 1));
  assert.deepEqual([...(await next).flows.keys()].sort(), ['a', 'b']);
  next = changed();
  await rm(join(folder, 'a.yaml'));
  const catalog = await next;
  assert.deepEqual([...catalog.flows.keys()], ['b']);
  assert.deepEqual([...catalog.sources.keys()], ['b']);
  assert.equal(registry!.current(), catalog);
});

test('a file that is replaced, as editors do, is loaded', async () => {
  await save('a.yaml', flow('a', 1));
  const { changed } = await open(true);
  const next = changed();
  await save('.a.yaml.swp', flow('a', 2));
  await rename(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
  assert.equal(returned(await next, 'a'), 2);
});

test('a broken save keeps the last good version with its source and connection, and says so', async () => {
  const connected = (value: number) => `${flow('a', value)}---\nconnection: stock\nconnector: http\n`;
  await save('a.yaml', connected(1));
  await save('b.yaml', flow('b', 1));
  await open(false);
  await save('a.yaml', broken('a'));
  await save('b.yaml', flow('b', 2));
  const catalog = await registry!.reload();
  assert.equal(returned(catalog, 'a'), 1);
  assert.equal(returned(catalog, 'b'), 2);
  assert.ok(catalog.sources.has('a') && catalog.connections.has('stock'));
  assert.deepEqual([...catalog.brokenSources], []);
  assert.ok(catalog.problems.length > 0);
  assert.ok(lines.some((line) => line.includes('last good version')));
  await save('a.yaml', 'not: [yaml');
  assert.equal(returned(await registry!.reload(), 'a'), 1);
  await save('a.yaml', connected(3));
  assert.equal(returned(await registry!.reload(), 'a'), 3);
});

test('a file that is empty for a moment, as while it is being saved, takes nothing away; one that is deleted does', async () => {
  await save('a.yaml', `${flow('a', 1)}---\nconnection: stock\nconnector: http\n`);
  await open(false);
  for (const text of ['', '\n']) {
    await save('a.yaml', text);
    const catalog = await registry!.reload();
    assert.equal(returned(catalog, 'a'), 1, JSON.stringify(text));
    assert.ok(catalog.sources.has('a') && catalog.connections.has('stock'));
  }
  assert.ok(lines.some((line) => line.includes('a.yaml is empty')));
  await rm(join(folder, 'a.yaml'));
  assert.deepEqual([...(await registry!.reload()).flows.keys()], []);
});

test('a flow that is renamed in a sound save is gone under its old name', async () => {
  await save('a.yaml', flow('a', 1));
  await open(false);
  await save('a.yaml', flow('b', 1));
  const catalog = await registry!.reload();
  assert.deepEqual([...catalog.flows.keys()], ['b']);
  assert.deepEqual([...catalog.sources.keys()], ['b']);
});

test('a broken file that is deleted takes its flow along', async () => {
  await save('a.yaml', flow('a', 1));
  await open(false);
  await save('a.yaml', broken('a'));
  await registry!.reload();
  await rm(join(folder, 'a.yaml'));
  assert.equal((await registry!.reload()).flows.size, 0);
});

test('a folder that cannot be read any more leaves the loaded flows in use', async () => {
  await save('a.yaml', flow('a', 1));
  await open(false);
  await rm(folder, { recursive: true });
  await assert.rejects(registry!.reload(), /ENOENT/);
  assert.equal(returned(registry!.current(), 'a'), 1);
});

test('a watched folder that goes away is named once, and used again when it is back', async () => {
  await save('a.yaml', flow('a', 1));
  await open(true);
  await rm(folder, { recursive: true });
  const named = () => lines.filter((line) => line.includes('flows cannot be read')).length;
  await eventually('it is named', () => named() > 0);
  await delay(1_200); // Time for several more looks.
  assert.equal(named(), 1);
  await mkdir(folder);
  await save('b.yaml', flow('b', 2));
  await eventually('it is read again', () => registry!.current().flows.has('b'));
  assert.equal(returned(registry!.current(), 'b'), 2);
});

test('a folder that is not there is an error at start', async () => {
  await assert.rejects(createRegistry({ path: join(folder, 'missing'), logger: logger(), watch: false }), /ENOENT/);
});

test('reloads that are asked for at once do not overtake one another', async () => {
  await save('a.yaml', flow('a', 0));
  await open(false);
  const reloads: Promise<Catalog>[] = [];
  for (let value = 1; value <= 5; value += 1) {
    await save('a.yaml', flow('a', value));
    reloads.push(registry!.reload());
  }
  const last = (await Promise.all(reloads)).at(-1)!;
  assert.equal(returned(last, 'a'), 5);
  assert.equal(registry!.current(), last);
});

test('what the process knows of secrets and proxies decides about sources, at start and after', async () => {
  await save('a.yaml', 'source: certified\nprovider: mtls\n---\nsource: signed\nprovider: github\nsecret: MISSING\n');
  const options = { path: folder, logger: logger(), watch: false };
  registry = await createRegistry({ ...options, hasSecret: () => false, hasTrustedProxies: false });
  const codes = (catalog: Catalog) => catalog.problems.map(({ code }) => code);
  assert.deepEqual(codes(registry.current()), ['trusted_proxies_missing', 'secret_missing']);
  assert.deepEqual(codes(await registry.reload()), ['trusted_proxies_missing', 'secret_missing']);
});
