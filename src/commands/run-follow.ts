// What `hookline run --wait` shows meanwhile. Loaded only then: Temporal's client is large. It never keeps a run from being waited for.
import type { Settings } from '../config.ts';
import { createLogger } from '../logger.ts';
import { connectToRuns } from '../runs/connection.ts';
import { followRun } from '../runs/follow.ts';
import { runLink } from '../temporal/links.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { showSteps, type LiveOutput } from './live-steps.ts';
import { note, printableLines } from './printing.ts';

/** Shows the steps of a run until it has ended, or `isComing` says that it will never begin. Where Temporal cannot be asked from here, says so and resolves. */
export async function followHere(
  settings: Settings,
  run: string,
  output: LiveOutput,
  ui: string | undefined,
  isComing: () => Promise<boolean>,
): Promise<void> {
  installRuntime(createLogger('silent', false));
  try {
    const runs = await connectToRuns(settings);
    if (ui === undefined && runs.uiUrl !== undefined) note(runLink(runs.uiUrl, runs.namespace, run));
    const live = showSteps(output);
    let ended: string | undefined;
    try {
      ended = await followRun(runs, run, live.show, isComing);
    } finally {
      live.end();
      await runs.close();
    }
    if (ended !== undefined) note(`the run did not complete: ${printableLines(ended)}`);
  } catch (error) {
    note(`Its steps cannot be shown: ${(error as Error).message}`);
  }
}
