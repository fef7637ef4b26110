// `npm run bench:attack`: what a good sender feels while slow connections and a storm of 413s are there. Prints one table.
// Loopback only; Temporal is not needed, for what is measured ends at the acknowledgement. BENCH_COUNT: posts of a row.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttackOptions, AttackResult } from './attackers.ts';
import type { DriverResult } from './driver.ts';
import { residentMebibytes, startProcess, stopProcess } from './processes.ts';
import { driveReceiver, startReceiver } from './receiver.ts';

const COUNT = Number(process.env['BENCH_COUNT'] ?? 5_000);
const WARM_UP_COUNT = 1_000;
/** One good sender with a few requests under way, as third parties have. */
const IN_FLIGHT = 4;
const SLOW_CONNECTIONS = 200;
const STORM_CONNECTIONS = 8;
/** The slow ones are all there, and the storm is at full strength. */
const SETTLE_MS = 2_000;
const TSX = ['--import', 'tsx'];

const ATTACKS: [name: string, slow: number, storm: number][] = [
  ['alone', 0, 0],
  [`${SLOW_CONNECTIONS} slow connections`, SLOW_CONNECTIONS, 0],
  [`a storm of 413s on ${STORM_CONNECTIONS} connections`, 0, STORM_CONNECTIONS],
  ['both', SLOW_CONNECTIONS, STORM_CONNECTIONS],
  ['alone again', 0, 0],
];

const drive = (port: number, count: number): Promise<DriverResult> =>
  driveReceiver({ port, path: '/hooks/bench', count, inFlight: IN_FLIGHT });

async function startAttack(
  port: number,
  slow: number,
  storm: number,
): Promise<() => Promise<AttackResult | undefined>> {
  if (slow + storm === 0) return async () => undefined;
  const options: AttackOptions = { port, path: '/hooks/bench', slow, storm };
  const { child } = await startProcess([...TSX, 'bench/attackers.ts', JSON.stringify(options)], {}, /attacking (1)/);
  let output = '';
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
  return async () => {
    await stopProcess(child);
    return JSON.parse(output) as AttackResult;
  };
}

function row(name: string, result: DriverResult, residentMebibytesNow: number, seen: AttackResult | undefined): string {
  const { 202: accepted = 0, ...refused } = result.statuses;
  const faults = Object.entries(refused).map(([status, count]) => `${count} × ${status}`);
  const attack = seen ? `${seen.slowClosed} slow ones cut off, ${seen.stormAnswered413} × 413` : '';
  return `| ${name} | ${result.ackP50Ms} | ${result.ackP99Ms} | ${result.acksPerSecond} | ${accepted}${faults.length > 0 ? `, ${faults.join(', ')}` : ''} | ${residentMebibytesNow} | ${attack} |\n`;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-attack-'));
  const { child, port } = await startReceiver(folder);
  try {
    await drive(port, WARM_UP_COUNT);
    process.stdout.write(
      '| a good sender | p50 ms | p99 ms | acks/s | stored | RSS MiB | the attack |\n| --- | --- | --- | --- | --- | --- | --- |\n',
    );
    for (const [name, slow, storm] of ATTACKS) {
      const stopAttack = await startAttack(port, slow, storm);
      if (slow + storm > 0) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const result = await drive(port, COUNT);
      const resident = residentMebibytes(child.pid!);
      process.stdout.write(row(name, result, resident, await stopAttack()));
    }
  } finally {
    await stopProcess(child);
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
