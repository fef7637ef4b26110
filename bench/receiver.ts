// A receiver without Temporal, for figures that end at the acknowledgement, and the driver that posts to it.
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { DriverOptions, DriverResult } from './driver.ts';
import { freePort, runProcess, startProcess } from './processes.ts';

const BODY_BYTES = 1_000;
const SECRET = randomBytes(16).toString('hex');

/** Starts it on a free port with the benchmark's flows; it stores starts and dispatches none. */
export async function startReceiver(folder: string): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort();
  const environment = {
    HOOKLINE_PORT: String(port),
    HOOKLINE_HOST: '127.0.0.1',
    HOOKLINE_FLOWS: 'bench/flows',
    HOOKLINE_DATA_DIR: folder,
    HOOKLINE_DISPATCH: 'false',
    HOOKLINE_SECRET_BENCH_SECRET: SECRET,
    HOOKLINE_CONFIG_TARGET_URL: 'http://127.0.0.1:9/',
    // Nobody listens there: the receiver stores without Temporal.
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
  };
  const args = ['bin/hookline.js', 'serve', '--only', 'receiver'];
  const { child } = await startProcess(args, environment, /Hookline is listening/);
  return { child, port };
}

/** Posts signed webhooks, `inFlight` at once, and waits for their acknowledgements. */
export async function driveReceiver(load: {
  port: number;
  path: string;
  count: number;
  inFlight: number;
}): Promise<DriverResult> {
  const options: DriverOptions = {
    url: `http://127.0.0.1:${load.port}${load.path}`,
    secret: SECRET,
    count: load.count,
    inFlight: load.inFlight,
    until: 'ack',
    targetPort: await freePort(),
    bodyBytes: BODY_BYTES,
    expectCalls: false,
  };
  return JSON.parse(await runProcess(['--import', 'tsx', 'bench/driver.ts', JSON.stringify(options)])) as DriverResult;
}
