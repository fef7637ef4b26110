// Finds steps that never run because what stands above them always ends the run, the iteration or the block. Warnings only.
import type { JsonObject } from '../../workflows/definition.ts';
import { waysOfBlock, waysOfStep, type Way } from './control-flow.ts';
import type { FlowDocument } from './document.ts';
import { allSteps, type Block, type StepNode } from './step-tree.ts';

const effects: Record<Exclude<Way, 'on'>, string> = {
  return: 'always ends the run',
  fail: 'always fails',
  leave: 'always ends the iteration',
};

/** Reports the first step of each list that nothing leads to, and an `output` that is never worked out. */
export function checkUnreachable(document: FlowDocument, flow: JsonObject, blocks: Block[]): void {
  for (const block of blocks) checkBlock(document, block);
  for (const step of allSteps(blocks)) for (const block of step.blocks) checkBlock(document, block);
  const main = blocks.find((block) => block.field === 'steps');
  const last = main?.steps.find((step) => !waysOfStep(step).has('on'));
  if (flow['output'] === undefined || main === undefined || last === undefined || waysOfBlock(main).has('on')) return;
  const message = `\`output\` is never worked out: ${causeOf(document, last)}`;
  const hint = 'The run gives what `return` says. Keep one of the two.';
  document.report.add('unreachable', document.keyPlace(['output']), message, hint);
}

function checkBlock(document: FlowDocument, block: Block): void {
  const at = block.steps.findIndex((step) => !waysOfStep(step).has('on'));
  const next = block.steps[at + 1];
  if (at === -1 || next === undefined) return;
  const place = document.keyPlace([...next.path, next.verbs[0] ?? Object.keys(next.raw)[0] ?? '']);
  const message = `this step never runs: ${causeOf(document, block.steps[at]!)}`;
  const hint = 'Delete it, move it up, or give the step above an `if`.';
  document.report.add('unreachable', place, message, hint);
}

function causeOf(document: FlowDocument, step: StepNode): string {
  const verb = step.type?.verb ?? 'a step';
  const line = document.lineOf([...step.path, verb]);
  const ways = [...waysOfStep(step)].filter((way) => way !== 'on');
  if (step.blocks.length > 0) return `every way through the \`${verb}\` on line ${line} ends before it`;
  return `the \`${verb}\` on line ${line} ${effects[ways[0] ?? 'return']}`;
}
