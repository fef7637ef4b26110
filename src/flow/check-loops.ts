// Checks loops: that `break` and `next` leave one, and only one whose iterations run one after the other, and that every loop can
// end. Also that the moment of `wait_until` is not written as a bare date, which would be a subtraction.
import { isObject, allSteps, type Block, type StepNode } from './step-tree.ts';
import type { FlowDocument } from './document.ts';
import { bareText } from './normalise.ts';

/** Verbs that leave a loop. */
const exits = ['break', 'next'];

/** A bare date or time: as an expression it is a subtraction, or no expression at all. */
const dateText = /^\d{4}-\d{1,2}-\d{1,2}([T ]|$)/;

/** Checks the loops of a flow, what leaves them, and moments. */
export function checkLoops(document: FlowDocument, blocks: Block[]): void {
  for (const step of allSteps(blocks)) {
    const verb = step.type?.verb;
    if (verb !== undefined && exits.includes(verb)) checkExit(document, step, verb);
    if (verb === 'repeat') checkEnd(document, step);
    if (verb === 'wait_until') checkMoment(document, step);
  }
}

/** What is around a `break` or `next`: the loop that it leaves, what forbids it to, or neither. */
type Surroundings = { loop: Block } | { barrier: Block } | undefined;

function checkExit(document: FlowDocument, step: StepNode, verb: string): void {
  const around = surroundingsOf(step, verb);
  if (around !== undefined && 'loop' in around) return;
  const place = document.keyPlace([...step.path, verb]);
  if (around === undefined) {
    const hint = 'It stands among the steps of `foreach`, `while` or `repeat`; to end the run, write `return`.';
    return document.report.add('not_in_loop', place, `\`${verb}\` is in no loop that it could leave`, hint);
  }
  const { owner } = around.barrier;
  const line = owner === undefined ? 1 : document.lineOf(owner.path);
  const message = `\`${verb}\` cannot leave the \`${owner?.type?.verb ?? 'parallel'}\` on line ${line}, whose parts run side by side`;
  const hint =
    owner?.type?.verb === 'foreach'
      ? 'Leave `max_parallel` out, or end the iteration alone with `next`.'
      : 'Leave the loop after the block: read what its branches gave.';
  document.report.add('loop_left_in_parallel', place, message, hint);
}

function surroundingsOf(step: StepNode, verb: string): Surroundings {
  for (let block: Block | undefined = step.block; block !== undefined; block = block.owner?.block) {
    // What undoes a step runs when the loop around that step is long over.
    if (block.field === 'undo') return undefined;
    if (block.iterated !== undefined)
      return block.concurrent && verb === 'break' ? { barrier: block } : { loop: block };
    if (block.concurrent) return { barrier: block };
  }
  return undefined;
}

/** A `repeat` that says nowhere when it ends. */
function checkEnd(document: FlowDocument, step: StepNode): void {
  const fields = step.raw['repeat'];
  if (!isObject(fields) || fields['until'] !== undefined || fields['max_iterations'] !== undefined) return;
  if ([...allSteps(step.blocks)].some((inner) => endsLoop(inner, step))) return;
  const hint = 'Add `until: EXPRESSION` or `max_iterations`, or a `break` among its steps.';
  const message = 'this `repeat` never ends: it has neither `until` nor `max_iterations`, and no `break`';
  document.report.add('endless_loop', document.keyPlace([...step.path, 'repeat']), message, hint);
}

/** Whether a step ends that loop: by `break`, or by ending the run. */
function endsLoop(step: StepNode, loop: StepNode): boolean {
  const verb = step.type?.verb;
  if (verb === 'return') return true;
  if (verb !== 'break') return false;
  const around = surroundingsOf(step, verb);
  return around !== undefined && 'loop' in around && around.loop.owner === loop;
}

function checkMoment(document: FlowDocument, step: StepNode): void {
  const value = step.raw['wait_until'];
  if (typeof value !== 'string' || !dateText.test(bareText(value))) return;
  const path = [...step.path, 'wait_until'];
  const hint = `A fixed moment stands in quotes of its own: \`wait_until: "'${bareText(value)}'"\`.`;
  const message = '`wait_until` is an expression, in which a bare date is a subtraction';
  document.report.add('wrong_value', document.valuePlace(path), message, hint);
  // What the parts of it are as an expression is an echo.
  for (let at = 1; at < value.length; at += 1) document.report.cover(document.textPlace(path, at, 1));
}
