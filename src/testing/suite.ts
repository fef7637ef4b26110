// Finds test files and the flows they are about, runs their cases and counts what was covered. It prints nothing.
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Flow } from '../../workflows/definition.ts';
import type { Catalog, Problem } from '../flow/catalog.ts';
import { isTestFile, readFlowFiles, readTestFiles } from '../flow/files.ts';
import { loadCatalog } from '../flow/load.ts';
import { readSchema } from '../flow/registry.ts';
import type { Difference } from './compare.ts';
import { addTurns, coverageOf, type FlowCoverage, type Turns } from './coverage.ts';
import { judge } from './expectations.ts';
import { runCase, type CaseRun } from './run-case.ts';
import type { TestCase } from './test-case.ts';
import { readTestFile, type TestFile } from './test-file.ts';

/** What is to be tested. Paths are as they are shown. */
export interface Selection {
  /** The folder (or file) that flows are loaded from. */
  flows: string;
  /** The folder or file with the tests. */
  tests: string;
  /** Only cases whose file, flow or name contains it, in any case of letters. */
  filter?: string;
}

export interface CaseResult {
  test: TestCase;
  run: CaseRun;
  /** Empty: passed. */
  differences: Difference[];
  /** Real time, milliseconds. */
  durationMs: number;
}

export interface SuiteResult {
  /** Of flows and of test files. */
  problems: Problem[];
  files: TestFile[];
  results: CaseResult[];
  /** By flow; flows without any case are among them when a whole folder was tested. */
  coverage: FlowCoverage[];
  durationMs: number;
}

/** It cannot be tested; the message says what to do. */
export class SelectionError extends Error {
  override name = 'SelectionError';
}

/**
 * What `hookline test PATH` is about: flows come from the flows folder when PATH is in it, else from PATH's own folder, for
 * connections and sources stand in other files. Rejects with SelectionError.
 */
export async function selectionOf(path: string | undefined, flowsFolder: string): Promise<Selection> {
  const folder = shownPath(flowsFolder);
  const tests = path === undefined ? folder : shownPath(path);
  const entry = await stat(tests).catch(() => undefined);
  if (entry === undefined) throw new SelectionError(`${tests} does not exist`);
  const isInside = `${resolve(tests)}${sep}`.startsWith(`${resolve(folder)}${sep}`);
  const flows = isInside ? folder : entry.isDirectory() ? tests : dirname(tests);
  if (entry.isDirectory() || isTestFile(tests)) return { flows, tests };
  const beside = tests.replace(/\.(ya?ml)$/, '.test.$1');
  if (beside !== tests && (await stat(beside).catch(() => undefined)) !== undefined) return { flows, tests: beside };
  throw new SelectionError(`${tests} has no tests: they stand in ${beside === tests ? 'NAME.test.yaml' : beside}`);
}

/** Below the working directory as a relative path, as people write it. */
function shownPath(path: string): string {
  const shown = relative(process.cwd(), resolve(path));
  if (shown === '') return '.';
  return shown.startsWith('..') || isAbsolute(shown) ? resolve(path) : shown;
}

/** Runs all cases one after the other. Rejects when a folder cannot be read, and on a bug. */
export async function runSuite(selection: Selection): Promise<SuiteResult> {
  const startedAt = performance.now();
  const catalog = loadCatalog(await readFlowFiles(selection.flows), { readSchema });
  const files = (await readTestFiles(selection.tests)).map((source) => readTestFile(source, catalog));
  const chosen = files.flatMap(({ cases }) => cases).filter((test) => isChosen(test, selection.filter));
  const results: CaseResult[] = [];
  const turns: Turns = new Map();
  for (const test of chosen) {
    const result = await runOne(catalog, test);
    results.push(result);
    addTurns(turns, result.run.turns);
    addTurns(turns, result.run.calledTurns);
  }
  const tested = new Set(chosen.map(({ flow }) => flow));
  return {
    problems: [...catalog.problems, ...files.flatMap(({ problems }) => problems)],
    files,
    results,
    coverage: countedFlows(catalog, selection, tested).map((flow) => coverageOf(flow, turns)),
    durationMs: performance.now() - startedAt,
  };
}

function isChosen(test: TestCase, filter: string | undefined): boolean {
  if (filter === undefined) return true;
  const text = `${test.document.file.path} ${test.flow} ${test.name}`.toLowerCase();
  return text.includes(filter.toLowerCase());
}

async function runOne(catalog: Catalog, test: TestCase): Promise<CaseResult> {
  const flow = catalog.flows.get(test.flow)!;
  const startedAt = performance.now();
  const run = await runCase(catalog, flow, test);
  const differences = judge(flow, test, run);
  return { test, run, differences, durationMs: performance.now() - startedAt };
}

/** Of a whole folder also the flows that have no case. A flow that is only called from elsewhere does not count. */
function countedFlows(catalog: Catalog, { tests, filter }: Selection, tested: Set<string>): Flow[] {
  const isWhole = filter === undefined && !isTestFile(tests);
  const folder = `${resolve(tests)}${sep}`;
  return [...catalog.flows.values()]
    .map(({ definition }) => definition)
    .filter(({ flow, file }) => tested.has(flow) || (isWhole && resolve(file).startsWith(folder)));
}
