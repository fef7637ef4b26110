// The steps of a definition and the branches that a run can take through it: what coverage counts and what test files name.
// Knows fields by kind; of verbs it only knows which ones choose, for a choice may fall on steps that nobody wrote.
import type { Flow, Step } from '../../workflows/definition.ts';
import { blocksOf, type Block } from '../../workflows/document.ts';

/** One way that a run can go. */
export interface Branch {
  /** The step that goes it; undefined for the flow's own `catch` and `finally`. */
  step: Step | undefined;
  /** `then`, `case_1`, `default`, a branch's name, `catch`; `in_time` beside `on_timeout`; `if true` and `if false` of a guard. */
  name: string;
  kind: 'block' | 'undo' | 'unwritten' | 'in_time' | 'guard_holds' | 'guard_fails';
  /** The first step in it, of a block that is written. */
  first?: Step;
  line: number;
}

export interface FlowOutline {
  flow: Flow;
  /** All steps in source order, outer before inner. */
  steps: Step[];
  branches: Branch[];
}

/** What a verb that chooses does when nothing written holds. */
const UNWRITTEN: Record<string, string> = { if: 'else', switch: 'default' };

const outlines = new WeakMap<Flow, FlowOutline>();

/** The outline of a definition, made once for each. */
export function outlineOf(flow: Flow): FlowOutline {
  const known = outlines.get(flow);
  if (known !== undefined) return known;
  const outline: FlowOutline = { flow, steps: [], branches: [] };
  addSteps(outline, flow.steps);
  for (const name of ['catch', 'finally'] as const) {
    const steps = flow[name];
    if (steps === undefined) continue;
    outline.branches.push(...blockBranches(undefined, [{ name, steps }]));
    addSteps(outline, steps);
  }
  outlines.set(flow, outline);
  return outline;
}

/** How a branch is named in `taken`: `STEP.BRANCH`, or `catch` and `finally` of the flow. Undefined where the step has no id. */
export function branchName({ step, name }: Branch): string | undefined {
  if (step === undefined) return name;
  return step.id === undefined ? undefined : `${step.id}.${name}`;
}

function addSteps(outline: FlowOutline, steps: Step[]): void {
  for (const step of steps) {
    outline.steps.push(step);
    const { line } = step;
    if (step.guard !== undefined) {
      outline.branches.push({ step, name: 'if true', kind: 'guard_holds', line });
      outline.branches.push({ step, name: 'if false', kind: 'guard_fails', line });
    }
    const blocks = blocksOf(step).map((block) => ({ name: wayOf(block), steps: block.steps }));
    outline.branches.push(...blockBranches(step, blocks));
    const unwritten = UNWRITTEN[step.verb];
    if (unwritten !== undefined && !blocks.some(({ name }) => name === unwritten)) {
      outline.branches.push({ step, name: unwritten, kind: 'unwritten', line });
    }
    // What is waited for may come, and the steps for when it does not say nothing about that.
    if (blocks.some(({ name }) => name === 'on_timeout')) {
      outline.branches.push({ step, name: 'in_time', kind: 'in_time', line });
    }
    for (const block of blocks) addSteps(outline, block.steps);
    addUndo(outline, step);
  }
}

/** Cases have no names of their own, and people count from 1. */
function wayOf({ kind, name }: Block): string {
  return kind === 'cases' ? `case_${Number(name) + 1}` : name;
}

/** How the step is undone stands beside its verb; the verb `undo` holds no steps. */
function addUndo(outline: FlowOutline, step: Step): void {
  const steps = step.undoSteps;
  if (steps === undefined) return;
  outline.branches.push(...blockBranches(step, [{ name: 'undo', steps }], 'undo'));
  addSteps(outline, steps);
}

function blockBranches(
  step: Step | undefined,
  blocks: Pick<Block, 'name' | 'steps'>[],
  kind: Branch['kind'] = 'block',
): Branch[] {
  return blocks.flatMap(({ name, steps: [first] }) =>
    first === undefined ? [] : [{ step, name, kind, first, line: first.line }],
  );
}
