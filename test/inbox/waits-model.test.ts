// Whatever happens in whatever order: a run that waits learns of its event, and of none that it did not ask for. Seeds make the orders;
// WAITS_SEED and WAITS_CASES play others than the suite does.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { DeliveryRow } from '../../src/inbox/sqlite/accept.ts';
import { createTurns, makeTemplate, openWaitsLab, randomFrom, type Turns, type WaitsLab } from './waits-model-lab.ts';
import { createWorld, type Asked, type World, type WorldEvent } from './waits-world.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const HOUR_MS = 3_600_000;
const LEASE_MS = 5_000;
/** Between events that come before all runs: twelve fill an hour. */
const EARLIER_MS = HOUR_MS / 12;
const FIRST_SEED = Number(process.env['WAITS_SEED'] ?? 1);
const CASES = Number(process.env['WAITS_CASES'] ?? 50);
/** Events that are pruned at some time. */
const OLDEST = 3;
const RUNS = ['r1', 'r2', 'r3'];
const TYPES = ['x', 'y'];
/** Texts that a place of an event may hold: so few that waits often have their event, so many that they wait for it. */
const TEXTS = 3;
const QUIET_ROUNDS_MAX = 200;

interface Play {
  random(): number;
  int(below: number): number;
  pick<T>(from: T[]): T;
  turns: Turns;
  lab: WaitsLab;
  world: World;
}

let template: ReturnType<typeof makeTemplate>;
before(() => {
  template = makeTemplate();
});
after(() => template.dispose());

function madeAsked({ pick, int, world }: Play): Asked {
  const a: [string, string] = ['body.a', String(int(TEXTS))];
  const b: [string, string] = ['body.b', String(int(TEXTS))];
  return {
    types: pick([['x'], ['y'], TYPES]),
    where: pick([[], [a], [b], [a, b], [a, b]]),
    since: NOW - pick([0, 0, 0, HOUR_MS / 2]),
    except: pick(['', '', ...world.events.map(({ id }) => id)]),
    want: pick([null, null, int(3)]),
  };
}

/** Two branches, of a few waits each; the same question often comes again. */
function madePlan(play: Play): Map<string, Asked[]> {
  const known = Array.from({ length: 2 }, () => madeAsked(play));
  const steps = (): Asked[] => Array.from({ length: 1 + play.int(4) }, () => play.pick([...known, madeAsked(play)]));
  return new Map([
    ['0/a', steps()],
    ['0/b', steps()],
  ]);
}

/** One delivery of an event; some are of one that is there already, some are held. */
function accept({ random, int, pick, lab, world }: Play, number: number, receivedAt: number): void {
  // Not the oldest: once they are pruned, nobody knows that they were there.
  const repeatable = world.events.slice(OLDEST);
  const again = random() < 0.15 && repeatable.length > 0;
  const event: WorldEvent = again
    ? pick(repeatable)
    : {
        id: `shop~e-${number}`,
        type: pick(TYPES),
        body: { a: String(int(TEXTS)), b: String(int(TEXTS)), n: int(3) },
        receivedAt,
        held: random() < 0.1,
        position: 0,
      };
  const row: DeliveryRow = {
    source: 'shop',
    deliveryId: `d-${number}`,
    receivedAt,
    method: 'POST',
    contentType: 'application/json',
    headers: '{}',
    query: '{}',
    bodyBytes: 0,
    replay: null,
    events: [
      {
        id: event.id,
        type: event.type,
        outcome: 'unmatched',
        reason: null,
        body: JSON.stringify(event.body),
        held: event.held,
        starts: [],
      },
    ],
  };
  lab.accept(random() < 0.1 ? [row, row] : [row]);
  if (!again) world.events.push(event);
  event.position = lab.positionOf(event.id);
  world.trace.push(`accepted ${JSON.stringify(event)}${again ? ' again' : ''}`);
}

async function pass({ turn }: Turns, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await turn();
}

async function events(play: Play): Promise<void> {
  const { turns, world, int, random } = play;
  for (let number = 100; number < 140; number += 1) {
    await pass(turns, int(8));
    world.now += int(4);
    accept(play, number, world.now - (random() < 0.2 ? int(20_000) : 0));
  }
}

/** Tells runs; Temporal does not always take it, or not always say so, and a process does not live to record it. */
async function lane({ random, int, turns, lab, world }: Play): Promise<void> {
  for (let round = 0; round < 25; round += 1) {
    await pass(turns, int(5));
    const wakes = await lab.store.claimWakes(1 + int(4), LEASE_MS, world.now);
    for (const wake of wakes) {
      void (async () => {
        await turns.turn();
        const fate = random();
        const isThere = fate < 0.15 || world.tell(wake);
        await pass(turns, int(12));
        if (fate > 0.9) return;
        const { id, newest } = wake;
        if (fate < 0.3) {
          await lab.store.settleWakes([{ id, state: 'pending', retryAt: world.now + int(20), error: 'away' }]);
        } else if (isThere) await lab.store.settleWakes([{ id, state: 'sent' }]);
        else await lab.store.settleWakes([{ id, state: 'gone', newest }]);
      })();
    }
  }
}

async function sweep({ int, turns, lab, world }: Play): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    await pass(turns, int(15));
    const { runs, newest } = await lab.store.uncheckedRuns(world.now + 1, 10);
    const asked: { workflowId: string; over: boolean }[] = [];
    for (const workflowId of runs) {
      await turns.turn();
      asked.push({ workflowId, over: world.isOver(workflowId) });
    }
    world.trace.push(`swept: ${JSON.stringify(asked)}`);
    await pass(turns, int(15));
    await lab.store.settleRuns(asked, newest, world.now);
  }
}

/** Runs end and begin again under their id, with the same questions or with others. */
async function people(play: Play): Promise<void> {
  const plans = new Map(RUNS.map((run) => [run, madePlan(play)]));
  for (const run of RUNS) play.world.begin(run, plans.get(run)!);
  for (let round = 0; round < 6; round += 1) {
    await pass(play.turns, 10 + play.int(20));
    const run = play.pick(RUNS);
    play.world.terminate(run);
    await pass(play.turns, play.int(15));
    const plan = play.random() < 0.6 ? plans.get(run)! : madePlan(play);
    plans.set(run, plan);
    play.world.begin(run, plan);
  }
}

async function chores({ int, pick, turns, lab, world }: Play): Promise<void> {
  const shape = { type: pick(TYPES), source: 'shop', paths: pick([[], ['body.a'], ['body.b'], ['body.a', 'body.b']]) };
  const all: (() => unknown)[] = [
    () => lab.store.pruneWaits({ now: world.now, sentBefore: 0, declaredBefore: Date.now() + 1 }),
    () => lab.store.pruneWaits({ now: world.now, sentBefore: Date.now() + 1, declaredBefore: 0 }),
    () => lab.store.declareKeys([shape], world.now),
    () => {
      world.retold = true;
      return lab.store.reopenWakes(0);
    },
    () => lab.prune(NOW - HOUR_MS),
    () => lab.reopen(),
    () => (world.now += LEASE_MS),
  ];
  for (let round = 0; round < 10; round += 1) {
    await pass(turns, int(15));
    const chosen = int(all.length);
    world.trace.push(`chore ${chosen}`);
    await all[chosen]!();
  }
}

/** In the end Temporal takes all, and every lease runs out. */
async function quieten({ turns, lab, world }: Play): Promise<void> {
  for (let round = 0; round < QUIET_ROUNDS_MAX; round += 1) {
    world.now += LEASE_MS + 1;
    const claiming = lab.store.claimWakes(100, LEASE_MS, world.now);
    await turns.play();
    const wakes = await claiming;
    const settling = lab.store.settleWakes(
      wakes.map((wake) =>
        world.tell(wake) ? { id: wake.id, state: 'sent' } : { id: wake.id, state: 'gone', newest: wake.newest },
      ),
    );
    await turns.play();
    await settling;
    if (wakes.length === 0) return;
  }
  world.wrong.push('wakes never end');
}

async function playCase(seed: number): Promise<{ wrong: string[]; world: World }> {
  const random = randomFrom(seed);
  const int = (below: number): number => Math.floor(random() * below);
  const pick = <T>(from: T[]): T => from[int(from.length)]!;
  const turns = createTurns(random);
  const lab = openWaitsLab(template.folder, turns);
  try {
    const world = createWorld(lab, turns, random, NOW);
    const play: Play = { random, int, pick, turns, lab, world };
    for (let number = 0; number < OLDEST; number += 1) accept(play, number, NOW - 2 * HOUR_MS + number);
    for (let number = OLDEST; number < 6; number += 1) accept(play, number, NOW - HOUR_MS + number * EARLIER_MS);
    const all = Promise.all([people(play), events(play), lane(play), lane(play), sweep(play), chores(play)]);
    await turns.play();
    await all;
    await quieten(play);
    return { wrong: [...world.wrong, ...world.missed()], world };
  } finally {
    lab.close();
  }
}

it(`tells every run of its events, in each of ${CASES} orders`, async () => {
  let taken = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed += 1) {
    const { wrong, world } = await playCase(seed);
    taken += world.trace.filter((line) => line.includes('takes')).length;
    assert.deepEqual(wrong, [], `WAITS_SEED=${seed} WAITS_CASES=1:\n${world.trace.join('\n')}`);
  }
  assert.ok(taken > CASES, `only ${taken} events were taken`);
});
