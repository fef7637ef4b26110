// The reports for machines: JUnit XML for build servers, JSON for everything else. Pure.
import type { Json } from '../../workflows/definition.ts';
import type { Problem } from '../flow/catalog.ts';
import { percentOf } from './coverage.ts';
import { branchName } from './flow-outline.ts';
import { placeText, shownPercent } from './report-text.ts';
import type { CaseResult, SuiteResult } from './suite.ts';
import { pathText, valueText } from './text.ts';

/** What XML 1.0 cannot hold at all, however it is escaped: most controls, and half a surrogate pair. */
const NOT_XML = /(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

/** JUnit's XML: one test suite a file; a file with errors is a case `loads` with an error. */
export function junitReport(suite: SuiteResult): string {
  const flowErrors = errorsOf(suite.problems).filter(
    (problem) => !suite.files.some(({ path }) => path === problem.file),
  );
  const suites = suite.files.map(({ path, problems }) =>
    junitSuite(
      path,
      suite.results.filter(({ test }) => test.document.file.path === path),
      errorsOf(problems),
    ),
  );
  if (flowErrors.length > 0) suites.push(junitSuite('flows', [], flowErrors));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function errorsOf(problems: Problem[]): Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}

function junitSuite(name: string, results: CaseResult[], errors: Problem[]): string {
  const failures = results.filter(({ differences }) => differences.length > 0).length;
  const seconds = secondsOf(results.reduce((sum, { durationMs }) => sum + durationMs, 0));
  const counts = `tests="${results.length + errors.length}" failures="${failures}" errors="${errors.length}" time="${seconds}"`;
  const cases = [...results.map(junitCase), ...errors.map((problem) => junitError(name, problem))];
  return `  <testsuite name="${xml(name)}" ${counts}>\n${cases.join('')}  </testsuite>\n`;
}

function junitCase(result: CaseResult): string {
  const { test, differences, durationMs } = result;
  const file = xml(test.document.file.path);
  const head = `    <testcase classname="${xml(test.flow)}" name="${xml(test.name)}" file="${file}" time="${secondsOf(durationMs)}"`;
  if (differences.length === 0) return `${head}/>\n`;
  const texts = differenceTexts(result);
  const failure = `<failure message="${xml(texts[0]!.split('\n')[0]!)}">${xml(texts.join('\n'))}</failure>`;
  return `${head}>\n      ${failure}\n    </testcase>\n`;
}

function junitError(name: string, { file, line, column, code, message }: Problem): string {
  const text = xml(`${file}:${line}:${column}: ${message}`);
  return `    <testcase classname="${xml(name)}" name="loads: ${xml(code)} at line ${line}" time="0">\n      <error message="${text}"/>\n    </testcase>\n`;
}

function differenceTexts(result: CaseResult): string[] {
  return result.differences.map((difference) => {
    const { path, note, expected, actual } = difference;
    const head = [placeText(result, difference), pathText(path), note].filter(
      (text) => text !== '' && text !== undefined,
    );
    const values =
      expected === undefined && actual === undefined
        ? []
        : [`expected ${valueText(expected)}`, `actual ${valueText(actual)}`];
    return [head.join(' '), ...values].join('\n');
  });
}

function secondsOf(ms: number): string {
  return (ms / 1000).toFixed(4);
}

function xml(text: string): string {
  return text
    .replace(NOT_XML, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Everything as JSON; times in milliseconds, coverage in percent. */
export function jsonReport(suite: SuiteResult): Json {
  return {
    passed: suite.results.filter(({ differences }) => differences.length === 0).length,
    failed: suite.results.filter(({ differences }) => differences.length > 0).length,
    duration_ms: suite.durationMs,
    problems: suite.problems.map(({ code, severity, file, line, column, message }) => ({
      code,
      severity,
      file,
      line,
      column,
      message,
    })),
    cases: suite.results.map(caseJson),
    coverage: {
      percent: shownPercent(percentOf(suite.coverage)),
      flows: suite.coverage.map((each) => ({
        flow: each.flow.flow,
        file: each.flow.file,
        percent: shownPercent(percentOf([each])),
        steps: each.steps,
        branches: each.branches,
        missed_lines: [...new Set([...each.missedSteps, ...each.missedBranches].map(({ line }) => line))].sort(
          (a, b) => a - b,
        ),
        missed_branches: each.missedBranches.map((branch) => branchName(branch) ?? `${branch.line}.${branch.name}`),
      })),
    },
  };
}

function caseJson(result: CaseResult): Json {
  const { test, run, differences, durationMs } = result;
  return {
    file: test.document.file.path,
    flow: test.flow,
    name: test.name,
    passed: differences.length === 0,
    ending: run.ending.kind,
    duration_ms: durationMs,
    virtual_ms: run.tookMs,
    calls: run.calls.map(({ step, uses, flow, attempts }) => ({
      step,
      ...(uses !== undefined && { uses }),
      ...(flow !== undefined && { flow }),
      attempts,
    })),
    emits: run.emitted.map(({ step, type }) => ({ step, type })),
    asked: run.asked.map(({ step, title }) => ({ step, title })),
    differences: differences.map((difference) => ({
      at: placeText(result, difference),
      path: pathText(difference.path),
      ...(difference.expected !== undefined && { expected: difference.expected }),
      ...(difference.actual !== undefined && { actual: difference.actual }),
      ...(difference.note !== undefined && { note: difference.note }),
    })),
  };
}
