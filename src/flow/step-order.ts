// Decides whether a step's result can be there when an expression is evaluated. Pure; knows blocks, not documents.
import type { ExpressionSite } from './expression-sites.ts';
import type { ProblemCode } from './problem-codes.ts';
import { rootBlock, undoAround, type Block, type StepNode } from './step-tree.ts';

/** Why a step cannot be referred to. `message` goes on after `steps.ID` and takes the line of that step. */
export interface StepProblem {
  code: ProblemCode;
  message(line: number): string;
  hint: string;
}

/** Lists of a flow, in the order in which they run. */
const flowFields = ['steps', 'catch', 'finally'];

const later: StepProblem = {
  code: 'step_not_yet',
  message: (line) => `is used before that step has run (line ${line})`,
  hint: 'An expression sees the steps above it.',
};
const itself: StepProblem = {
  code: 'step_not_yet',
  message: () => 'is this step itself, which has not ended yet',
  hint: 'Read it in a step below.',
};
const around: StepProblem = {
  code: 'step_not_yet',
  message: (line) => `is the block around this expression (line ${line}), which has not ended yet`,
  hint: 'Read it in a step after the block.',
};
const looped: StepProblem = {
  code: 'step_in_loop',
  message: (line) => `is inside a loop (line ${line}) and exists only in its iterations`,
  hint: "Give the loop an id and an `output`, and read the loop's own output: a list.",
};
const branched: StepProblem = {
  code: 'step_in_branch',
  message: (line) => `is in another branch (line ${line}), which may run later or never`,
  hint: 'Read it after the block, or move the step above it.',
};

const undoing: StepProblem = {
  code: 'step_in_undo',
  message: (line) => `is part of an \`undo\` (line ${line}), which runs when the flow has failed, or never`,
  hint: 'Only the steps of the same `undo` see it.',
};

/** Why `steps.TARGET` cannot be used at this place; undefined when it can. */
export function stepProblem(target: StepNode, site: ExpressionSite): StepProblem | undefined {
  const from = site.step;
  const undo = undoAround(target);
  if (undo !== undefined && undo !== undoAround(from)) return undoing;
  if (from === undefined) {
    if (rootBlock(target).field !== 'steps') return later;
    return isLooped(target, undefined) ? looped : undefined;
  }
  if (target === from) return itself;
  if (contains(target, from)) return blockAround(target, from)?.field === 'undo' ? undefined : around;
  if (contains(from, target)) {
    if (!site.inside) return later;
    return isLooped(target, blockAround(from, target)) ? looped : undefined;
  }
  return betweenSteps(target, from);
}

/** Why `steps.TARGET.links` cannot be used at this place: links are there before the step is, but each iteration has its own. */
export function linksProblem(target: StepNode, site: ExpressionSite): StepProblem | undefined {
  const undo = undoAround(target);
  if (undo !== undefined && undo !== undoAround(site.step)) return undoing;
  const seen = new Set(site.step === undefined ? [] : chainOf(site.step).map(({ block }) => block));
  if (site.inside) for (const block of site.step?.blocks ?? []) seen.add(block);
  for (let block: Block | undefined = target.block; block !== undefined; block = block.owner?.block) {
    if (seen.has(block)) return undefined;
    if (block.iterated !== undefined) return looped;
  }
  return undefined;
}

function betweenSteps(target: StepNode, from: StepNode): StepProblem | undefined {
  const ours = chainOf(from);
  const theirs = chainOf(target);
  const rootOrder = flowFields.indexOf(rootBlock(target).field) - flowFields.indexOf(rootBlock(from).field);
  if (rootOrder !== 0) return rootOrder > 0 ? later : isLooped(target, undefined) ? looped : undefined;
  for (const { block, step } of theirs) {
    const shared = ours.find((each) => each.block === block);
    if (shared === undefined) continue;
    if (step !== shared.step) {
      if (block.steps.indexOf(step) > block.steps.indexOf(shared.step)) return later;
      return isLooped(target, block) ? looped : undefined;
    }
    return betweenBlocks(target, step, theirs, ours);
  }
  return undefined;
}

type Chain = { block: Block; step: StepNode }[];

/** Two blocks of one step: those of `try` run one after the other, all others exclude one another or run side by side. */
function betweenBlocks(target: StepNode, owner: StepNode, theirs: Chain, ours: Chain): StepProblem | undefined {
  const blockOf = (chain: Chain) => chain.find(({ block }) => block.owner === owner)?.block;
  const theirBlock = blockOf(theirs);
  const ourBlock = blockOf(ours);
  if (theirBlock === undefined || ourBlock === undefined) return undefined;
  const isOver = ourBlock.field === 'undo';
  if (owner.type?.verb !== 'try' && !isOver) return branched;
  if (owner.blocks.indexOf(theirBlock) > owner.blocks.indexOf(ourBlock)) return later;
  return isLooped(target, theirBlock) ? looped : undefined;
}

/** The blocks around a step from the inside, each with its member that holds the step. */
function chainOf(step: StepNode): Chain {
  const chain: Chain = [];
  for (let each: StepNode | undefined = step; each !== undefined; each = each.block.owner)
    chain.push({ block: each.block, step: each });
  return chain;
}

function contains(outer: StepNode, inner: StepNode): boolean {
  for (let step = inner.block.owner; step !== undefined; step = step.block.owner) if (step === outer) return true;
  return false;
}

/** The block of `outer` in which `inner` stands, however deep. */
function blockAround(outer: StepNode, inner: StepNode): Block | undefined {
  return chainOf(inner).find(({ block }) => block.owner === outer)?.block;
}

/** True when a block whose iterations have ids of their own stands between the step and the block that sees it. */
function isLooped(step: StepNode, seenFrom: Block | undefined): boolean {
  for (
    let block: Block | undefined = step.block;
    block !== undefined && block !== seenFrom;
    block = block.owner?.block
  ) {
    if (block.iterated === 'each') return true;
  }
  return false;
}

/** True when any block around the step runs beside others. */
export function concurrentBlock(step: StepNode): Block | undefined {
  for (let block: Block | undefined = step.block; block !== undefined; block = block.owner?.block)
    if (block.concurrent) return block;
  return undefined;
}
