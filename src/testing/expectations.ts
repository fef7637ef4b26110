// Holds what a case expects against what its run did. Pure; every difference has the place in the test file that it is about.
import type { FlowError, Json, JsonObject, RunResponse } from '../../workflows/definition.ts';
import { errorJson } from '../../workflows/step-failure.ts';
import type { LoadedFlow } from '../flow/catalog.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { differences, type Difference } from './compare.ts';
import { isTaken } from './coverage.ts';
import { doneDifferences, durationDifferences, spanOf } from './done-expectations.ts';
import { branchName, outlineOf } from './flow-outline.ts';
import { missingConfig } from './missing-config.ts';
import type { CaseRun } from './run-case.ts';
import type { TestCase } from './test-case.ts';
import { shortenedCalls } from './text.ts';
import { durationText } from './time.ts';

/** Everything that is not as expected; paths begin below `expect`. Empty: the case passed. */
export function judge(flow: LoadedFlow, test: TestCase, run: CaseRun): Difference[] {
  const found = judgeAll(flow, test, run);
  const missing = found.length === 0 ? [] : missingConfig(flow, test, run);
  return missing.length === 0 ? found : missing;
}

function judgeAll(flow: LoadedFlow, { expect }: TestCase, run: CaseRun): Difference[] {
  const { ending } = run;
  if (ending.kind === 'broken') return [fault([], ending.message)];
  if (ending.kind === 'refused') {
    if (expect['started'] === false) return [];
    return [
      fault(
        [],
        `the flow is not started: ${ending.reason.replace(/\.$/, '')}. If it is not to, expect \`started: false\`.`,
      ),
    ];
  }
  if (expect['started'] === false) return [{ path: ['started'], expected: false, actual: true }];
  const exact = expect['exact'] === true;
  return [
    ...endingDifferences(expect, run, exact),
    ...doneDifferences(expect, run, exact),
    ...within(['vars'], expect['vars'], run.vars, exact),
    ...stepDifferences(expect['steps'], run.steps, exact),
    ...branchDifferences(flow, expect, run),
    ...waitDifferences(expect, run),
    ...unheardDifferences(expect, run),
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
function endingDifferences(expect: JsonObject, run: CaseRun, exact: boolean): Difference[] {
  const { ending } = run;
  const wanted = expect['cancelled'] === true ? 'cancelled' : expect['error'] === undefined ? 'completed' : 'failed';
  if (ending.kind === 'failed') {
    if (wanted !== 'failed') return [fault([], `the run failed with \`${ending.error.code}\`: ${ending.message}`)];
    return [
      ...errorDifferences(expect['error']!, ending.error, exact),
      ...responseDifferences(expect, run.response, exact),
    ];
  }
  if (ending.kind === 'cancelled') {
    if (wanted === 'cancelled') return responseDifferences(expect, run.response, exact);
    return [fault([], 'the run was cancelled (`cancel_after`) before it ended')];
  }
  if (ending.kind !== 'completed') return [];
  if (wanted !== 'completed') {
    return [{ ...fault([wanted === 'failed' ? 'error' : 'cancelled'], 'the run completed'), expected: wanted }];
  }
  const { output, response } = ending.result;
  return [...within(['output'], expect['output'], output, exact), ...responseDifferences(expect, response, exact)];
}

function responseDifferences(expect: JsonObject, response: RunResponse | undefined, exact: boolean): Difference[] {
  return within(['response'], lowerCaseHeaders(expect['response']), response as unknown as Json | undefined, exact);
}

function lowerCaseHeaders(response: Json | undefined): Json | undefined {
  if (!isObject(response) || !isObject(response['headers'])) return response;
  const headers = Object.entries(response['headers']).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...response, headers: Object.fromEntries(headers) };
}

function errorDifferences(expected: Json, error: FlowError, exact: boolean): Difference[] {
  if (typeof expected === 'string') {
    return expected === error.code
      ? []
      : [{ path: ['error'], expected, actual: error.code, note: shortenedCalls(error.message) }];
  }
  return differences(expected, errorJson(error), exact, ['error']);
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

/** A failure that nobody hears of is told, unless the case expects it. */
function unheardDifferences({ calls: expected }: JsonObject, { calls, unheard }: CaseRun): Difference[] {
  return unheard.flatMap((call) => {
    const index = calls.indexOf(call);
    const wanted = Array.isArray(expected) ? expected[index] : undefined;
    if (isObject(wanted) && (wanted['status'] !== undefined || wanted['error'] !== undefined)) return [];
    const { step, flow, end } = call;
    const { code, message } = (end as { error: FlowError }).error;
    const remedy = `If it is to, expect \`calls: [{ step: ${step}, status: failed }]\`.`;
    const note = `the run of \`${flow}\`, which nobody waits for, failed with \`${code}\`: ${message}. ${remedy}`;
    return [fault(wanted === undefined ? [] : ['calls', index], note)];
  });
}

function waitDifferences(expect: JsonObject, { waits, tookMs }: CaseRun): Difference[] {
  const { waits: expected, took } = expect;
  const found: Difference[] = [];
  if (Array.isArray(expected)) {
    const same = expected.length === waits.length && expected.every((each, index) => spanOf(each) === waits[index]);
    if (!same) found.push({ path: ['waits'], expected, actual: waits.map(durationText) });
  }
  return [...found, ...durationDifferences(['took'], took, tookMs)];
}
