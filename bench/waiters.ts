// `node --import tsx bench/waiters.ts`: what runs that wait cost (memory, CPU), and how long an event takes to the run that it wakes.
// BENCH_WAITERS: runs that wait; BENCH_EVENTS: events sent to some of them, BENCH_RATE of them a second.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { readSettings } from '../src/config.ts';
import { startHookline } from '../src/hookline.ts';
import { testPorts } from '../test/support/environment.ts';

const WAITERS = Number(process.env['BENCH_WAITERS'] ?? 10_000);
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 500);
const RATE_PER_SECOND = Number(process.env['BENCH_RATE'] ?? 20);
const IDLE_SECONDS = 20;
const POSTS_IN_FLIGHT = 16;
const MIB = 1024 * 1024;
/** Clock ticks a second in /proc/PID/stat: Linux' USER_HZ, 100 on every common platform. */
const TICKS_PER_SECOND = 100;

const folder = await mkdtemp(join(tmpdir(), 'hookline-waiters-'));
const woken = new Map<string, number>();
const outside = createServer((request, response) => {
  woken.set(request.url!.slice(1), performance.now());
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
const outsidePort = (outside.address() as AddressInfo).port;

await writeFile(
  join(folder, 'flows.yaml'),
  `source: shop
auth: none
event_type: body:type
delivery_id: body:id
---
flow: waits
triggers: [{ event: order.created, source: shop }]
steps:
  - id: payment
    wait_for: payment.received
    source: shop
    where: { body.order: "\${{ event.body.order }}" }
    timeout: 3d
  - uses: http.request
    with: { url: "http://127.0.0.1:${outsidePort}/\${{ event.body.order }}" }
`,
);

const settings = readSettings({
  ...(await testPorts()),
  HOOKLINE_HOST: '127.0.0.1',
  HOOKLINE_FLOWS: folder,
  HOOKLINE_DATA_DIR: join(folder, 'data'),
  HOOKLINE_ALLOW_PRIVATE_NETWORK: 'true',
  HOOKLINE_LOG_LEVEL: 'warn',
});
const hookline = await startHookline({
  settings,
  role: 'all',
  logger: pino({ level: 'warn' }),
  secrets: () => undefined,
  config: () => undefined,
  watch: false,
  progress: () => undefined,
});
await hookline.ready;

async function post(body: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${hookline.url}/hooks/shop`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  if (response.status >= 300) throw new Error(`the receiver answered ${response.status}`);
}

async function waiting(): Promise<number> {
  const text = await (await fetch(`${hookline.url}/metrics`)).text();
  return Number(/^hookline_waits\{rows="waiters"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

/** CPU seconds and resident MiB of a process, of all its threads. */
async function usage(pid: number | 'self'): Promise<{ cpuSeconds: number; rssMib: number }> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  const rssKib = Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]);
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, rssMib: (rssKib * 1024) / MIB };
}

/** The Temporal server that this process started. */
async function serverPid(): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(folder) && command.includes('start-dev')) return Number(pid);
  }
  throw new Error('the Temporal server is not there');
}

async function idle(): Promise<string[]> {
  const pids: ['self', number] = ['self', await serverPid()];
  const before = await Promise.all(pids.map(usage));
  await sleep(IDLE_SECONDS * 1_000);
  const after = await Promise.all(pids.map(usage));
  return after.map(({ cpuSeconds, rssMib }, index) => {
    const share = ((cpuSeconds - before[index]!.cpuSeconds) / IDLE_SECONDS) * 100;
    return `${share.toFixed(1)} % of a core, ${rssMib.toFixed(0)} MiB`;
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  say(`without runs: hookline ${(await idle()).join('; temporal ')}`);
  const startedAt = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let order = next++; order < WAITERS; order = next++) {
      await post({ id: `o${order}`, type: 'order.created', order });
    }
  };
  await Promise.all(Array.from({ length: POSTS_IN_FLIGHT }, lane));
  say(`${WAITERS} deliveries acknowledged after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  while ((await waiting()) < WAITERS) await sleep(500);
  say(`${WAITERS} runs wait after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  await sleep(5_000);
  say(`${WAITERS} runs wait: hookline ${(await idle()).join('; temporal ')}`);

  const sent = new Map<string, number>();
  const stride = Math.max(1, Math.floor(WAITERS / EVENTS));
  for (let count = 0; count < Math.min(EVENTS, WAITERS); count += 1) {
    const order = count * stride;
    sent.set(String(order), performance.now());
    void post({ id: `p${order}`, type: 'payment.received', order });
    await sleep(1_000 / RATE_PER_SECOND);
  }
  while ([...sent.keys()].some((order) => !woken.has(order))) await sleep(100);
  const times = [...sent].map(([order, at]) => woken.get(order)! - at).sort((one, other) => one - other);
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(0);
  say(`event posted to the next call of the run it wakes: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
} finally {
  await hookline.stop();
  outside.close();
  await rm(folder, { recursive: true, force: true });
}
