// The people whom a tested run asks: what each of them decides, and when, the case says. A decision reaches the run as in production,
// as an event; the first one stands.
import { APPROVAL_SOURCE, DECISION_TYPES, type DecisionKind, type StandingDecision } from '../../workflows/decision.ts';
import type { ConnectorCall, EventData, Json } from '../../workflows/definition.ts';
import type { DecideRequest, OpenApprovalRequest } from '../../workflows/store-call.ts';
import { checkForm } from '../approvals/form.ts';
import { eventIdOf } from '../server/event-id.ts';
import { MockError } from './mocked-attempt.ts';
import type { AskedApproval } from './recording.ts';
import { createSequence } from './sequence.ts';
import type { StepOfRun } from './step-names.ts';
import type { MockedDecision } from './test-case.ts';
import type { TestInbox } from './test-inbox.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface DecisionParts {
  clock: VirtualClock;
  inbox: TestInbox;
  /** By the id of a step. */
  approvals: Record<string, MockedDecision[]>;
  asked: AskedApproval[];
  /** What the case calls a step. */
  nameOf(step: StepOfRun): string;
  /** Where a step stands. */
  describe(step: StepOfRun): string;
}

export interface Decisions {
  /** A run asks. `label`: what people see beside the step. Throws MockError when what the case fills in is not what the form asks. */
  open(call: ConnectorCall, label: string): Json;
  /** The decision that stands after this one was given. */
  decide(call: ConnectorCall): Json;
  /** A run told people and begins to wait: decisions of its step with this label come from now on. */
  waits(run: string, label: string): void;
}

interface Pending {
  run: string;
  label: string;
  afterMs: number;
  decide(): void;
}

/** The decisions of one case. */
export function createDecisions(parts: DecisionParts): Decisions {
  const { clock, inbox, approvals, asked } = parts;
  const startedAt = clock.now();
  const sequence = createSequence<MockedDecision>();
  const standing = new Map<string, StandingDecision>();
  const opened = new Set<string>();
  let pending: Pending[] = [];

  const decide = (
    approval: string,
    run: string,
    step: string,
    given: Omit<StandingDecision, 'at'>,
  ): StandingDecision => {
    const known = standing.get(approval);
    if (known !== undefined) return known;
    const decision: StandingDecision = { ...given, at: new Date(clock.now()).toISOString() };
    standing.set(approval, decision);
    const body = { approval, run, step, ...decision };
    inbox.accept(eventOf(approval, given.decision, decision.at, body), clock.now());
    clock.notice();
    return decision;
  };
  return {
    open(call, label) {
      const { approval, step, title, who, form } = call.with as unknown as OpenApprovalRequest;
      if (opened.has(approval)) return null;
      opened.add(approval);
      const name = parts.nameOf(call.run);
      asked.push({ step: name, title, who, form, atMs: clock.now() - startedAt });
      const answer = sequence.take(approvals[name] ?? [], () => true);
      if (answer === undefined) return null;
      const { afterMs, decision, by, comment, via } = answer;
      const filled = filledForm(parts, call.run, form, answer);
      const given = { decision, by: by ?? null, comment: comment ?? null, form: filled, via };
      const { id: run } = call.run;
      pending.push({ run, label, afterMs, decide: () => void decide(approval, run, step, given) });
      return null;
    },
    decide(call) {
      const { approval, step, ...given } = call.with as unknown as DecideRequest;
      return decide(approval, call.run.id, step, given) as unknown as Json;
    },
    waits(run, label) {
      if (pending.length === 0) return;
      const isDue = (each: Pending): boolean => each.run === run && each.label === label;
      const due = pending.filter(isDue);
      pending = pending.filter((each) => !isDue(each));
      for (const { afterMs, decide: act } of due) clock.at(clock.now() + afterMs, act);
    },
  };
}

function eventOf(approval: string, decision: DecisionKind, time: string, body: object): EventData {
  return {
    id: eventIdOf(APPROVAL_SOURCE, approval),
    type: DECISION_TYPES[decision],
    source: APPROVAL_SOURCE,
    time,
    body: body as Json,
    headers: {},
    query: {},
  };
}

/** As the page checks it. */
function filledForm(
  { describe }: DecisionParts,
  step: StepOfRun,
  form: OpenApprovalRequest['form'],
  { decision, form: given }: MockedDecision,
): Json {
  const checked = checkForm(form, given ?? null, { decision, fillDefaults: true });
  if (checked.ok) return checked.value;
  const faults = checked.faults.map(({ field, message }) => (field === '' ? message : `\`${field}\`: ${message}`));
  throw new MockError(`${describe(step)} does not take the \`form\` that \`approvals\` fills in: ${faults.join(' ')}`);
}
