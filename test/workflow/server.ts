// A real Temporal server for tests: the binary that Hookline uses, in memory, on a free port.
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';

const READY_WITHIN_MS = 30_000;
const TRY_EVERY_MS = 50;

export interface TestServer {
  address: string;
  client: Client;
  stop(): Promise<void>;
}

/** Starts a server; `settings` are dynamic config values. */
export async function startServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const tuning = {
    'history.transferProcessorMaxPollRPS': '10000',
    'history.timerProcessorMaxPollRPS': '10000',
    'system.enableActivityEagerExecution': 'true',
    ...settings,
  };
  const dynamic = Object.entries(tuning).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]);
  const child = spawn(
    process.env['HOOKLINE_TEMPORAL_BINARY'] ?? join(homedir(), '.cache/hookline/temporal-v1.5.1/temporal'),
    [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
      ...dynamic,
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const connection = await connect(address);
  return {
    address,
    client: new Client({ connection }),
    async stop() {
      await connection.close();
      child.kill('SIGTERM');
      await exited;
      process.removeListener('exit', kill);
    },
  };
}

async function connect(address: string): Promise<Connection> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return connection;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
