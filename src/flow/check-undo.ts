// Checks what takes back the work of a flow: that an `undo` can ever run, and that its steps do only what makes sense when the
// flow has failed and its variables are as they were.
import type { JsonObject } from '../../workflows/definition.ts';
import type { FlowDocument } from './document.ts';
import { concurrentBlock } from './step-order.ts';
import { allSteps, rootBlock, undoAround, type Block, type StepNode } from './step-tree.ts';

/** Verbs that cannot stand in an `undo`, and why. */
const refused: Record<string, { why: string; hint: string }> = {
  return: {
    why: 'ends the run, and an `undo` runs when the run has failed already',
    hint: 'Leave it out: an `undo` ends with its last step.',
  },
  set: {
    why: 'would write variables that an `undo` sees as they were when its step ended',
    hint: 'Read the output of a step above it, in the same `undo`.',
  },
  undo: { why: 'undoes what is being undone', hint: 'Leave it out: every step that can be undone will be.' },
};

/** Checks the undoing of a flow. */
export function checkUndo(document: FlowDocument, flow: JsonObject, blocks: Block[]): void {
  const steps = [...allSteps(blocks)];
  const undoable = steps.filter(hasUndo);
  const calls = steps.filter((step) => step.verbs.includes('undo'));
  for (const step of steps) checkStep(document, step);
  for (const call of calls) checkCall(document, call);
  const asked = flow['undo_on_failure'] === true;
  const [first] = undoable;
  if (first !== undefined && !asked && calls.length === 0) {
    const hint = 'Write `undo_on_failure: true` at the top of the flow, or `undo: all` in a `catch`.';
    return unused(document, [...first.path, 'undo'], 'nothing in this flow ever undoes a step', hint);
  }
  if (first !== undefined) return;
  const hint = 'Add `undo: [steps]` beside the verb of each step that can be taken back.';
  if (asked) unused(document, ['undo_on_failure'], 'no step of this flow has an `undo`', hint);
  for (const { path } of calls) unused(document, [...path, 'undo'], 'no step of this flow has an `undo`', hint);
}

function hasUndo(step: StepNode): boolean {
  return Array.isArray(step.raw['undo']);
}

function checkStep(document: FlowDocument, step: StepNode): void {
  const { raw, path, verbs } = step;
  if (raw['undo_when'] !== undefined && !hasUndo(step)) {
    unused(document, [...path, 'undo_when'], '`undo_when` says nothing without `undo`', 'Add `undo: [steps]`.');
  }
  const verb = verbs[0] ?? '';
  const within = undoAround(step);
  if (within !== undefined && Object.hasOwn(refused, verb)) {
    const { why, hint } = refused[verb]!;
    misplaced(document, [...path, verb], `\`${verb}\` cannot be part of an \`undo\`: it ${why}`, hint);
  }
  if (!hasUndo(step)) return;
  const place = [...path, 'undo'];
  if (within !== undefined) {
    misplaced(document, place, 'a step of an `undo` is not undone itself', 'Leave this `undo` out.');
  } else if (rootBlock(step).field === 'finally') {
    const hint = 'Move the step out of `finally`, or leave its `undo` out.';
    misplaced(document, place, 'the steps of `finally` run after all undoing, so this `undo` never would', hint);
  }
}

function checkCall(document: FlowDocument, step: StepNode): void {
  const block = concurrentBlock(step);
  if (block === undefined) return;
  const line = block.owner === undefined ? 1 : document.lineOf(block.owner.path);
  const around = `\`${block.owner?.type?.verb ?? 'parallel'}\` on line ${line}`;
  const message = `\`undo: all\` inside ${around} would undo what its other parts are still doing`;
  misplaced(document, [...step.path, 'undo'], message, 'Undo after it, or in a `catch` around it.');
}

function misplaced(document: FlowDocument, path: (string | number)[], message: string, hint: string): void {
  document.report.add('undo_misplaced', document.keyPlace(path), message, hint);
}

function unused(document: FlowDocument, path: (string | number)[], message: string, hint: string): void {
  document.report.add('undo_unused', document.keyPlace(path), message, hint);
}
