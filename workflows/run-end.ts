// Tells of a run's end, where somebody asked for it: the last effect of the run, which no cancellation reaches. It changes nothing
// about how the run ends.
import type { JsonObject, RunResult } from './definition.ts';
import { depthAfter } from './emit-event.ts';
import { STEP_TIMEOUT_MS } from './limits.ts';
import type { Run } from './run.ts';
import type { RunEndStatus } from './run-life.ts';
import { StepFailure } from './step-failure.ts';
import { startCallOf, STORE_CALLS, type RunEndRequest } from './store-call.ts';

/** What the call is named after in the run; no step has such a path. */
const END_PATH = 'end';

/** The same result, after its end was told. An error of our own is no end: a repaired worker goes on with the run. */
export async function tellingEnd(run: Run, result: Promise<RunResult>): Promise<RunResult> {
  let ended: RunResult;
  try {
    ended = await result;
  } catch (thrown) {
    if (run.runtime.isCancellation(thrown)) await tell(run, 'cancelled', {});
    else if (thrown instanceof StepFailure) await tell(run, 'failed', { error: thrown.error as unknown as JsonObject });
    throw thrown;
  }
  await tell(run, 'completed', { output: ended.output });
  return ended;
}

async function tell(run: Run, status: RunEndStatus, what: Pick<RunEndRequest, 'output' | 'error'>): Promise<void> {
  const { runtime, input } = run;
  const { id, type, source } = input.event;
  const request: RunEndRequest = {
    status,
    ...what,
    startedAt: new Date(runtime.startedAt).toISOString(),
    endedAt: new Date(runtime.now()).toISOString(),
    event: { id, type, source },
    depth: depthAfter(input.event),
  };
  const caller = { run, path: END_PATH, step: END_PATH, summary: `tells that the run ${wordOf(status)}` };
  await runtime.nonCancellable(async () => {
    try {
      await startCallOf(caller, STORE_CALLS.ended, request as unknown as JsonObject, STEP_TIMEOUT_MS);
    } catch (thrown) {
      if (!(thrown instanceof StepFailure)) throw thrown;
    }
  });
}

function wordOf(status: RunEndStatus): string {
  return status === 'cancelled' ? 'was cancelled' : status;
}
