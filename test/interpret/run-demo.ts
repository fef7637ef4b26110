// Makes normalised flows and runs them on the fake Runtime.
import assert from 'node:assert/strict';
import {
  ENGINE_VERSION,
  type Flow,
  type FlowError,
  type Json,
  type RunInput,
  type RunResult,
  type Step,
} from '../../workflows/definition.ts';
import { interpret } from '../../workflows/interpret.ts';
import { StepFailure } from '../../workflows/step-failure.ts';
import { createFakeRuntime, type Answer, type FakeRuntime } from './fake-runtime.ts';

/** A step as tests write it: the loader's shape with the line filled in. */
export type StepDraft = Partial<Step> & { verb: string };

export function flowOf(steps: StepDraft[], rest: Partial<Flow> = {}): Flow {
  let line = 9;
  const lined = (list: StepDraft[]): Step[] => list.map((step) => ({ line: (line += 1), ...step }) as Step);
  return {
    language: 1,
    flow: 'demo',
    file: 'flows/demo.yaml',
    vars: {},
    steps: lined(steps),
    configNames: [],
    respondsEarly: false,
    ...rest,
  };
}

export function inputOf(flow: Flow, body: Json = {}, rest: Partial<RunInput> = {}): RunInput {
  const event = {
    id: 'event-1',
    type: 'demo.happened',
    source: 'demo',
    time: '2026-01-02T03:04:05.000Z',
    body,
    headers: {},
    query: {},
  };
  return { engine: ENGINE_VERSION, flow, definitionHash: 'hash', event, config: {}, ...rest };
}

export interface Demo {
  runtime: FakeRuntime;
  result: Promise<RunResult>;
}

/** Starts a run and lets its time pass to the end. */
export function runDemo(flow: Flow, answer?: Answer, body?: Json, rest?: Partial<RunInput>): Demo {
  const runtime = createFakeRuntime(answer);
  const { result } = interpret(inputOf(flow, body, rest), runtime);
  return { runtime, result: runtime.finish(result) };
}

/** The error that a run fails with. */
export async function failureOf(demo: Demo): Promise<FlowError> {
  try {
    await demo.result;
  } catch (thrown) {
    assert.ok(thrown instanceof StepFailure, String(thrown));
    return thrown.error;
  }
  return assert.fail('the run was expected to fail');
}

/** What the connector `demo.echo` is asked for, in order of the calls. */
export function said({ runtime }: Demo): Json[] {
  return runtime.calls.map(({ call }) => call.with['say'] ?? null);
}

/** A call that says something; its answer is what the test's function makes of it. */
export function say(value: Json, rest: Partial<Step> = {}): StepDraft {
  return { verb: 'uses', uses: 'demo.echo', with: { say: value }, line: 1, ...rest };
}
