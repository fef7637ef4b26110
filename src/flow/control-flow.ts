// In which ways a step or a list of steps can end: on to the next step, or away. What may fail by chance is not counted, only
// what is written. It knows verbs by what they do to the order of steps; a verb that it does not know goes on.
import type { Block, StepNode } from './step-tree.ts';

/** `on`: the next step follows. `return`: the run ends. `fail`: the block around fails. `leave`: the iteration ends. */
export type Way = 'on' | 'return' | 'fail' | 'leave';

/** Verbs after which nothing of their list runs. */
const endings: Record<string, Way> = { return: 'return', fail: 'fail', break: 'leave', next: 'leave' };

/** Verbs that take one of their blocks, and the field that is taken when no condition holds. */
const choices: Record<string, string> = { if: 'else', switch: 'default' };

/** The ways in which a list of steps can end. An empty one goes on. */
export function waysOfBlock(block: Block): Set<Way> {
  const ways = new Set<Way>();
  for (const step of block.steps) {
    const own = waysOfStep(step);
    for (const way of own) if (way !== 'on') ways.add(way);
    if (!own.has('on')) return ways;
  }
  return ways.add('on');
}

/** The ways in which a step can end. */
export function waysOfStep(step: StepNode): Set<Way> {
  const ways = waysOfVerb(step);
  if (step.raw['on_error'] === 'continue' && ways.delete('fail')) ways.add('on');
  if (isGuarded(step)) ways.add('on');
  return ways;
}

/** True when an `if` beside the verb decides whether the step runs at all. */
export function isGuarded(step: StepNode): boolean {
  return step.raw['if'] !== undefined && step.type?.verb !== 'if';
}

/** The other blocks of a choice, of which one is taken where this one is not; undefined stands for none. */
export function alternativesOf(block: Block): (Block | undefined)[] {
  const owner = block.owner;
  const last = choices[owner?.type?.verb ?? ''];
  if (owner === undefined || last === undefined) return [];
  const others = ownBlocks(owner).filter((each) => each !== block);
  return ownBlocks(owner).some((each) => each.field === last) ? others : [...others, undefined];
}

/** True for `if` and `switch`, which take one of their blocks. */
export function isChoice(step: StepNode | undefined): boolean {
  return Object.hasOwn(choices, step?.type?.verb ?? '');
}

function waysOfVerb(step: StepNode): Set<Way> {
  const verb = step.type?.verb ?? '';
  const ending = Object.hasOwn(endings, verb) ? endings[verb] : undefined;
  if (ending !== undefined) return new Set([ending]);
  if (isChoice(step)) return waysOfChoice(step);
  if (verb === 'try') return waysOfTry(step);
  if (verb === 'parallel') {
    const allGoOn = ownBlocks(step).every((block) => waysOfBlock(block).has('on'));
    return new Set([allGoOn ? 'on' : 'fail']);
  }
  if (verb === 'repeat') {
    const ways = union(ownBlocks(step).map(waysOfBlock));
    if (ways.delete('leave')) ways.add('on');
    return ways.size === 0 ? ways.add('on') : ways;
  }
  return new Set(['on']);
}

function waysOfChoice(step: StepNode): Set<Way> {
  const ways = union(ownBlocks(step).map(waysOfBlock));
  const last = choices[step.type?.verb ?? ''];
  return ownBlocks(step).some((block) => block.field === last) ? ways : ways.add('on');
}

/** Whatever is written in `try`, it may fail: so `catch` is always one of the ways. */
function waysOfTry(step: StepNode): Set<Way> {
  const [body, caught, lastly] = ['try', 'catch', 'finally'].map((field) => {
    const block = ownBlocks(step).find((each) => each.field === field);
    return block === undefined ? undefined : waysOfBlock(block);
  });
  const ways = new Set(body ?? ['on' as const]);
  if (caught !== undefined) {
    ways.delete('fail');
    for (const way of caught) ways.add(way);
  }
  if (lastly === undefined) return ways;
  if (!lastly.has('on')) return lastly;
  return union([ways, new Set([...lastly].filter((way) => way !== 'on'))]);
}

function union(sets: Set<Way>[]): Set<Way> {
  return new Set(sets.flatMap((set) => [...set]));
}

/** What undoes a step is no way through it. */
function ownBlocks(step: StepNode): Block[] {
  return step.blocks.filter((block) => block.field !== 'undo');
}
