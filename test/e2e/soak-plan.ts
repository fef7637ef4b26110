// What happens in a soak of calls and approvals, from a seed: what runs are asked to do, and what people do to them and when.
import type { JsonObject } from '../../workflows/definition.ts';

/** How a person decides. */
export type Way = 'link' | 'api' | 'signal';

/** One approval, by the name of the leaf that asks. Times in milliseconds after people were first told. */
export interface PlannedApproval {
  hurried: boolean;
  /** How telling people goes: it is tried again so often, and each time takes so long. */
  refusedTimes: number;
  slowMs: number;
  decisions: { way: Way; decision: 'approved' | 'rejected'; afterMs: number; twice: boolean }[];
}

export interface PlannedLeaf extends JsonObject {
  name: string;
  does: 'ok' | 'fail' | 'sleep' | 'busy' | 'ask';
  way: 'plain' | 'timed' | 'turned' | 'detached';
  hurried: boolean;
}

export interface PlannedBranch extends JsonObject {
  name: string;
  strict: boolean;
  /** When it stops what it called, where it is strict. */
  after: number;
  leaves: PlannedLeaf[];
}

export interface PlannedRoot {
  branches: PlannedBranch[];
  /** When the root is cancelled from Temporal, after its event. */
  cancelAfterMs?: number;
}

export interface Plan {
  roots: PlannedRoot[];
  approvals: Map<string, PlannedApproval>;
  /** Leaves terminated so long after they began. */
  terminated: Map<string, number>;
  cancelled: Map<string, number>;
  /** When Hookline is stopped and started. */
  restartsAfterMs: number[];
}

/** Numbers from 0 to 1 that follow from a seed: mulberry32, by Tommy Ettinger, in the public domain. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WAYS: Way[] = ['link', 'api', 'signal'];
/** Telling goes on and its first attempt was refused; reminders are due; the timeout comes at the same moment; it is past. */
const MOMENTS_MS = [0, 0, 120, 400, 1_000, 1_480, 1_520, 2_500];

/** The plan of a seed. */
export function planOf(seed: number, rootCount: number, restarts: number): Plan {
  const random = createRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const plan: Plan = {
    roots: [],
    approvals: new Map(),
    terminated: new Map(),
    cancelled: new Map(),
    restartsAfterMs: Array.from({ length: restarts }, (_, index) => 1_200 + index * 4_000 + below(1_500)),
  };

  function approval(hurried: boolean): PlannedApproval {
    const sameMoment = pick(MOMENTS_MS);
    const decisions = WAYS.slice(0, 1 + below(3)).map((way) => ({
      way,
      decision: pick(['approved', 'rejected'] as const),
      afterMs: random() < 0.7 ? sameMoment : pick(MOMENTS_MS),
      twice: random() < 0.3,
    }));
    const refusedTimes = pick([0, 0, 2, 30]);
    return { hurried, refusedTimes, slowMs: pick([0, 0, 600]), decisions: random() < 0.15 ? [] : decisions };
  }

  function leaf(name: string): PlannedLeaf {
    const way = pick(['plain', 'plain', 'timed', 'turned', 'detached'] as const);
    const mayStay = way === 'timed' || way === 'turned';
    const does = pick(['ok', 'fail', 'busy', 'ask', 'ask', mayStay ? 'sleep' : 'ok'] as const);
    const hurried = random() < 0.5;
    if (does === 'ask') plan.approvals.set(name, approval(hurried));
    const fate = random();
    if (fate < 0.1) plan.terminated.set(name, below(400));
    else if (fate < 0.25) plan.cancelled.set(name, below(400));
    return { name, does, way, hurried };
  }

  for (let root = 0; root < rootCount; root += 1) {
    const branches = Array.from({ length: 1 + below(3) }, (_, index): PlannedBranch => {
      const name = `s${seed}r${root}b${index}`;
      const leaves = Array.from({ length: 1 + below(4) }, (_none, position) => leaf(`${name}l${position}`));
      return { name, strict: random() < 0.3, after: below(500), leaves };
    });
    plan.roots.push({ branches, ...(random() < 0.35 && { cancelAfterMs: below(3_000) }) });
  }
  return plan;
}
