// What is said of a case whose runs go on although nothing can happen any more: for what each of them waits, and what to write. Text only.
import { APPROVAL_SOURCE } from '../../workflows/decision.ts';
import type { TestRun } from './case-runs.ts';
import { stepPlace } from './step-names.ts';
import { questionText, type Waiter } from './test-inbox.ts';

/** `message`: what is said when no run waits for anything. `tested`: the flow of the case. */
export function stuckText(tested: string, message: string, runs: TestRun[], waiters: Waiter[]): string {
  const going = runs.filter(({ isOver }) => !isOver);
  const open = going.flatMap((run) => openWaits(run, waiters).map((waiter) => ({ run, waiter })));
  // Whoever waits for another run of the case waits for what that one waits for.
  const last = open.filter(({ waiter: { where } }) => !where.some(([, text]) => going.some(({ id }) => id === text)));
  if (last.length === 0) return message;
  const told = last.map(({ run, waiter }) => {
    const place = stepPlace(tested, run.flow.definition, waiter.caller.step);
    return `${place} waits for ${questionText(waiter)}`;
  });
  const isPerson = last.some(({ waiter: { source } }) => source === APPROVAL_SOURCE);
  const remedy = isPerson ? 'Say in `approvals` what is decided' : 'Bring it with `arrives`';
  const [called] = last.map(({ run }) => run.flow.definition.flow).filter((flow) => flow !== tested);
  const head = called === undefined ? 'the run never ends' : `the run of \`${called}\` never ends`;
  const other = called === undefined ? '' : `, or say in \`flows\` what comes of \`${called}\``;
  return `${head}: ${told.join('; ')}. ${remedy}, or give the step a \`timeout\`${other}.`;
}

/** The waits of a run that have not ended. */
function openWaits(run: TestRun, waiters: Waiter[]): Waiter[] {
  const open = run.position()?.waits?.open ?? {};
  return waiters.filter(({ waiter, caller }) => caller.id === run.id && open[waiter] !== undefined);
}
