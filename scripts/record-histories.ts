// Records the histories in test/histories/ anew: `node --import tsx scripts/record-histories.ts`. Only for new files, or
// together with a new ENGINE_VERSION: a history that no longer replays is what its test is there to find.
import { mkdir, writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startBench, type Bench } from '../test/workflow/bench.ts';
import { RECORDED, type Recorded } from '../test/workflow/recorded-flows.ts';

/** What a history says about the machine it was recorded on; replay needs none of it. */
const PLACE = new Set(['identity', 'stackTrace']);

function withoutPlace(key: string, value: unknown): unknown {
  return PLACE.has(key) ? undefined : value;
}

const folder = new URL('../test/histories/', import.meta.url);

async function record(bench: Bench, { name, flow, body, rest, meanwhile }: Recorded): Promise<void> {
  const handle = await bench.start(flow, body, rest);
  await Promise.all([handle.result().catch(() => undefined), meanwhile?.(handle)]);
  const history = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory()), withoutPlace), null, 1);
  await writeFile(new URL(`${name}.json`, folder), `${history}\n`);
  console.log(`${name}: ${(history.length / 1024).toFixed(0)} KiB`);
}

await mkdir(folder, { recursive: true });
const wanted = process.argv.slice(2);
const chosen = RECORDED.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
for (const events of new Set(chosen.map((each) => each.continueAfterEvents))) {
  const settings: Record<string, string> =
    events === undefined ? {} : { 'limit.historyCount.suggestContinueAsNew': String(events) };
  const bench = await startBench(settings);
  for (const each of chosen) if (each.continueAfterEvents === events) await record(bench, each);
  await bench.stop();
}
