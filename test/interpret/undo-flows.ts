// Flows that undo what they did, and how their runs are watched.
import assert from 'node:assert/strict';
import type { Flow, Json, Step } from '../../workflows/definition.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import type { Answer } from './fake-runtime.ts';
import { flowOf, runDemo, said, say, type StepDraft } from './run-demo.ts';

/** Steps as the loader leaves them. */
export const steps = (...list: StepDraft[]): Step[] => list as Step[];

/** A call that says its id, and says `un` and its id when it is undone. */
export function done(id: string, rest: Partial<Step> = {}): StepDraft {
  return say(id, { id, undoSteps: steps(say(`un${id}`)), ...rest });
}

/** Ends a run badly. */
export const end: StepDraft = { verb: 'fail', fail: { code: 'over', message: 'it is over' }, line: 90 };

/** A flow that undoes what it did when it fails. */
export const undone = (list: StepDraft[], rest: Partial<Flow> = {}): Flow =>
  flowOf(list, { undoOnFailure: true, ...rest });

/** Refuses what is bad, and echoes the rest. */
export const answer: Answer = (call) => {
  const text = String(call.with['say']);
  if (text.includes('bad'))
    throw new StepFailure({ code: 'http_status', message: 'no', step: null, attempt: 3, status: 503 });
  return `heard ${text}`;
};

/** Runs a flow to its failure. */
export async function failed(flow: Flow, body?: Json): Promise<{ calls: Json[]; error: StepFailure['error'] }> {
  const demo = runDemo(flow, answer, body);
  const thrown = await demo.result.then(
    () => assert.fail('the run was to fail'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof StepFailure, String(thrown));
  return { calls: said(demo), error: thrown.error };
}
