// While Temporal is away, posts are acknowledged and wait; when it is back their runs start without anybody's help.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pino from 'pino';
import { findServerBinary } from '../../src/temporal/binary.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/temporal/embedded.ts';
import { freePorts } from '../support/free-port.ts';
import { openCrashLab, type CrashLab } from '../support/crash-lab.ts';
import { waitForRun } from '../support/harness.ts';
import { eventually } from '../support/waiting.ts';

const POSTS = 100;

let lab: CrashLab;
let serverDir: string;
let startServer: () => Promise<EmbeddedServer>;
let server: EmbeddedServer;

before(async () => {
  lab = await openCrashLab();
  serverDir = await mkdtemp(join(tmpdir(), 'hookline-away-'));
  const binary = await findServerBinary({ progress: () => undefined });
  const [port, uiPort] = await freePorts(2);
  startServer = () =>
    startEmbeddedServer({
      binary,
      dataDir: serverDir,
      port: port!,
      uiPort: uiPort!,
      namespace: 'default',
      logger: pino({ level: 'silent' }),
    });
  server = await startServer();
  lab.env['TEMPORAL_ADDRESS'] = server.address;
  lab.outside.on('POST /first', {});
  lab.outside.on('POST /second', {});
});
after(async () => {
  await lab.end();
  await server.stop();
  await rm(serverDir, { recursive: true, force: true });
});

test('posts are acknowledged while Temporal is away, /readyz says so, and everything runs once it is back', async () => {
  const running = await lab.start();
  assert.ok(await lab.post('before'));
  await lab.outside.waitFor('POST /second');
  await server.stop();

  const ids = Array.from({ length: POSTS }, (_, index) => `away-${index}`);
  const acknowledged = await Promise.all(ids.map((id) => lab.post(id)));
  assert.ok(acknowledged.every(Boolean), 'every post was acknowledged without Temporal');
  const readiness = await eventually('/readyz says that Temporal is away', () => readinessAway(running.url));
  assert.equal(readiness.temporal.connected === false || readiness.temporal.unavailableSince !== null, true);
  assert.ok(readiness.inbox.startsPending >= POSTS - 20, `${readiness.inbox.startsPending} wait`);

  server = await startServer();
  await lab.outside.waitFor('POST /second', POSTS + 1, 120_000);
  const { Client, Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  for (const id of ids) assert.equal((await waitForRun(client, 'two-calls', `crash~${id}`)).state, 'completed');
  await connection.close();
  const warnings = running
    .output()
    .split('\n')
    .filter((line) => line.includes('"level":40') && /Temporal/i.test(line));
  assert.ok(warnings.length <= 3, `the log says it once, not ${warnings.length} times:\n${warnings.join('\n')}`);
});

interface Readiness {
  ready: boolean;
  temporal: { connected: boolean; unavailableSince: string | null };
  inbox: { startsPending: number };
}

/** Null while it knows nothing of it. */
async function readinessAway(url: string): Promise<Readiness | null> {
  const body = (await (await fetch(`${url}/readyz`)).json()) as Readiness;
  return !body.temporal.connected || body.temporal.unavailableSince !== null ? body : null;
}
