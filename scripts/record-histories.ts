// Records the histories in test/histories/ anew: `node --import tsx scripts/record-histories.ts`. Only for new files, or
// together with a new ENGINE_VERSION: a history that no longer replays is what its test is there to find.
import { mkdir, writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startBench, type Bench } from '../test/workflow/bench.ts';
import type { RunHistory } from '../test/support/harness.ts';
import { RECORDED, type Recorded } from '../test/workflow/recorded-flows.ts';
import { RECORDED_FIRINGS, recordFirings } from '../test/workflow/recorded-schedules.ts';

/** What a history says about the machine it was recorded on; replay needs none of it. */
const PLACE = new Set(['identity', 'stackTrace']);

function withoutPlace(key: string, value: unknown): unknown {
  return PLACE.has(key) ? undefined : value;
}

const folder = new URL('../test/histories/', import.meta.url);

async function record(bench: Bench, { name, flow, body, rest, meanwhile }: Recorded): Promise<void> {
  const handle = await bench.start(flow, body, rest);
  await Promise.all([handle.result().catch(() => undefined), meanwhile?.(handle)]);
  await keep(name, await handle.fetchHistory());
}

async function keep(name: string, recorded: RunHistory): Promise<void> {
  const history = JSON.stringify(JSON.parse(historyToJSON(recorded), withoutPlace), null, 1);
  await writeFile(new URL(`${name}.json`, folder), `${history}\n`);
  console.log(`${name}: ${(history.length / 1024).toFixed(0)} KiB`);
}

await mkdir(new URL('schedules/', folder), { recursive: true });
const wanted = process.argv.slice(2);
const isWanted = ({ name }: { name: string }): boolean => wanted.length === 0 || wanted.includes(name);
const chosen = RECORDED.filter(isWanted);
for (const events of new Set(chosen.map((each) => each.continueAfterEvents))) {
  const settings: Record<string, string> =
    events === undefined ? {} : { 'limit.historyCount.suggestContinueAsNew': String(events) };
  const bench = await startBench(settings);
  for (const each of chosen) if (each.continueAfterEvents === events) await record(bench, each);
  await bench.stop();
}
const firings = RECORDED_FIRINGS.filter(isWanted);
if (firings.length > 0) {
  for (const [name, history] of await recordFirings(firings)) await keep(`schedules/${name}`, history);
}
