// The Runtime of a test run: no server, no clock, no network. Every call is recorded and answered by a mock.
import { activityError, retryAdvice } from '../../workflows/activity-error.ts';
import type { ConnectorCall, Json, JsonObject, RunResponse, Step } from '../../workflows/definition.ts';
import type { CallOptions, Runtime } from '../../workflows/runtime.ts';
import type { Soon } from '../../workflows/soon.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { CallFailure, makeAttempts, type Attempt } from './attempts.ts';
import { countTurn } from './coverage.ts';
import { answerAttempt, checkInput, MockError, shownInput } from './mocked-attempt.ts';
import type { TakeAnswer } from './mocks.ts';
import type { MadeCall, Recording } from './recording.ts';
import { isStoreCall, type AnswerStore } from './store-answers.ts';
import type { StepOfRun } from './step-names.ts';
import { EndlessError, type VirtualClock } from './virtual-clock.ts';

export interface TestRuntimeParts {
  clock: VirtualClock;
  recording: Recording;
  workflowId: string;
  /** When the run of the case began, Unix milliseconds. */
  caseStartedAt: number;
  takeAnswer: TakeAnswer;
  answerStore: AnswerStore;
  /** The run begins to wait until something happens. `label`: what people see beside the wait. */
  waits(label: string): void;
  /** What the case calls a step. */
  nameOf(step: StepOfRun): string;
  /** Where a step stands. */
  describe(step: StepOfRun): string;
  /** Another one with each call, for all runs of a case. */
  uuid(): string;
  /** The value of a secret; undefined when the case says that it is not set. */
  secret(name: string): string | undefined;
}

/** Steps that one run may take: far over what a flow in production does before it continues as new. */
const STEPS_MAX = 1_000_000;

/** How workflows/attempts.ts labels its timers between attempts, which are no waits of the author's. */
const RETRY_PAUSE = 'before attempt ';

/** A Runtime that starts now. */
export function createTestRuntime(parts: TestRuntimeParts): Runtime {
  const { clock, workflowId, recording } = parts;
  let steps = 0;
  let isWait = false;
  const woken: Woken = new Map();
  return {
    workflowId,
    attempt: 1,
    startedAt: clock.now(),
    now: () => clock.now(),
    uuid: parts.uuid,
    historyEvents: () => 0,
    ready: () => undefined,
    sleep(ms, summary) {
      if (isWait && !summary.startsWith(RETRY_PAUSE)) recording.waits.push(ms);
      isWait = false;
      return clock.sleep(ms);
    },
    until(holds, ms, summary) {
      const isOwn = isWait;
      isWait = false;
      // Listening while something else goes on is no wait.
      if (!isOwn) return clock.until(holds, ms);
      parts.waits(summary);
      return recordedWait(recording.waits, woken, clock, summary, () => clock.until(holds, ms));
    },
    call: (call, options) => (isStoreCall(call) ? storeCall(parts, call, options) : mockedCall(parts, call, options)),
    setDetails: () => undefined,
    respond: (response: RunResponse) => void (recording.response = response),
    waiting() {
      isWait = true;
    },
    cancellable: (work) => clock.cancellable(work),
    nonCancellable: (work) => clock.nonCancellable(work),
    isCancellation: (error) => clock.isCancellation(error),
    patched: () => true,
    stepBegins(step: Step, runs: boolean) {
      steps += 1;
      if (steps > STEPS_MAX)
        throw new EndlessError(`the run ${workflowId} goes on and on: it took more than ${STEPS_MAX} steps`);
      countTurn(recording.turns, step, runs ? 'ran' : 'skipped');
    },
    stepCompleted: (step) => countTurn(recording.turns, step, 'completed'),
  };
}

/** Waits that an event has just ended, by their summary: where in the list they stand, when that was. */
type Woken = Map<string, { index: number; at: number }>;

/** Records for how long was waited. A run that goes on waiting, because the event was not the one, has waited once. */
async function recordedWait(
  waits: number[],
  woken: Woken,
  clock: VirtualClock,
  summary: string,
  wait: () => Promise<boolean>,
): Promise<boolean> {
  const before = woken.get(summary);
  const index = before?.at === clock.now() ? before.index : waits.push(0) - 1;
  const began = clock.now();
  woken.delete(summary);
  try {
    const isWoken = await wait();
    if (isWoken) woken.set(summary, { index, at: clock.now() });
    return isWoken;
  } finally {
    waits[index]! += clock.now() - began;
  }
}

/** Numbers for `uuid()`, the same in every run of a test: version and variant of RFC 9562, the count in the rest. */
export function createUuids(): () => string {
  let count = 0;
  return () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`;
}

async function storeCall(parts: TestRuntimeParts, call: ConnectorCall, options: CallOptions): Promise<Json> {
  await parts.clock.sleep(0);
  const end = (): Soon<Json> => parts.answerStore(call, options.summary);
  return attempted(parts, call, options, () => ({ takesMs: 0, end }));
}

async function mockedCall(parts: TestRuntimeParts, call: ConnectorCall, options: CallOptions): Promise<Json> {
  const { clock, takeAnswer, describe, secret } = parts;
  clock.checkCancelled();
  const input = shownInput(call);
  const made = recordedCall(parts, call, input);
  try {
    return await attempted(parts, call, options, () => {
      made.attempts += 1;
      const answer = takeAnswer(call, input);
      const end = (): Json => {
        checkInput(call, secret);
        return answerAttempt(answer, call, clock.now());
      };
      return { takesMs: answer.takesMs, end };
    });
  } catch (error) {
    if (error instanceof MockError) throw new MockError(`${describe(call.run)}: ${error.message}`);
    throw error;
  }
}

/** As the run sees it on Temporal: what fails for good is a failure of the step. */
async function attempted(
  { clock }: TestRuntimeParts,
  call: ConnectorCall,
  options: CallOptions,
  attempt: Attempt,
): Promise<Json> {
  try {
    return await makeAttempts(clock, call, options, attempt);
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    throw new StepFailure(activityError(error, options.retry.maxAttempts), retryAdvice(error));
  }
}

/** Attempts that the run itself makes are one call: they have one key. */
function recordedCall(
  { clock, recording: { calls }, caseStartedAt, nameOf }: TestRuntimeParts,
  call: ConnectorCall,
  input: JsonObject,
): MadeCall {
  const known = call.attemptOfRun === undefined ? undefined : calls.find(({ key }) => key === call.idempotencyKey);
  if (known !== undefined) return known;
  const made: MadeCall = {
    step: nameOf(call.run),
    uses: call.connector,
    connection: call.connection,
    input,
    atMs: clock.now() - caseStartedAt,
    attempts: 0,
    key: call.idempotencyKey,
  };
  calls.push(made);
  return made;
}
