// `hookline runs`: lists, shows, cancels and repeats runs. It talks to Temporal itself, so it works while Hookline is down on a cluster.
import type { Command } from 'commander';
import { RUN_STATES } from '../runs/states.ts';

export interface ListFlags {
  flow?: string;
  status?: string;
  since?: string;
  limit: string;
  json?: boolean;
}

const LIMIT_DEFAULT = 20;
/** Runs of one list; each that did not complete is asked about. */
export const RUNS_LIMIT_MAX = 1_000;
const RUN_HELP = "the run's id, FLOW/EVENT-ID";

/** Adds `runs` with `list`, `show`, `cancel` and `rerun`. */
export function addRuns(program: Command): void {
  const runs = program.command('runs').description('List, show, cancel and repeat runs');
  runs
    .command('list', { isDefault: true })
    .description('Runs, newest first: where they are, and why they failed')
    .option('--flow <flow>', 'only of this flow')
    .option('--status <status>', `only ${Object.keys(RUN_STATES).join(', ')}`)
    .option('--since <since>', 'only started since: a span (30m, 2h, 7d) or a time (2026-01-15T12:00:00Z)')
    .option('--limit <count>', `at most so many, up to ${RUNS_LIMIT_MAX}`, String(LIMIT_DEFAULT))
    .option('--json', 'as JSON, with everything')
    .action(async (flags: ListFlags) => (await actions()).list(flags));
  runs
    .command('show')
    .description('One run step by step: states, tries, durations, errors')
    .argument('<run>', RUN_HELP)
    .option('--json', 'as JSON, with everything')
    .action(async (run: string, flags: { json?: boolean }) => (await actions()).show(run, flags));
  runs
    .command('cancel')
    .description('Cancel a run and wait until its `finally` is through')
    .argument('<run>', RUN_HELP)
    .option('--reason <text>', 'kept in its history', 'hookline runs cancel')
    .action(async (run: string, flags: { reason: string }) => (await actions()).cancel(run, flags));
  runs
    .command('rerun')
    .description('Run the same event again: a new run from the start, or the same run from a step on')
    .argument('<run>', RUN_HELP)
    .option('--from <step>', 'keep what ended before this step (its id, its name, or what `runs show` calls it)')
    .option('--current', 'with the flow as it is in the flows folder now, not as the run had it')
    .action(async (run: string, flags: { from?: string; current?: boolean }) => (await actions()).again(run, flags));
}

function actions(): Promise<typeof import('./runs-actions.ts')> {
  return import('./runs-actions.ts');
}
