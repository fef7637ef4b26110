// Every case of every example, with workers that die on its way: wherever that is, the run goes on from its history to the same
// end, the same answer and the same calls under the same keys. Examples are found by listing the folder; one that is new is among them.
// The random points are the same in every run; SEED=number takes others.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { readFlowFiles, readTestFiles } from '../../src/flow/files.ts';
import { loadCatalog } from '../../src/flow/load.ts';
import { readSchema } from '../../src/flow/registry.ts';
import { runCase, type CaseRun } from '../../src/testing/run-case.ts';
import type { TestCase } from '../../src/testing/test-case.ts';
import { readTestFile } from '../../src/testing/test-file.ts';
import type { RunInput } from '../../workflows/definition.ts';
import { EXAMPLES } from '../support/examples.ts';
import { interpretInSandbox, type Disturbance, type Seen } from './sandbox/interpret.ts';
import { createMachine, type Activation, type Machine } from './sandbox/machine.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_121);
/** Up to so many activations a worker dies before each; of longer runs, before so many of them. */
const DEATHS_MAX = 24;
/** Runs this long are replayed at fewer points: each replay goes through all that was before. */
const LONG_ACTIVATIONS = 200;
const DEATHS_OF_LONG = 1;

const catalog = loadCatalog(await readFlowFiles(EXAMPLES), { readSchema });
const cases = (await readTestFiles(EXAMPLES)).flatMap((source) => readTestFile(source, catalog).cases);
const running = new Map<string, number>();

let machine: Machine;
before(async () => {
  machine = await createMachine();
});
after(() => machine?.stop());

interface Observed {
  run: CaseRun;
  seen: Seen;
}

async function observe(test: TestCase, disturbance: Disturbance, on = machine): Promise<Observed> {
  const seen: Seen = { activations: 0, deaths: 0, runs: 0 };
  const flow = catalog.flows.get(test.flow)!;
  const run = await runCase(catalog, flow, test, (input, runtime) =>
    interpretInSandbox(on, disturbance, seen, input, runtime),
  );
  return { run, seen };
}

/** Numbers from 0 to 1 that look random and are the same for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Before which activations workers die: all but the first, unless there are too many. */
function deathsOf(activations: number, random: () => number): Set<number> {
  const points = Array.from({ length: Math.max(activations - 1, 0) }, (_, index) => index + 1);
  if (points.length <= DEATHS_MAX) return new Set(points);
  const count = activations > LONG_ACTIVATIONS ? DEATHS_OF_LONG : DEATHS_MAX;
  return new Set(Array.from({ length: count }, () => points[Math.floor(random() * points.length)]!));
}

/** What must not depend on who did the work. */
const essence = ({ run, seen }: Observed): object => ({
  ending: run.ending,
  calls: run.calls,
  answer: seen.answer,
  tookMs: run.tookMs,
});

/**
 * The same calls, in whatever order those made at the same time came, and whenever: a run that is to continue as new begins nothing before
 * what is in flight has ended.
 */
const callsByKey = ({ run }: Observed): object[] =>
  run.calls.toSorted((one, other) => (one.key < other.key ? -1 : 1)).map((call) => ({ ...call, atMs: undefined }));

for (const [number, test] of cases.entries()) {
  const random = randomOf(SEED + number);
  const at = (count: number): number => Math.floor(random() * count);

  describe(`${test.flow}: ${test.name} (SEED=${SEED})`, () => {
    let calm: Observed;
    before(async () => {
      calm = await observe(test, {});
      if (calm.seen.activations > 0) running.set(test.flow, (running.get(test.flow) ?? 0) + 1);
    });

    it('comes in the sandbox to what it comes to in `hookline test`', async () => {
      const plain = await runCase(catalog, catalog.flows.get(test.flow)!, test);
      assert.deepEqual([calm.run.ending, calm.run.calls], [plain.ending, plain.calls]);
      assert.equal(
        new Set(calm.run.calls.map(({ key }) => key)).size,
        calm.run.calls.length,
        'each call has its own key',
      );
    });

    it('ends the same when the worker dies before each activation', async () => {
      const deaths = deathsOf(calm.seen.activations, random);
      const killed = await observe(test, { dies: (activation) => deaths.has(activation) });
      assert.deepEqual(essence(killed), essence(calm));
      // A run that it called may end while the worker comes back: one activation says then what two would have said.
      const reached = [...deaths].filter((point) => point < killed.seen.activations);
      assert.equal(killed.seen.deaths, reached.length);
      assert.ok(killed.seen.activations >= calm.seen.activations / 2);
    });

    it('ends the same, cancelled somewhere and told of several things at once, with deaths at random', async () => {
      const gathered = new Set(
        Array.from({ length: calm.seen.activations }, (_, index) => index).filter(() => random() < 0.5),
      );
      const disturbance: Disturbance = {
        gathers: (index) => gathered.has(index),
        cancelsAt: at(calm.seen.activations),
      };
      const alive = await observe(test, disturbance);
      const deaths = deathsOf(alive.seen.activations, random);
      const killed = await observe(test, { ...disturbance, dies: (index) => deaths.has(index) });
      assert.deepEqual(essence(killed), essence(alive));
    });

    it('ends the same when it continues as new again and again, and the worker dies too', async () => {
      const length = 1 + at(Math.min(calm.seen.activations, DEATHS_MAX));
      const deaths = deathsOf(calm.seen.activations, random);
      const continued = await observe(test, {
        continues: (activation, first) => activation - first >= length,
        dies: (index) => deaths.has(index),
      });
      assert.deepEqual(continued.run.ending, calm.run.ending);
      assert.deepEqual(callsByKey(continued), callsByKey(calm));
      assert.deepEqual(continued.seen.answer, calm.seen.answer);
    });
  });
}

describe('the examples', () => {
  it('all load, and each has a case that runs', () => {
    assert.deepEqual(
      catalog.problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.ok(catalog.flows.size > 0);
    assert.deepEqual(
      [...catalog.flows.keys()].filter((flow) => !running.has(flow)),
      [],
    );
  });

  it('would be found out, did a replay do anything else', async () => {
    const test = cases.find(({ flow }) => flow === 'money-transfer')!;
    const dies = (activation: number): boolean => activation === 2;
    await assert.rejects(observe(test, { dies }, forgetful(machine)), /a replay does what was done before/);
  });
});

/** A machine whose later lives of a run are told of another flow: one step less. */
function forgetful(real: Machine): Machine {
  let lives = 0;
  return {
    ...real,
    async begin(identity) {
      const life = await real.begin(identity);
      lives += 1;
      if (lives === 1) return life;
      return { ...life, activate: (activation) => life.activate(withoutFirstStep(activation)) };
    },
  };
}

function withoutFirstStep(activation: Activation): Activation {
  const [first, ...rest] = activation.jobs ?? [];
  const beginning = first?.initializeWorkflow;
  if (!beginning) return activation;
  const input = defaultPayloadConverter.fromPayload<RunInput>(beginning.arguments![0] as Payload);
  const flow = { ...input.flow, steps: input.flow.steps.slice(1) };
  const args = [defaultPayloadConverter.toPayload({ ...input, flow })];
  return { ...activation, jobs: [{ initializeWorkflow: { ...beginning, arguments: args } }, ...rest] };
}
