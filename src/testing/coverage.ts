// Which steps and branches of a flow ran, of one case and of all of them. It counts; what is enough is for the command.
import type { Flow, Step } from '../../workflows/definition.ts';
import { outlineOf, type Branch } from './flow-outline.ts';

/** How often steps began, by the step of the definition. */
export type Turns = Map<Step, { ran: number; skipped: number; completed: number }>;

/** What never ran in a flow. */
export interface FlowCoverage {
  flow: Flow;
  steps: { total: number; covered: number };
  branches: { total: number; covered: number };
  missedSteps: Step[];
  missedBranches: Branch[];
}

/** Counts one turn of a step, or that it ended well. */
export function countTurn(turns: Turns, step: Step, what: 'ran' | 'skipped' | 'completed'): void {
  const known = turns.get(step) ?? { ran: 0, skipped: 0, completed: 0 };
  known[what] += 1;
  turns.set(step, known);
}

/** Adds the turns of a case to those of others. */
export function addTurns(all: Turns, turns: Turns): void {
  for (const [step, { ran, skipped, completed }] of turns) {
    const known = all.get(step) ?? { ran: 0, skipped: 0, completed: 0 };
    all.set(step, {
      ran: known.ran + ran,
      skipped: known.skipped + skipped,
      completed: known.completed + completed,
    });
  }
}

/** Whether the branch was taken. */
export function isTaken(flow: Flow, branch: Branch, turns: Turns): boolean {
  const own = branch.step === undefined ? undefined : turns.get(branch.step);
  if (branch.kind === 'guard_holds') return (own?.ran ?? 0) > 0;
  if (branch.kind === 'guard_fails') return (own?.skipped ?? 0) > 0;
  if (branch.kind === 'in_time') return (own?.completed ?? 0) > 0;
  if (branch.kind !== 'unwritten') return began(turns, branch.first) > 0;
  // What nobody wrote was chosen whenever nothing that is written was.
  const written = outlineOf(flow).branches.filter(({ step, kind }) => step === branch.step && kind === 'block');
  const chosen = written.reduce((sum, { first }) => sum + began(turns, first), 0);
  return (own?.ran ?? 0) > chosen;
}

/** What of a flow was covered by these turns. */
export function coverageOf(flow: Flow, turns: Turns): FlowCoverage {
  const { steps, branches } = outlineOf(flow);
  const missedSteps = steps.filter((step) => (turns.get(step)?.ran ?? 0) === 0);
  const missedBranches = branches.filter((branch) => !isTaken(flow, branch, turns));
  return {
    flow,
    steps: { total: steps.length, covered: steps.length - missedSteps.length },
    branches: { total: branches.length, covered: branches.length - missedBranches.length },
    missedSteps,
    missedBranches,
  };
}

/** Steps and branches together, 0 to 100; 100 where there is nothing to cover. */
export function percentOf(coverage: readonly FlowCoverage[]): number {
  let total = 0;
  let covered = 0;
  for (const { steps, branches } of coverage) {
    total += steps.total + branches.total;
    covered += steps.covered + branches.covered;
  }
  return total === 0 ? 100 : (covered / total) * 100;
}

function began(turns: Turns, step: Step | undefined): number {
  const counted = step === undefined ? undefined : turns.get(step);
  return (counted?.ran ?? 0) + (counted?.skipped ?? 0);
}
