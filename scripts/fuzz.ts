// `npm run fuzz`: random cases of every property in test/fuzz/, a million unless told otherwise. Ends with 1 when one fails.
// `-- --cases N --seed S --property NAME`: with the seed and the property of a failure, the first batch finds it again.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { BATCH_CASES, properties, runProperty, type FuzzFailure } from '../test/fuzz/properties.ts';
import { assertServes, startReceiver } from '../test/fuzz/receiver.ts';

const CASES_DEFAULT = 1_000_000;
const MEBIBYTE = 1024 * 1024;

const { values } = parseArgs({
  options: { cases: { type: 'string' }, seed: { type: 'string' }, property: { type: 'string' } },
});
const cases = wholeNumber('cases', values.cases, CASES_DEFAULT);
const seed = wholeNumber('seed', values.seed, Math.floor(Math.random() * 2 ** 31));
const chosen = properties.filter(({ name }) => values.property === undefined || name === values.property);
if (chosen.length === 0) {
  console.error(`--property is one of ${properties.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const shares = chosen.reduce((sum, { share }) => sum + share, 0);
const lab = await startReceiver();
const startedAt = performance.now();
const failures: FuzzFailure[] = [];
let done = 0;
let residentBytesMost = 0;
console.log(`${cases} cases, seed ${seed}, batches of ${BATCH_CASES}, ${availableParallelism()} cores`);

for (const property of chosen) {
  const propertyStartedAt = performance.now();
  const before = done;
  const wanted = Math.ceil((cases * property.share) / shares);
  const failure = await runProperty(property, lab, wanted, seed, (count) => {
    done += count;
    residentBytesMost = Math.max(residentBytesMost, process.memoryUsage.rss());
    if (process.stdout.isTTY) process.stdout.write(`\r${property.name}: ${done - before} of ${wanted} `);
  });
  const seconds = (performance.now() - propertyStartedAt) / 1000;
  const verdict = failure ? 'FAILED' : 'holds';
  if (process.stdout.isTTY) process.stdout.write('\r');
  console.log(`${verdict}  ${property.name}: ${done - before} cases in ${seconds.toFixed(1)} s (${property.says})`);
  if (failure) failures.push(failure);
}

await assertServes(lab);
await lab.close();
const seconds = (performance.now() - startedAt) / 1000;
for (const { property, seed: found, message, counterexample } of failures) {
  console.error(`\n${property} does not hold: ${message}`);
  console.error(`  counterexample: ${counterexample}`);
  console.error(`  again: npm run fuzz -- --property ${property} --seed ${found} --cases ${BATCH_CASES}`);
}
console.log(
  `\n${done} cases, seed ${seed}, ${failures.length} failures, ${Math.round(done / seconds)} cases/s, ` +
    `${seconds.toFixed(0)} s, at most ${Math.round(residentBytesMost / MEBIBYTE)} MiB resident`,
);
process.exitCode = failures.length > 0 ? 1 : 0;

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  console.error(`--${name} must be a whole number`);
  process.exit(2);
}
