// `npm run bench:acks`: acknowledgements a second with and without verification, in turns on one receiver. Loopback only;
// Temporal is not needed. BENCH_COUNT: posts of a turn; BENCH_ROUNDS: turns of each kind.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopProcess } from './processes.ts';
import { driveReceiver, startReceiver } from './receiver.ts';

const COUNT = Number(process.env['BENCH_COUNT'] ?? 20_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const WARM_UP_COUNT = 5_000;
const IN_FLIGHT = 64;
const KINDS: [name: string, path: string][] = [
  ['verified (github: HMAC-SHA256 and replay window)', '/hooks/bench'],
  ['not verified (auth: none)', '/hooks/open'],
];

const folder = await mkdtemp(join(tmpdir(), 'hookline-acks-'));
const { child, port } = await startReceiver(folder);
try {
  for (const [, path] of KINDS) await driveReceiver({ port, path, count: WARM_UP_COUNT, inFlight: IN_FLIGHT });
  process.stdout.write(
    `| source, ${IN_FLIGHT} posts in flight | acks/s | p50 ms | p99 ms |\n| --- | --- | --- | --- |\n`,
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, path] of KINDS) {
      const result = await driveReceiver({ port, path, count: COUNT, inFlight: IN_FLIGHT });
      process.stdout.write(`| ${name} | ${result.acksPerSecond} | ${result.ackP50Ms} | ${result.ackP99Ms} |\n`);
    }
  }
} finally {
  await stopProcess(child);
  await rm(folder, { recursive: true, force: true });
}
