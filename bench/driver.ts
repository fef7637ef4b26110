// The load driver, a process of its own: posts signed webhooks, is the target that flows call, and measures both.
// usage: driver.ts '{"url":…,"secret":…,"count":…,"inFlight":…,"until":"ack"|"call","targetPort":…}'; prints one line of JSON.
import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';

export interface DriverOptions {
  url: string;
  secret: string;
  count: number;
  /** How many are under way at once. */
  inFlight: number;
  /** One is under way until its acknowledgement, or until the call that its flow makes has arrived. */
  until: 'ack' | 'call';
  /** Port the driver listens on as the target of the flows' calls. */
  targetPort: number;
  bodyBytes: number;
  /** False where no run is expected (dispatch paused). */
  expectCalls: boolean;
}

export interface DriverResult {
  acksPerSecond: number;
  ackP50Ms: number;
  ackP99Ms: number;
  flowsPerSecond: number;
  callP50Ms: number;
  callP99Ms: number;
  statuses: Record<string, number>;
  lost: number;
  repeated: number;
}

const CALL_WAIT_MS = 120_000;

async function drive(options: DriverOptions): Promise<DriverResult> {
  const run = randomUUID().slice(0, 8);
  const sentAt = new Map<string, number>();
  const arrived = new Map<string, number>();
  const waiters = new Map<string, () => void>();
  let repeated = 0;
  let lastCallAt = 0;
  const target = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = /"id":"(b-[^"]+)"/.exec(Buffer.concat(chunks).toString())?.[1];
      if (id !== undefined && sentAt.has(id)) {
        lastCallAt = performance.now();
        if (arrived.has(id)) repeated++;
        else arrived.set(id, lastCallAt);
        waiters.get(id)?.();
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => target.listen(options.targetPort, '127.0.0.1', resolve));

  const agent = new http.Agent({ keepAlive: true, maxSockets: options.inFlight });
  const statuses: Record<string, number> = {};
  const acks: number[] = [];
  const padding = 'x'.repeat(Math.max(0, options.bodyBytes - 110));
  const post = (id: string): Promise<void> =>
    new Promise((resolve) => {
      const body = JSON.stringify({
        id,
        event: 'order.created',
        data: { email: 'ada@example.com', total: 12.5 },
        padding,
      });
      const signature = `sha256=${createHmac('sha256', options.secret).update(body).digest('hex')}`;
      const started = performance.now();
      sentAt.set(id, started);
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-github-event': 'push',
        'x-github-delivery': id,
        'x-hub-signature-256': signature,
      };
      const request = http.request(options.url, { method: 'POST', agent, headers }, (response) => {
        response.resume();
        response.on('end', () => {
          statuses[response.statusCode ?? 0] = (statuses[response.statusCode ?? 0] ?? 0) + 1;
          acks.push(performance.now() - started);
          resolve();
        });
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        statuses[error.code ?? 'error'] = (statuses[error.code ?? 'error'] ?? 0) + 1;
        resolve();
      });
      request.end(body);
    });

  let next = 0;
  const startedAt = performance.now();
  const lane = async (): Promise<void> => {
    while (next < options.count) {
      const id = `b-${run}-${next++}`;
      const called = new Promise<void>((resolve) => waiters.set(id, resolve));
      await post(id);
      if (options.until === 'call') await Promise.race([called, timeout(CALL_WAIT_MS)]);
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, lane));
  const ackSeconds = (performance.now() - startedAt) / 1000;
  const deadline = performance.now() + CALL_WAIT_MS;
  while (options.expectCalls && arrived.size < options.count && performance.now() < deadline) await timeout(20);
  const calls = [...arrived].map(([id, at]) => at - sentAt.get(id)!);
  return {
    acksPerSecond: Math.round(options.count / ackSeconds),
    ackP50Ms: quantile(acks, 0.5),
    ackP99Ms: quantile(acks, 0.99),
    flowsPerSecond: Math.round((calls.length / (lastCallAt - startedAt)) * 10_000) / 10,
    callP50Ms: quantile(calls, 0.5),
    callP99Ms: quantile(calls, 0.99),
    statuses,
    lost: options.expectCalls ? options.count - calls.length : 0,
    repeated,
  };
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(value * 10) / 10;
}

const keepAlive = setInterval(() => undefined, 1000);
const result = await drive(JSON.parse(process.argv[2] ?? '{}') as DriverOptions);
clearInterval(keepAlive);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
