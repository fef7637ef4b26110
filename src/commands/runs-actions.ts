// What the commands of `hookline runs` do. Loaded when one of them is called: Temporal's client is large.
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Settings } from '../config.ts';
import { approvalKeyIn } from '../approvals/key.ts';
import { readFlowFiles } from '../flow/files.ts';
import { loadCatalog } from '../flow/load.ts';
import { readSchema } from '../flow/registry.ts';
import { createLogger } from '../logger.ts';
import { cancelRun } from '../runs/cancel.ts';
import { connectToRuns, NoTemporalError, type RunsConnection } from '../runs/connection.ts';
import { listRuns } from '../runs/list.ts';
import { rerun, rerunFrom, RerunError, type OtherDefinition } from '../runs/rerun.ts';
import { showRun } from '../runs/show.ts';
import { RUN_STATES, type RunState } from '../runs/states.ts';
import { readSince } from '../server/inspect-query.ts';
import { runLink } from '../temporal/links.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { apiBase } from './api.ts';
import { CommandError, commandSettings, countOf } from './command.ts';
import { json, note, print } from './printing.ts';
import { runListText, runText } from './run-text.ts';
import { RUNS_LIMIT_MAX, type ListFlags } from './runs.ts';

const FLOW_NAME = /^[a-z][a-z0-9-]*$/;

/** `runs list`. */
export async function list(flags: ListFlags): Promise<void> {
  const { flow, status, since } = flags;
  if (flow !== undefined && !FLOW_NAME.test(flow)) throw new CommandError(`--flow: \`${flow}\` is no flow's name`, 2);
  if (status !== undefined && !Object.hasOwn(RUN_STATES, status)) {
    throw new CommandError(`--status must be one of ${Object.keys(RUN_STATES).join(', ')}`, 2);
  }
  const sinceMs = since === undefined ? undefined : readSince(since, Date.now());
  if (since !== undefined && sinceMs === undefined) {
    throw new CommandError('--since must be a time (2026-01-15T12:00:00Z) or a span (30m, 2h, 7d)', 2);
  }
  const limit = countOf('--limit', flags.limit, RUNS_LIMIT_MAX);
  await withRuns(async (runs) => {
    const found = await listRuns(runs, { flow, status: status as RunState | undefined, since: sinceMs, limit });
    if (flags.json === true) return print(json(found));
    if (found.length === 0) return note('There are no such runs.');
    print(runListText(found));
    if (found.length === limit) note(`There may be more; --limit shows up to ${RUNS_LIMIT_MAX}.`);
  });
}

/** `runs show`. */
export async function show(run: string, flags: { json?: boolean }): Promise<void> {
  await withRuns(async (runs) => {
    const shown = await showRun(runs, run);
    if (shown === null) throw unknownRun(run);
    print(flags.json === true ? json(shown) : runText(shown));
  });
}

/** `runs cancel`. */
export async function cancel(run: string, { reason }: { reason: string }): Promise<void> {
  await withRuns(async (runs) => {
    const { status, was } = await cancelRun(runs, run, reason);
    if (was !== undefined) throw new CommandError(`${run} had ended already: ${was}`);
    print(`${run} ended: ${status}`);
  });
}

/** `runs rerun`. */
export async function again(run: string, flags: { from?: string; current?: boolean }): Promise<void> {
  const { from, current } = flags;
  if (from !== undefined && current === true) {
    throw new CommandError(
      '--from keeps the history of the run, which only its own definition fits: leave out --current',
      2,
    );
  }
  await withRuns(async (runs, settings) => {
    if (from !== undefined) {
      await rerunFrom(runs, run, from, `hookline runs rerun --from ${from}`);
      print(`${run} runs again from \`${from}\`, with the definition it had`);
      note('What ended before that step is kept. What `catch` and `finally` did meanwhile stays done.');
    } else {
      const other = current === true ? await currentDefinition(settings, run) : undefined;
      const id = await rerun(runs, run, other);
      print(`${id} runs, with ${other ? 'the definition of now' : 'the definition that the first run had'}`);
      note('It is a new run: all its calls are made anew, under keys of their own.');
      run = id;
    }
    if (runs.uiUrl !== undefined) print(runLink(runs.uiUrl, runs.namespace, run));
  });
}

async function currentDefinition(settings: Settings, run: string): Promise<OtherDefinition> {
  const name = run.slice(0, run.indexOf('/'));
  const flow = loadCatalog(await readFlowFiles(settings.flows), { readSchema }).flows.get(name);
  if (flow === undefined) {
    throw new CommandError(`No sound flow ${name} is in ${settings.flows}; \`hookline validate\` says what is wrong`);
  }
  const set = flow.definition.configNames.filter((each) => settings.config[each] !== undefined);
  const config = Object.fromEntries(set.map((each) => [each, settings.config[each]!]));
  const serverKey = approvalKeyIn(settings.dataDir);
  const links = serverKey === undefined ? undefined : { serverKey, url: apiBase(settings, undefined) };
  if (flow.definition.approves === true && links === undefined) {
    note(`There is no inbox in ${settings.dataDir}: \`steps.ID.links\` is null where the first run had no links.`);
  }
  return { flow: flow.definition, hash: flow.hash, config, links };
}

/** Connects, and says in the words of commands what goes wrong. */
export async function withRuns(use: (runs: RunsConnection, settings: Settings) => Promise<void>): Promise<void> {
  const settings = commandSettings({}, '.env');
  installRuntime(createLogger('silent', false));
  try {
    const runs = await connectToRuns(settings);
    try {
      await use(runs, settings);
    } finally {
      await runs.close();
    }
  } catch (error) {
    if (error instanceof NoTemporalError || error instanceof RerunError) throw new CommandError(error.message);
    if (error instanceof WorkflowNotFoundError) throw unknownRun(error.workflowId);
    throw error;
  }
}

function unknownRun(run: string): CommandError {
  return new CommandError(
    `Temporal has no run ${run}: it has not started (\`hookline deliveries show EVENT-ID\`), or is older than what is kept`,
  );
}
