// A run that asks people, on the fake Runtime, with a store that keeps approvals and the first decision of each.
import { approvalIdOf } from '../../workflows/approval-link.ts';
import { APPROVAL_SOURCE, DECISION_TYPES, type StandingDecision } from '../../workflows/decision.ts';
import type { ConnectorCall, Flow, Json, JsonObject, RunInput, RunResult, Step } from '../../workflows/definition.ts';
import { interpret, type Interpretation } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import {
  STORE_CALLS,
  type DecideRequest,
  type RegisterAnswer,
  type RegisterRequest,
} from '../../workflows/store-call.ts';
import type { Candidate } from '../../workflows/wakes.ts';
import { createFakeRuntime, type Answer, type FakeRuntime } from './fake-runtime.ts';
import { inputOf, say, type StepDraft } from './run-demo.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const KEY = 'b'.repeat(64);
export const RUN_ID = 'demo/event-1';

const stepList = (...list: StepDraft[]): Step[] => list as Step[];

/** An `approve` step with one notice, which says what it sees. */
export function ask(fields: JsonObject = {}, rest: Partial<Step> = {}): StepDraft {
  const notify = stepList(say('notice ${{ reminder }}', { line: 2 })) as unknown as Json;
  return { verb: 'approve', id: 'asked', approve: { title: 'Refund?', who: 'anna', notify, ...fields }, ...rest };
}

/** What people decide, as the store keeps it. */
export function decision(parts: Partial<StandingDecision> = {}): StandingDecision {
  const known: StandingDecision = { decision: 'approved', by: 'anna', at: 'T', comment: null, form: null, via: 'link' };
  return { ...known, ...parts };
}

/** Decisions by approval id: the first one stands. */
export interface ApprovalStore {
  decisions: Map<string, StandingDecision>;
  decide(path: string, made: StandingDecision): StandingDecision;
  answer: Answer;
}

/** Answers store calls; `other` answers all others. */
export function createApprovalStore(other: Answer = () => null): ApprovalStore {
  const decisions = new Map<string, StandingDecision>();
  const decideById = (id: string, made: StandingDecision): StandingDecision => {
    if (!decisions.has(id)) decisions.set(id, made);
    return decisions.get(id)!;
  };
  return {
    decisions,
    decide: (stepPath, made) => decideById(approvalIdOf({ workflowId: RUN_ID, stepPath }), made),
    answer(call, options) {
      if (call.connector === STORE_CALLS.register) return lookBack(decisions, call) as unknown as Json;
      if (call.connector === STORE_CALLS.openApproval || call.connector === STORE_CALLS.forget) return null;
      if (call.connector !== STORE_CALLS.decide) return other(call, options);
      const { approval, step: _step, ...made } = call.with as unknown as DecideRequest;
      if (made.form === 'wrong') throw refusal('`form` must be a map');
      return decideById(approval, { ...made, at: 'now' }) as unknown as Json;
    },
  };
}

export function refusal(message: string): StepFailure {
  return new StepFailure({ code: 'invalid_input', message, step: null, attempt: 1 });
}

function lookBack(decisions: Map<string, StandingDecision>, call: ConnectorCall): RegisterAnswer {
  const { where } = call.with as unknown as RegisterRequest;
  const known = decisions.get(where[0]![1]);
  return { candidates: known === undefined ? [] : [eventOf(known)], more: false };
}

/** The event of a decision. */
export function eventOf(made: StandingDecision): Candidate {
  const type = DECISION_TYPES[made.decision];
  const body = { ...made, approval: 'id', run: RUN_ID, step: 'path' } as unknown as Json;
  const event = { id: 'approval~1', type, source: APPROVAL_SOURCE, time: 'T', body, headers: {}, query: {} };
  return { position: 5, event };
}

export interface Lab {
  runtime: FakeRuntime;
  run: Interpretation;
  result: Promise<RunResult>;
  store: ApprovalStore;
  /** What was asked of a connector or the store. */
  asked(connector: string): JsonObject[];
  /** Decides in the store and tells the run, as the dispatcher does. */
  decide(path: string, made?: Partial<StandingDecision>): void;
  /** Lets everything happen that can without time passing. */
  settle(): Promise<void>;
}

export interface LabParts {
  flow: Flow;
  store?: ApprovalStore;
  continued?: Continuation;
  elapsedMs?: number;
  /** Whether the run can sign links; it can. */
  hasKey?: boolean;
}

export function startLab({
  flow,
  store = createApprovalStore(),
  continued,
  elapsedMs = 0,
  hasKey = true,
}: LabParts): Lab {
  const runtime = createFakeRuntime(store.answer, elapsedMs);
  const rest: Partial<RunInput> = hasKey ? { approvals: { key: KEY, url: 'https://hooks.example' } } : {};
  const run = interpret(inputOf(flow, { id: 7 }, rest), runtime, continued);
  run.result.catch(() => undefined);
  return {
    runtime,
    run,
    result: run.result,
    store,
    asked: (connector) => runtime.calls.flatMap(({ call }) => (call.connector === connector ? [call.with] : [])),
    decide(path, made) {
      const standing = store.decide(path, decision(made));
      if (standing.decision !== 'closed') run.wake({ waiter: path, ...eventOf(standing) });
    },
    settle: () => runtime.advance(runtime.now() - runtime.startedAt),
  };
}

/** What a continued run is given, after JSON. */
export function positionOf({ run }: Lab): Continuation {
  return JSON.parse(JSON.stringify(run.position())) as Continuation;
}
