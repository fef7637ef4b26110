// The embedded server's life: started, stopped, taken over, replaced, refused. Real servers in folders of their own.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerBinary } from '../../src/temporal/binary.ts';
import { startEmbeddedServer, type EmbeddedOptions, type EmbeddedServer } from '../../src/temporal/embedded.ts';
import { isServing } from '../../src/temporal/server-health.ts';
import type { ServerState } from '../../src/temporal/server-state.ts';
import { exited } from '../support/waiting.ts';
import { eventually, logger, serverBinary } from './support.ts';

/** What serves may be slow to say so on a busy machine. */
const SERVING_WITHIN_MS = 20_000;

let binary: ServerBinary;
let folder: string;
const servers: EmbeddedServer[] = [];
let folders = 0;

before(async () => {
  binary = await serverBinary();
  folder = await mkdtemp(join(tmpdir(), 'hookline-embedded-'));
});
after(async () => {
  for (const server of servers) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(change: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  const dataDir = join(folder, String((folders += 1)));
  const server = await startEmbeddedServer({
    binary,
    dataDir,
    port: 0,
    uiPort: 0,
    namespace: 'default',
    logger,
    ...change,
  });
  servers.push(server);
  return server;
}

async function stateIn(dataDir: string): Promise<ServerState> {
  return JSON.parse(await readFile(join(dataDir, 'temporal.json'), 'utf8')) as ServerState;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Starts a server from a process that is killed right afterwards, as after `kill -9` of ours. Resolves to its state. */
async function orphan(dataDir: string, tuned = true): Promise<ServerState> {
  const program = `
    const { startEmbeddedServer } = await import(${JSON.stringify(new URL('../../src/temporal/embedded.ts', import.meta.url).href)});
    const { pino } = await import('pino');
    const options = { binary: ${JSON.stringify(binary)}, dataDir: ${JSON.stringify(dataDir)}, port: 0, uiPort: 0, namespace: 'default' };
    await startEmbeddedServer({ ...options, tuned: ${tuned}, logger: pino({ level: 'silent' }) });
    process.kill(process.pid, 'SIGKILL');
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await exited(child);
  return stateIn(dataDir);
}

test('a server starts with its Web UI, writes down what it is, and stops without a trace', async () => {
  const dataDir = join(folder, 'life');
  const server = await start({ dataDir });
  assert.equal(server.adopted, false);
  assert.equal(await isServing(server.address, SERVING_WITHIN_MS), true);
  assert.equal((await fetch(server.uiUrl)).status, 200);
  const state = await stateIn(dataDir);
  assert.equal(state.pid, server.pid());
  assert.equal(state.version, binary.version);
  assert.equal(server.address, `127.0.0.1:${state.port}`);
  for (const file of ['temporal.db', 'temporal.db-wal', 'temporal.log']) {
    assert.equal((await stat(join(dataDir, file))).mode & 0o077, 0, `${file} is for its user alone`);
  }
  const pid = server.pid();
  await server.stop();
  assert.equal(isAlive(pid), false);
  assert.equal((await stateIn(dataDir)).pid, null);
  assert.equal(await isServing(server.address, 1_000), false);
});

test('a server left running by a killed process is taken over as it is, and stops with us', async () => {
  const dataDir = join(folder, 'adopted');
  const left = await orphan(dataDir);
  assert.equal(isAlive(left.pid!), true);
  const server = await start({ dataDir, port: left.port, uiPort: left.uiPort });
  assert.equal(server.adopted, true);
  assert.equal(server.pid(), left.pid);
  await server.stop();
  await eventually('it is gone', () => !isAlive(left.pid!));
});

test('a server left running that is not what we would start is replaced', async () => {
  const dataDir = join(folder, 'replaced');
  const left = await orphan(dataDir, false);
  const server = await start({ dataDir, port: left.port, uiPort: left.uiPort });
  assert.equal(server.adopted, false);
  assert.notEqual(server.pid(), left.pid);
  assert.equal(server.address, `127.0.0.1:${left.port}`);
  await eventually('the old one is gone', () => !isAlive(left.pid!));
});

test('a process id that now belongs to somebody else is left alone', async () => {
  const dataDir = join(folder, 'reused');
  const first = await start({ dataDir });
  await first.stop();
  const stranger = spawn('sleep', ['60']);
  try {
    await writeFile(join(dataDir, 'temporal.json'), JSON.stringify({ ...(await stateIn(dataDir)), pid: stranger.pid }));
    const server = await start({ dataDir });
    assert.equal(server.adopted, false);
    assert.equal(isAlive(stranger.pid!), true);
  } finally {
    stranger.kill();
  }
});

test('a server that dies is started again on the same ports, also an adopted one', async () => {
  const dataDir = join(folder, 'revived');
  const left = await orphan(dataDir);
  const server = await start({ dataDir });
  assert.equal(server.adopted, true);
  for (let round = 0; round < 2; round++) {
    const pid = server.pid();
    process.kill(pid, 'SIGKILL');
    await eventually('another process', () => server.pid() !== pid);
    assert.equal(await isServing(`127.0.0.1:${left.port}`, SERVING_WITHIN_MS), true);
    assert.equal((await stateIn(dataDir)).pid, server.pid());
  }
});

test('a stop right after a death leaves nothing running', async () => {
  const server = await start();
  const pid = server.pid();
  let died = false;
  server.onExit(() => (died = true));
  process.kill(pid, 'SIGKILL');
  await eventually('its death is noticed', () => died);
  await server.stop();
  assert.equal(isAlive(server.pid()), false);
  assert.equal(await isServing(server.address, 1_000), false);
});

test('a database of another server version is refused with the remedy, a patch release is not', async () => {
  const dataDir = join(folder, 'versions');
  await (await start({ dataDir })).stop();
  const state = await stateIn(dataDir);
  const file = join(dataDir, 'temporal.json');
  await writeFile(file, JSON.stringify({ ...state, version: '1.27.2' }));
  await assert.rejects(
    start({ dataDir }),
    /made by Temporal server 1\.27\.2 .* HOOKLINE_TEMPORAL_BINARY .* move temporal\.db\*/,
  );
  await rm(file);
  await assert.rejects(start({ dataDir }), /unknown version \(temporal\.json is missing\)/);
  await writeFile(file, JSON.stringify({ ...state, version: '1.29.9' }));
  await (await start({ dataDir })).stop();
});

test('a taken port is named in one line with the setting that changes it', async () => {
  const holder = await hold();
  const port = (holder.address() as { port: number }).port;
  await assert.rejects(start({ port }), {
    message: `Port ${port} is taken; set HOOKLINE_TEMPORAL_PORT to another one`,
  });
  await assert.rejects(start({ uiPort: port }), {
    message: `Port ${port} is taken; set HOOKLINE_TEMPORAL_UI_PORT to another one`,
  });
  holder.close();
});

test('a program that is no server is reported with the end of its log', async () => {
  const fake = { path: '/bin/false', version: binary.version };
  await assert.rejects(start({ binary: fake }), /The Temporal server ended while it started\. Its log .* ends with/);
  await assert.rejects(start({ binary: { ...fake, path: '/no/such/program' } }), /\/no\/such\/program cannot be run/);
});

function hold(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
