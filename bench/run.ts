// `npm run bench`: Hookline beside hand-written Temporal code, same machine, same server, same run. Prints one table.
// BENCH_COUNT changes how many webhooks a round posts (default 1000), BENCH_ROUNDS how often rounds alternate (2).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { createLogger } from '../src/logger.ts';
import { findServerBinary } from '../src/temporal/binary.ts';
import { startEmbeddedServer } from '../src/temporal/embedded.ts';
import type { DriverOptions, DriverResult } from './driver.ts';
import { freePort, residentMebibytes, runProcess, startProcess, stopProcess } from './processes.ts';

const COUNT = Number(process.env['BENCH_COUNT'] ?? 1000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 2);
const ACK_COUNT = 20_000;
const IN_FLIGHT = 32;
const BODY_BYTES = 1000;
const IDLE_SETTLE_MS = 8_000;
const SECRET = randomBytes(16).toString('hex');
const TSX = ['--import', 'tsx'];

interface Subject {
  name: string;
  /** Starts it against a Temporal server; flows call `targetUrl`. Returns where to post and what to end. */
  start(temporal: string, targetUrl: string): Promise<{ url: string; children: ChildProcess[] }>;
}

function baseline(name: string, parts: string[]): Subject {
  return {
    name,
    async start(temporal, targetUrl) {
      const environment = {
        TEMPORAL_ADDRESS: temporal,
        TARGET_URL: targetUrl,
        SECRET,
        TASK_QUEUE: `baseline-${parts.join('-')}`,
      };
      const started = [];
      for (const part of parts)
        started.push(await startProcess([...TSX, 'bench/baseline.ts', part], environment, /listening (\d+)/));
      const port = started.map((process) => process.match).find((match) => match !== '0');
      return { url: `http://127.0.0.1:${port}/`, children: started.map((process) => process.child) };
    },
  };
}

function hookline(dataDir: string, extra: Record<string, string> = {}): Subject {
  return {
    name: 'hookline',
    async start(temporal, targetUrl) {
      const port = await freePort();
      const environment = {
        TEMPORAL_ADDRESS: temporal,
        HOOKLINE_PORT: String(port),
        HOOKLINE_HOST: '127.0.0.1',
        HOOKLINE_FLOWS: 'bench/flows',
        HOOKLINE_DATA_DIR: dataDir,
        HOOKLINE_SECRET_BENCH_SECRET: SECRET,
        HOOKLINE_CONFIG_TARGET_URL: targetUrl,
        HOOKLINE_ALLOW_PRIVATE_NETWORK: 'true',
        ...extra,
      };
      const { child } = await startProcess(['bin/hookline.js', 'serve'], environment, /Hookline is ready/);
      return { url: `http://127.0.0.1:${port}/hooks/bench`, children: [child] };
    },
  };
}

async function drive(options: Omit<DriverOptions, 'secret' | 'bodyBytes'>): Promise<DriverResult> {
  const output = await runProcess([
    ...TSX,
    'bench/driver.ts',
    JSON.stringify({ ...options, secret: SECRET, bodyBytes: BODY_BYTES }),
  ]);
  return JSON.parse(output) as DriverResult;
}

/** One subject on one server: warm up, then one flow at a time, 32 flows in flight, and 32 posts in flight. */
async function measure(subject: Subject, temporal: string, targetPort: number): Promise<Record<string, DriverResult>> {
  const { url, children } = await subject.start(temporal, `http://127.0.0.1:${targetPort}/target`);
  try {
    const load = { url, targetPort, expectCalls: true };
    await drive({ ...load, count: 200, inFlight: 8, until: 'call' });
    return {
      one: await drive({ ...load, count: Math.min(200, COUNT), inFlight: 1, until: 'call' }),
      flows: await drive({ ...load, count: COUNT, inFlight: IN_FLIGHT, until: 'call' }),
      posts: await drive({ ...load, count: COUNT, inFlight: IN_FLIGHT, until: 'ack' }),
    };
  } finally {
    await Promise.all(children.map(stopProcess));
  }
}

function row(name: string, load: string, result: DriverResult): string {
  const faults = result.lost + result.repeated > 0 ? `${result.lost} lost, ${result.repeated} repeated` : 'none';
  return `| ${name} | ${load} | ${result.flowsPerSecond} | ${result.callP50Ms} | ${result.callP99Ms} | ${result.acksPerSecond} | ${result.ackP99Ms} | ${faults} |`;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-bench-'));
  const logger = createLogger('warn', false);
  const binary = await findServerBinary({ progress: (line) => process.stderr.write(`${line}\n`) });
  const targetPort = await freePort();
  const server = async (name: string, tuned: boolean) =>
    startEmbeddedServer({
      binary,
      dataDir: join(folder, name),
      port: await freePort(),
      uiPort: await freePort(),
      namespace: 'default',
      logger,
      tuned,
    });

  process.stdout.write(
    '| | load | flows/s | webhook → call p50 ms | p99 ms | acks/s | ack p99 ms | lost or repeated |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n',
  );
  const tuned = await server('tuned', true);
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      for (const subject of [baseline('eager baseline', ['all']), hookline(join(folder, `hookline-${round}`))]) {
        const results = await measure(subject, tuned.address, targetPort);
        for (const [load, result] of Object.entries(results))
          process.stdout.write(`${row(`${subject.name} (round ${round})`, LOADS[load]!, result)}\n`);
      }
    }
    await measureAcks(folder, tuned.address, targetPort);
  } finally {
    await tuned.stop();
  }
  const stock = await server('stock', false);
  try {
    const results = await measure(
      baseline('common style, stock server', ['worker', 'receiver']),
      stock.address,
      targetPort,
    );
    for (const [load, result] of Object.entries(results))
      process.stdout.write(`${row('common style, stock server', LOADS[load]!, result)}\n`);
  } finally {
    await stock.stop();
  }
  await measureStart(folder);
  await rm(folder, { recursive: true, force: true });
}

const LOADS: Record<string, string> = {
  one: '1 flow in flight',
  flows: `${IN_FLIGHT} flows in flight`,
  posts: `${IN_FLIGHT} posts in flight`,
};

/** Acknowledgements with dispatch paused, then while a backlog drains. */
async function measureAcks(folder: string, temporal: string, targetPort: number): Promise<void> {
  const dataDir = join(folder, 'hookline-acks');
  const load = { targetPort, inFlight: 64, until: 'ack' as const, expectCalls: false, count: ACK_COUNT };
  const paused = await hookline(dataDir, { HOOKLINE_DISPATCH: 'false' }).start(
    temporal,
    `http://127.0.0.1:${targetPort}/target`,
  );
  try {
    await drive({ ...load, url: paused.url, count: 2000 });
    process.stdout.write(
      `${row('hookline, dispatch paused', '64 posts in flight', await drive({ ...load, url: paused.url }))}\n`,
    );
  } finally {
    await Promise.all(paused.children.map(stopProcess));
  }
  const draining = await hookline(dataDir).start(temporal, `http://127.0.0.1:${targetPort}/target`);
  try {
    process.stdout.write(
      `${row('hookline, draining a backlog', '64 posts in flight', await drive({ ...load, url: draining.url }))}\n`,
    );
  } finally {
    await Promise.all(draining.children.map(stopProcess));
  }
}

/** Time from start to ready with the server embedded, and memory when idle. */
async function measureStart(folder: string): Promise<void> {
  const environment = {
    HOOKLINE_PORT: String(await freePort()),
    HOOKLINE_TEMPORAL_PORT: String(await freePort()),
    HOOKLINE_TEMPORAL_UI_PORT: String(await freePort()),
    HOOKLINE_FLOWS: 'flows',
    HOOKLINE_DATA_DIR: join(folder, 'start'),
  };
  const startedAt = performance.now();
  const { child } = await startProcess(['bin/hookline.js', 'dev'], environment, /Hookline is ready/);
  const readyMs = Math.round(performance.now() - startedAt);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SETTLE_MS));
  process.stdout.write(
    `\nready in ${readyMs} ms (server embedded, binary cached); idle RSS of our process ${residentMebibytes(child.pid!)} MiB\n`,
  );
  const stoppedAt = performance.now();
  await stopProcess(child);
  process.stdout.write(`stopped in ${Math.round(performance.now() - stoppedAt)} ms\n`);
}

await main();
