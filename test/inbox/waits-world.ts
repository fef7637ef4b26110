// A small world of runs that wait, to hold the store against: what runs ask and take, as they do it in Temporal, with attempts that die or
// come late, runs that are terminated and reset, and what each should have learned in the end. `trace` says what happened.
import { register } from '../../activities/store-calls.ts';
import type { ConnectorCall, JsonObject } from '../../workflows/definition.ts';
import type { Candidate } from '../../workflows/wakes.ts';
import type { ClaimedWake } from '../../src/inbox/waits.ts';
import type { Turns, WaitsLab } from './waits-model-lab.ts';

export interface WorldEvent {
  id: string;
  type: string;
  body: { a: string; b: string; n: number };
  receivedAt: number;
  held: boolean;
  position: number;
}

/** What a wait asks. `want`: null takes the first event; else the run looks for the `n`. */
export interface Asked {
  types: string[];
  where: [string, string][];
  since: number;
  except: string;
  want: number | null;
}

interface OpenWait {
  asked: Asked;
  after: number;
  until: number | null;
  kept: Candidate[];
  /** Positions that the run looked at. */
  seen: Set<number>;
  /** Told by signals, in order. */
  told: number[];
}

interface Execution {
  run: string;
  alive: boolean;
  open: Map<string, OpenWait>;
  /** By question. */
  taken: Map<string, number>;
}

export interface World {
  now: number;
  events: WorldEvent[];
  trace: string[];
  wrong: string[];
  /** Wakes that were sent are sent again: in no order with those that came since. */
  retold: boolean;
  runs: Map<string, Execution>;
  /** Begins an execution that asks all of a plan: branches side by side, each one wait after the other. */
  begin(run: string, plan: Map<string, Asked[]>): void;
  terminate(run: string): void;
  isOver(run: string): boolean;
  /** As a signal of Temporal does: false when there is no such run. */
  tell(wake: ClaimedWake): boolean;
  /** What runs that still wait should have learned, and did not. */
  missed(): string[];
}

/** An attempt of an activity that the worker did not live to end. */
class Died extends Error {}

const LATE_ATTEMPT = 0.15;
/** Between two calls of a late attempt. */
const LATE_TURNS_MAX = 20;
const DEAD_ATTEMPT = 0.3;
const TIMED_WAIT = 0.2;
const TIMEOUT_MS_MAX = 20_000;
/** As long as the store keeps a wait after its time; see activities/store-calls.ts. */
const EXPIRY_GRACE_MS = 60_000;

export function isAnswer(asked: Asked, after: number, event: WorldEvent): boolean {
  const texts: Record<string, string> = { 'body.a': event.body.a, 'body.b': event.body.b };
  return (
    !event.held &&
    event.position > after &&
    event.receivedAt >= asked.since &&
    event.id !== asked.except &&
    asked.types.includes(event.type) &&
    asked.where.every(([path, text]) => texts[path] === text)
  );
}

export function createWorld(lab: WaitsLab, { turn }: Turns, random: () => number, began: number): World {
  const chance = (share: number): boolean => random() < share;

  /** One registration, tried until an attempt answers that the run still waits for. */
  async function ask(execution: Execution, request: JsonObject): Promise<{ candidates: Candidate[]; more: boolean }> {
    for (;;) {
      const late = chance(LATE_ATTEMPT);
      const callsLeft = chance(DEAD_ATTEMPT) ? 1 + Math.floor(random() * 3) : Number.POSITIVE_INFINITY;
      const answer = attempt(execution, request, callsLeft, late ? LATE_TURNS_MAX : 0);
      if (late) {
        answer.catch(() => undefined);
        await turn();
        continue;
      }
      try {
        return await answer;
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        if (!execution.alive) throw error;
        world.trace.push(`${execution.run} ${String(request['waiter'])}: an attempt died`);
      }
    }
  }

  function attempt({ run, ...execution }: Execution, request: JsonObject, callsLeft: number, turnsMax: number) {
    const alive = (): boolean => world.runs.get(run)?.open === execution.open;
    let left = callsLeft;
    const mortal = async <T>(call: () => Promise<T>): Promise<T> => {
      for (let turns = Math.floor(random() * turnsMax); turns > 0; turns -= 1) await turn();
      if (!alive() || (left -= 1) < 0) throw new Died();
      const value = await call();
      if (!alive()) throw new Died();
      return value;
    };
    const { store } = lab;
    const dying = {
      registerWaiter: (...given: Parameters<typeof store.registerWaiter>) =>
        mortal(() => store.registerWaiter(...given)),
      lookBack: (...given: Parameters<typeof store.lookBack>) => mortal(() => store.lookBack(...given)),
      recordFound: (...given: Parameters<typeof store.recordFound>) => mortal(() => store.recordFound(...given)),
    };
    const call = { with: request, run: { id: run } } as Pick<ConnectorCall, 'with'> & { run: { id: string } };
    return register(dying, call, world.now);
  }

  async function wait(execution: Execution, path: string, asked: Asked): Promise<void> {
    const { run, open, taken } = execution;
    const question = JSON.stringify([asked.types, asked.where, asked.want]);
    const after = taken.get(question) ?? 0;
    const until = chance(TIMED_WAIT) ? world.now + Math.floor(random() * TIMEOUT_MS_MAX) : null;
    const waiting: OpenWait = { asked, after, until, kept: [], seen: new Set(), told: [] };
    open.set(path, waiting);
    world.trace.push(`${run} ${path}: asks ${JSON.stringify({ ...asked, after, until })}`);
    const event = (await lookBack(execution, path, waiting)) ?? (await letCome(execution, waiting));
    open.delete(path);
    if (event === undefined) return void world.trace.push(`${run} ${path}: time over`);
    world.trace.push(`${run} ${path}: takes ${event.event.id}`);
    if (event.position <= after) world.wrong.push(`${run} ${path} took ${event.event.id} again`);
    taken.set(question, Math.max(event.position, taken.get(question) ?? 0));
    const took = { workflowId: run, position: event.position, at: world.now };
    if (asked.want !== null) await lab.store.forgetWaiter(`${run}/${path}`, took);
  }

  async function lookBack(execution: Execution, path: string, waiting: OpenWait): Promise<Candidate | undefined> {
    const { asked, until } = waiting;
    const { types, where, since, except, want } = asked;
    let { after } = waiting;
    for (;;) {
      const request = { waiter: path, types, source: 'shop', where, since, after, except, once: want === null, until };
      const { candidates, more } = await ask(execution, request as unknown as JsonObject);
      for (const candidate of candidates) {
        if (candidate.position <= after) world.wrong.push(`${path} was shown ${candidate.event.id} again`);
        if (take(waiting, candidate)) return candidate;
        after = candidate.position;
      }
      if (!more) return undefined;
    }
  }

  async function letCome(execution: Execution, waiting: OpenWait): Promise<Candidate | undefined> {
    const { until, after } = waiting;
    const isTimeOver = (): boolean => until !== null && world.now >= until;
    for (;;) {
      await turn(() => !execution.alive || waiting.kept.length > 0 || isTimeOver());
      if (!execution.alive) throw new Died();
      for (let next = waiting.kept.shift(); next !== undefined; next = waiting.kept.shift()) {
        // As runs do: what an execution before was to be told may still come to a wait that has the same name.
        const known = world.events.find(({ id }) => id === next?.event.id);
        if (known !== undefined && isAnswer(waiting.asked, after, known) && take(waiting, next)) return next;
      }
      if (isTimeOver()) return undefined;
    }
  }

  function take({ asked, after, seen }: OpenWait, { position, event }: Candidate): boolean {
    seen.add(position);
    const known = world.events.find(({ id }) => id === event.id)!;
    if (!isAnswer(asked, after, known)) world.wrong.push(`${event.id} does not answer ${JSON.stringify(asked)}`);
    return asked.want === null || asked.want === known.body.n;
  }

  async function branch(execution: Execution, name: string, steps: Asked[]): Promise<void> {
    try {
      for (const [index, asked] of steps.entries()) await wait(execution, `${name}/${index}`, asked);
    } catch (error) {
      if (!(error instanceof Died)) world.wrong.push(String((error as Error).stack));
    }
  }

  function missedBy(run: string, path: string, { asked, after, until, seen }: OpenWait): string[] {
    const ends = until === null ? Number.POSITIVE_INFINITY : until + EXPIRY_GRACE_MS;
    return world.events
      .filter((event) => isAnswer(asked, after, event) && event.receivedAt < ends && !seen.has(event.position))
      .map(({ id }) => `${run} ${path} never learned of ${id}`);
  }

  const world: World = {
    now: began,
    events: [],
    trace: [],
    wrong: [],
    retold: false,
    runs: new Map(),
    begin(run, plan) {
      const execution: Execution = { run, alive: true, open: new Map(), taken: new Map() };
      world.runs.set(run, execution);
      world.trace.push(`${run} begins`);
      for (const [name, steps] of plan) void branch(execution, name, steps);
    },
    terminate(run) {
      world.trace.push(`${run} is terminated`);
      const execution = world.runs.get(run);
      if (execution !== undefined) execution.alive = false;
      world.runs.delete(run);
    },
    isOver: (run) => !world.runs.has(run),
    tell({ workflowId, waiter, position, event }) {
      const path = waiter.slice(workflowId.length + 1);
      const waiting = world.runs.get(workflowId)?.open.get(path);
      world.trace.push(`${workflowId} ${path}: is told of ${event.id}${waiting === undefined ? ', not waiting' : ''}`);
      if (waiting === undefined) return world.runs.has(workflowId);
      const { told, kept } = waiting;
      const isLate = !told.includes(position) && position < Math.max(0, ...told);
      if (isLate && !world.retold) world.wrong.push(`${event.id} was told too late`);
      told.push(position);
      if (!kept.some((each) => each.position === position)) kept.push({ position, event });
      kept.sort((one, other) => one.position - other.position);
      return true;
    },
    missed: () =>
      [...world.runs.values()].flatMap(({ run, open }) =>
        [...open].flatMap(([path, waiting]) => missedBy(run, path, waiting)),
      ),
  };
  return world;
}
