// A Hookline in a process of its own with flows of test/e2e/flows, a real outside, and hands to kill and start it again.
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from './free-port.ts';
import { startOutside, type Outside } from './outside.ts';
import { endOrphanServer, startProcess, type HooklineProcess } from './process.ts';
import { signGithub } from './sign.ts';

export const LAB_SECRETS = {
  CRASH_SECRET: 'crash-secret-40d1',
  PATIENT_TOKEN: 'patient-secret-b0c4',
  INBOUND_TOKEN: 'inbound-secret-77aa',
  OUTBOUND_KEY: 'outbound-key-secret-92be',
  OUTBOUND_TOKEN: 'outbound-token-secret-13fc',
  GITHUB_SECRET: 'github-secret-c61f',
  STRIPE_SECRET: 'whsec_stripe-secret-3c8a',
};

export interface CrashLab {
  dataDir: string;
  env: Record<string, string>;
  outside: Outside;
  /** The process that runs now. */
  process(): HooklineProcess;
  /** Starts it (again) and waits until it is ready. */
  start(): Promise<HooklineProcess>;
  kill(): Promise<void>;
  /** PID of the embedded Temporal server. */
  temporalPid(): number;
  /** A client of the embedded server; closed with the lab. */
  client(): Promise<Client>;
  /** Posts one signed delivery to `/hooks/crash`; true when it was acknowledged. */
  post(id: string): Promise<boolean>;
  end(): Promise<void>;
}

const FLOWS = join(import.meta.dirname, '../e2e/flows');

/** Makes the lab; nothing is started before `start()`. */
export async function openCrashLab(flows = FLOWS): Promise<CrashLab> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-crash-'));
  const outside = await startOutside();
  const [port, temporalPort, uiPort] = await freePorts(3);
  const secrets = Object.entries(LAB_SECRETS).map(([name, value]) => [`HOOKLINE_SECRET_${name}`, value]);
  const env: Record<string, string> = {
    HOOKLINE_PORT: String(port),
    HOOKLINE_HOST: '127.0.0.1',
    HOOKLINE_FLOWS: flows,
    HOOKLINE_DATA_DIR: dataDir,
    HOOKLINE_TEMPORAL_PORT: String(temporalPort),
    HOOKLINE_TEMPORAL_UI_PORT: String(uiPort),
    HOOKLINE_ALLOW_PRIVATE_NETWORK: 'true',
    HOOKLINE_CONFIG_OUTSIDE_URL: outside.url,
    ...Object.fromEntries(secrets),
  };
  let running: HooklineProcess | undefined;
  let connection: Connection | undefined;
  const current = (): HooklineProcess => {
    if (running === undefined) throw new Error('the process is not running');
    return running;
  };
  const kill = async (): Promise<void> => {
    await current().end('SIGKILL');
    running = undefined;
  };
  return {
    dataDir,
    env,
    outside,
    process: current,
    start: async () => (running = await startProcess(['serve'], env)),
    kill,
    temporalPid: () => (JSON.parse(readFileSync(join(dataDir, 'temporal.json'), 'utf8')) as { pid: number }).pid,
    client: async () => {
      connection ??= await Connection.connect({ address: `127.0.0.1:${temporalPort}` });
      return new Client({ connection });
    },
    post: async (id) => {
      const body = JSON.stringify({ id });
      const headers = signGithub(body, LAB_SECRETS.CRASH_SECRET, 'push', id);
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/hooks/crash`, { method: 'POST', headers, body });
        await answer.arrayBuffer();
        return answer.status === 202;
      } catch {
        return false; // It was killed, or is not up: the sender does not know, which is not an acknowledgement.
      }
    },
    end: async () => {
      await connection?.close();
      // Nothing is left to look at: a graceful stop takes seconds.
      if (running) await running.end('SIGKILL').catch(() => undefined);
      await endOrphanServer(dataDir);
      await outside.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
