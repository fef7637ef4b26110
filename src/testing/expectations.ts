// Holds what a case expects against what its run did. Pure; every difference has the place in the test file that it is about.
import type { FlowError, Json, JsonObject } from '../../workflows/definition.ts';
import { errorJson } from '../../workflows/step-failure.ts';
import type { LoadedFlow } from '../flow/catalog.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { differences, type Difference } from './compare.ts';
import { isTaken } from './coverage.ts';
import { branchName, outlineOf } from './flow-outline.ts';
import type { CaseRun } from './run-case.ts';
import type { EmittedEvent } from './store-answers.ts';
import type { TestCase } from './test-case.ts';
import type { MadeCall } from './test-runtime.ts';
import { durationText, spanMs } from './time.ts';

/** Everything that is not as expected; paths begin below `expect`. Empty: the case passed. */
export function judge(flow: LoadedFlow, { expect }: TestCase, run: CaseRun): Difference[] {
  const { ending } = run;
  if (ending.kind === 'broken') return [fault([], ending.message)];
  if (ending.kind === 'refused') {
    return expect['started'] === false ? [] : [fault([], `the flow is not started: ${ending.reason}`)];
  }
  if (expect['started'] === false) return [{ path: ['started'], expected: false, actual: true }];
  const exact = expect['exact'] === true;
  return [
    ...endingDifferences(expect, run, exact),
    ...callDifferences(expect['calls'], run.calls, exact),
    ...within(['vars'], expect['vars'], run.vars, exact),
    ...stepDifferences(expect['steps'], run.steps, exact),
    ...branchDifferences(flow, expect, run),
    ...waitDifferences(expect, run),
    ...emittedDifferences(expect['emits'], run.emitted, exact),
    ...run.arrivalFaults.map(({ arrival: { path }, note }) => ({ ...fault(path.slice(-2), note), place: path })),
  ];
}

function fault(path: Path, note: string): Difference {
  return { path, expected: undefined, actual: undefined, note };
}

function within(path: Path, expected: Json | undefined, actual: Json | undefined, exact: boolean): Difference[] {
  return expected === undefined ? [] : differences(expected, actual, exact, path);
}

/** A run that ends otherwise than expected is told of once, not once for each thing that it did not do. */
function endingDifferences(expect: JsonObject, { ending }: CaseRun, exact: boolean): Difference[] {
  const wanted = expect['cancelled'] === true ? 'cancelled' : expect['error'] === undefined ? 'completed' : 'failed';
  if (ending.kind === 'failed') {
    if (wanted !== 'failed') return [fault([], `the run failed with \`${ending.error.code}\`: ${ending.message}`)];
    return errorDifferences(expect['error']!, ending.error, exact);
  }
  if (ending.kind === 'cancelled') {
    return wanted === 'cancelled' ? [] : [fault([], 'the run was cancelled (`cancel_after`) before it ended')];
  }
  if (ending.kind !== 'completed') return [];
  if (wanted !== 'completed') {
    return [{ ...fault([wanted === 'failed' ? 'error' : 'cancelled'], 'the run completed'), expected: wanted }];
  }
  const { output, response } = ending.result;
  const answered = response as unknown as Json;
  return [
    ...within(['output'], expect['output'], output, exact),
    ...within(['response'], lowerCaseHeaders(expect['response']), answered, exact),
  ];
}

function lowerCaseHeaders(response: Json | undefined): Json | undefined {
  if (!isObject(response) || !isObject(response['headers'])) return response;
  const headers = Object.entries(response['headers']).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...response, headers: Object.fromEntries(headers) };
}

function errorDifferences(expected: Json, error: FlowError, exact: boolean): Difference[] {
  if (typeof expected === 'string') {
    return expected === error.code ? [] : [{ path: ['error'], expected, actual: error.code, note: error.message }];
  }
  return differences(expected, errorJson(error), exact, ['error']);
}

function callDifferences(expected: Json | undefined, calls: MadeCall[], exact: boolean): Difference[] {
  if (!Array.isArray(expected)) return [];
  const count = Math.max(expected.length, calls.length);
  return Array.from({ length: count }, (_, index): Difference[] => {
    const [wanted, made] = [expected[index], calls[index]];
    if (wanted === undefined) return [{ path: ['calls', index], expected: undefined, actual: nameOf(made!) }];
    if (made === undefined) return [{ path: ['calls', index], expected: wanted, actual: undefined }];
    return oneCallDifferences(wanted, made, exact, ['calls', index]);
  }).flat();
}

function emittedDifferences(expected: Json | undefined, emitted: EmittedEvent[], exact: boolean): Difference[] {
  if (!Array.isArray(expected)) return [];
  const count = Math.max(expected.length, emitted.length);
  return Array.from({ length: count }, (_, index): Difference[] => {
    const path = ['emits', index];
    const [wanted, event] = [expected[index], emitted[index]];
    if (wanted === undefined) return [{ path, expected: undefined, actual: event!.type }];
    if (event === undefined) return [{ path, expected: wanted, actual: undefined }];
    if (!isObject(wanted)) return wanted === event.type ? [] : [{ path, expected: wanted, actual: event.type }];
    const { body, exact: ownExact, at, ...facts } = wanted;
    const other = differences(facts, { type: event.type, step: event.step }, false, path);
    if (other.length > 0) return other;
    return [
      ...within([...path, 'body'], body, event.body, exact || ownExact === true),
      ...durationDifferences([...path, 'at'], at, event.atMs),
    ];
  }).flat();
}

function nameOf({ step, uses }: MadeCall): string {
  return `${step} (${uses})`;
}

function oneCallDifferences(expected: Json, made: MadeCall, exact: boolean, path: Path): Difference[] {
  if (typeof expected === 'string') {
    const named = expected.includes('.') ? made.uses : made.step;
    return named === expected ? [] : [{ path, expected, actual: nameOf(made) }];
  }
  if (!isObject(expected)) return [];
  const { with: input, exact: ownExact, at, ...rest } = expected;
  const facts: JsonObject = {
    step: made.step,
    uses: made.uses,
    connection: made.connection ?? null,
    attempts: made.attempts,
  };
  // Of another call altogether the rest says nothing.
  const other = (['step', 'uses'] as const).filter((key) => rest[key] !== undefined && rest[key] !== facts[key]);
  if (other.length > 0) return [{ path: [...path, other[0]!], expected: rest[other[0]!], actual: nameOf(made) }];
  return [
    ...differences(rest, facts, false, path),
    ...within([...path, 'with'], input, made.with, exact || ownExact === true),
    ...durationDifferences([...path, 'at'], at, made.atMs),
  ];
}

function stepDifferences(expected: Json | undefined, steps: JsonObject, exact: boolean): Difference[] {
  if (!isObject(expected)) return [];
  return Object.entries(expected).flatMap(([id, wanted]) => {
    const path = ['steps', id];
    const result = steps[id];
    if (!isObject(result)) {
      return [
        fault(path, 'a step inside `foreach` has a result in each iteration: look at the output of the `foreach`'),
      ];
    }
    if (typeof wanted === 'string') return differences(wanted, result['status'], exact, path);
    return differences(wanted, result, exact, path);
  });
}

function branchDifferences(flow: LoadedFlow, expect: JsonObject, run: CaseRun): Difference[] {
  const { definition } = flow;
  const { branches } = outlineOf(definition);
  return (['taken', 'not_taken'] as const).flatMap((field) => {
    const names = expect[field];
    if (!Array.isArray(names)) return [];
    return names.flatMap((name, index): Difference[] => {
      const branch = branches.find((each) => branchName(each) === name);
      if (branch === undefined) return [];
      const taken = isTaken(definition, branch, run.turns);
      if (taken === (field === 'taken')) return [];
      return [fault([field, index], `\`${String(name)}\` was ${taken ? '' : 'not '}taken`)];
    });
  });
}

function waitDifferences(expect: JsonObject, { waits, tookMs }: CaseRun): Difference[] {
  const { waits: expected, took } = expect;
  const found: Difference[] = [];
  if (Array.isArray(expected)) {
    const same = expected.length === waits.length && expected.every((each, index) => msOf(each) === waits[index]);
    if (!same) found.push({ path: ['waits'], expected, actual: waits.map(durationText) });
  }
  return [...found, ...durationDifferences(['took'], took, tookMs)];
}

function durationDifferences(path: Path, expected: Json | undefined, actualMs: number): Difference[] {
  if (expected === undefined || msOf(expected) === actualMs) return [];
  return [{ path, expected, actual: durationText(actualMs) }];
}

function msOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? spanMs(value) : undefined;
}
