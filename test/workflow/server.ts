// A real Temporal server for tests: the binary that Hookline uses, in memory, on a free port.
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from '../support/free-port.ts';
import { exited, fromProcess } from '../support/waiting.ts';

const READY_WITHIN_MS = 30_000;
const TRY_EVERY_MS = 50;

export interface TestServer {
  address: string;
  client: Client;
  stop(): Promise<void>;
}

/** Starts a server; `settings` are dynamic config values. */
export async function startServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const [port] = await freePorts(1);
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
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const connection = await fromProcess(child, 'the server serves', connect(address));
  return {
    address,
    client: new Client({ connection }),
    async stop() {
      await connection.close();
      child.kill('SIGTERM');
      await exited(child);
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
