// The runs of one case: that of its flow, and those that it calls, each interpreted for itself, all on one clock. A case is over when all
// of them are. It decides nothing about what a run meets.
import type { FlowError, RunResult } from '../../workflows/definition.ts';
import type { Interpretation } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { Continuation } from '../../workflows/run.ts';
import type { Wake } from '../../workflows/wakes.ts';
import type { LoadedFlow } from '../flow/catalog.ts';
import type { Recording } from './recording.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How a run came to its end. */
export type Settled =
  { status: 'completed'; result: RunResult } | { status: 'failed'; error: FlowError } | { status: 'cancelled' };

/** A run that is to begin. */
export interface NewRun {
  /** Workflow id. */
  id: string;
  flow: LoadedFlow;
  recording: Recording;
  begins(): Interpretation;
  /** Called once, unless the run is at fault. */
  ended(how: Settled): void;
}

/** A run of the case. */
export interface TestRun extends Pick<NewRun, 'id' | 'flow' | 'recording'> {
  isOver: boolean;
  /** Undefined before it begins. */
  position(): Continuation | undefined;
}

export interface CaseRuns {
  /** Begins a run at once. */
  begin(run: NewRun): TestRun;
  /** Begins a run when everything has happened that was to happen now. */
  beginSoon(run: NewRun): void;
  /** Asks a run to end, by its id; one that is over, or unknown, is left alone. */
  cancel(id: string): void;
  /** Tells a run of an event that it waits for. */
  wake(wake: Wake, id: string): void;
  all(): TestRun[];
  /** Resolves when no run goes on; rejects with what a run ends with when that is none of the ends of runs. */
  over: Promise<void>;
}

interface Running extends TestRun {
  interpretation: Interpretation | undefined;
  /** It was asked to end. */
  isCancelled: boolean;
  stop(): void;
}

/** The runs of a case: none yet. */
export function createCaseRuns(clock: VirtualClock): CaseRuns {
  const runs = new Map<string, Running>();
  let going = 0;
  let finish: () => void = () => undefined;
  let fail: (fault: unknown) => void = () => undefined;
  const over = new Promise<void>((resolve, reject) => ([finish, fail] = [resolve, reject]));

  const add = ({ id, flow, recording }: NewRun): Running => {
    const run: Running = {
      id,
      flow,
      recording,
      isOver: false,
      isCancelled: false,
      interpretation: undefined,
      position: () => run.interpretation?.position(),
      stop: () => undefined,
    };
    runs.set(id, run);
    going += 1;
    return run;
  };
  const start = (run: Running, { begins, ended }: NewRun): void => {
    const scope = clock.cancellable(() => {
      run.interpretation = begins();
      return run.interpretation.result;
    });
    run.stop = scope.cancel;
    if (run.isCancelled) scope.cancel();
    const settle = (how: Settled): void => {
      run.isOver = true;
      ended(how);
      going -= 1;
      if (going === 0) finish();
    };
    scope.done.then(
      (result) => settle({ status: 'completed', result }),
      (thrown: unknown) => {
        if (thrown instanceof StepFailure) settle({ status: 'failed', error: thrown.error });
        else if (clock.isCancellation(thrown)) settle({ status: 'cancelled' });
        else fail(thrown);
      },
    );
  };
  return {
    over,
    begin(next) {
      const run = add(next);
      start(run, next);
      return run;
    },
    beginSoon(next) {
      const run = add(next);
      clock.at(clock.now(), () => start(run, next));
    },
    cancel(id) {
      const run = runs.get(id);
      if (run === undefined) return;
      run.isCancelled = true;
      run.stop();
    },
    wake: (wake, id) => runs.get(id)?.interpretation?.wake(wake),
    all: () => [...runs.values()],
  };
}
