// A run that waits for events or emits them, on a fake Runtime: what the store answers is written, what it is asked is recorded.
import type { EventData, Json, JsonObject, RunResult } from '../../workflows/definition.ts';
import { interpret, type Interpretation } from '../../workflows/interpret.ts';
import type { Continuation } from '../../workflows/run.ts';
import type { RegisterAnswer } from '../../workflows/store-call.ts';
import type { Candidate } from '../../workflows/wakes.ts';
import { createFakeRuntime, type FakeRuntime } from './fake-runtime.ts';
import { flowOf, inputOf, type StepDraft } from './run-demo.ts';

export const DAY_MS = 86_400_000;
/** The store has nothing to show. */
export const NOTHING: RegisterAnswer = { candidates: [], more: false };
/** Path of the first step. */
export const WAITER = '0';

/** A step that waits. */
export const payment: StepDraft = {
  verb: 'wait_for',
  id: 'payment',
  wait_for: 'payment.received',
  where: { 'body.order_id': '${{ event.body.id }}', 'body.currency': 'EUR' },
};
const output = { output: '${{ steps.payment }}' };

/** An event that it waits for. */
export function paid(position: number, body: JsonObject = {}): Candidate {
  const event: EventData = {
    id: `emit~${position}`,
    type: 'payment.received',
    source: 'emit',
    time: '2026-01-03T00:00:00.000Z',
    body: { order_id: '7', currency: 'EUR', ...body },
    headers: {},
    query: {},
  };
  return { position, event };
}

export interface Lab {
  runtime: FakeRuntime;
  run: Interpretation;
  result: Promise<RunResult>;
  /** What the store was asked, by kind of call. */
  asked(connector: string): JsonObject[];
}

/** Starts a run; `register` answers each registration in turn, the last one again and again. */
export function start(steps: StepDraft[], register: RegisterAnswer[] = [NOTHING], continued?: Continuation): Lab {
  const answers = [...register];
  const runtime = createFakeRuntime((call): Json => {
    if (call.connector === 'hookline.emit') return { id: 'emit~1', type: call.with['type'] ?? null };
    if (call.connector !== 'hookline.wait_for') return null;
    return (answers.length > 1 ? answers.shift() : answers[0]) as unknown as Json;
  });
  const run = interpret(inputOf(flowOf(steps, output), { id: 7, tags: [] }), runtime, continued);
  run.result.catch(() => undefined);
  const asked = (connector: string): JsonObject[] =>
    runtime.calls.filter(({ call }) => call.connector === connector).map(({ call }) => call.with);
  return { runtime, run, result: run.result, asked };
}

/** Lets everything happen that can without time passing. */
export const settle = ({ runtime }: Lab): Promise<void> => runtime.advance(0);
