// The report for a terminal: one line a case, below it only what differs, then coverage and sums. Pure text.
import type { Json } from '../../workflows/definition.ts';
import { counted, printable, printableLines } from '../commands/printing.ts';
import { formatProblem } from '../flow/format.ts';
import { lineOf } from '../flow/report.ts';
import { percentOf, type FlowCoverage } from './coverage.ts';
import type { Difference } from './compare.ts';
import type { CaseResult, SuiteResult } from './suite.ts';
import { pathText, valueText } from './text.ts';
import { durationText } from './time.ts';

/** Lines of two long texts that are shown when they differ. */
const DIFFERENT_LINES_MAX = 5;
/** A text of one line up to here is shown whole. */
const WHOLE_TEXT_CHARACTERS_MAX = 120;

const STYLES = { red: '\u001b[31m', green: '\u001b[32m', bold: '\u001b[1m', dim: '\u001b[2m', off: '\u001b[0m' };
type Paint = (style: keyof typeof STYLES, text: string) => string;

/** The whole report. `color` adds ANSI colours. */
export function textReport(suite: SuiteResult, color: boolean): string {
  const paint: Paint = (style, text) => (color ? STYLES[style] + text + STYLES.off : text);
  const files = suite.files.flatMap(({ path }) => {
    const results = suite.results.filter(({ test }) => test.document.file.path === path);
    return results.length === 0 ? [] : [paint('bold', path), ...results.flatMap((result) => caseLines(result, paint))];
  });
  const sections = [
    ...suite.problems.map((problem) => formatProblem(problem, color)),
    files.join('\n'),
    coverageLines(suite.coverage, paint).join('\n'),
    summary(suite),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** `31 cases in 9 files: 30 passed, 1 failed (0.1 s); coverage 98.5%`. */
function summary({ files, results, coverage, durationMs, problems }: SuiteResult): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (results.length === 0 && errors > 0) return `no case ran: ${counted(errors, 'error')}`;
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  const verdict = failed === 0 ? `${results.length} passed` : `${results.length - failed} passed, ${failed} failed`;
  const head = `${counted(results.length, 'case')} in ${counted(files.length, 'file')}`;
  const seconds = (durationMs / 1000).toFixed(2);
  return `${head}: ${verdict} (${seconds} s); coverage ${shownPercent(percentOf(coverage))}`;
}

/** Rounded down, so that 100% means all of it. */
export function shownPercent(percent: number): string {
  return `${Math.floor(percent * 10) / 10}%`;
}

function caseLines(result: CaseResult, paint: Paint): string[] {
  const { test, run, differences } = result;
  const passed = differences.length === 0;
  const mark = passed ? paint('green', '✓') : paint('red', '✗');
  const took = run.tookMs > 0 ? paint('dim', `  (${durationText(run.tookMs)} skipped)`) : '';
  const line = `  ${mark} ${printable(test.name)}${took}`;
  return [line, ...differences.flatMap((difference) => differenceLines(result, difference, paint))];
}

function differenceLines(result: CaseResult, difference: Difference, paint: Paint): string[] {
  const { path, note } = difference;
  const where = paint('bold', placeText(result, difference));
  const [first = '', ...rest] = note === undefined ? [] : printableLines(note).split('\n');
  const head = [path.length === 0 ? '' : pathText(path), first].filter((text) => text !== '').join(': ');
  const lines = [`${where} ${head}`, ...rest.map((line) => `  ${line}`)];
  if (difference.expected !== undefined || difference.actual !== undefined || note === undefined) {
    lines.push(...valueLines(difference.expected, difference.actual, paint));
  }
  return lines.map((line) => `      ${line}`);
}

/** `file:line:column` of what was expected; of the nearest thing around it that is written. */
export function placeText({ test }: CaseResult, { path, place }: Difference): string {
  const { file } = test.document;
  const inExpect = test.document.valuePlace([...test.path, 'expect', ...path]);
  const nearest = Object.keys(test.expect).length > 0 ? inExpect : test.document.keyPlace([...test.path, 'name']);
  const { offset } = place === undefined ? nearest : test.document.valuePlace(place);
  const line = lineOf(file, offset);
  return `${file.path}:${line}:${offset - (file.lineStarts[line - 1] ?? 0) + 1}`;
}

function valueLines(expected: Json | undefined, actual: Json | undefined, paint: Paint): string[] {
  if (typeof expected === 'string' && typeof actual === 'string' && isLong(expected, actual)) {
    return textLines(expected, actual, paint);
  }
  return [`  expected  ${paint('green', valueText(expected))}`, `  actual    ${paint('red', valueText(actual))}`];
}

function isLong(...texts: string[]): boolean {
  return (
    texts.some((text) => text.includes('\n') || text.length > WHOLE_TEXT_CHARACTERS_MAX) && !texts[0]!.startsWith('${{')
  );
}

/** Of long texts only the lines that differ. */
function textLines(expected: string, actual: string, paint: Paint): string[] {
  const [wanted, found] = [expected.split('\n'), actual.split('\n')];
  const lines: string[] = [];
  let different = 0;
  for (let index = 0; index < Math.max(wanted.length, found.length); index += 1) {
    if (wanted[index] === found[index]) continue;
    different += 1;
    if (different > DIFFERENT_LINES_MAX) continue;
    lines.push(`  line ${index + 1}`, `    expected  ${paint('green', valueText(wanted[index]))}`);
    lines.push(`    actual    ${paint('red', valueText(found[index]))}`);
  }
  if (different > DIFFERENT_LINES_MAX) lines.push(`  and ${counted(different - DIFFERENT_LINES_MAX, 'more line')}`);
  return lines;
}

function coverageLines(coverage: FlowCoverage[], paint: Paint): string[] {
  if (coverage.length === 0) return [];
  return [paint('bold', 'coverage'), ...coverage.flatMap((each) => flowCoverageLines(each, paint))];
}

function flowCoverageLines(coverage: FlowCoverage, paint: Paint): string[] {
  const { flow, steps, branches, missedSteps, missedBranches } = coverage;
  const percent = shownPercent(percentOf([coverage])).padStart(6);
  const head = `  ${percent}  ${flow.file} ${flow.flow}: steps ${steps.covered}/${steps.total}, branches ${branches.covered}/${branches.total}`;
  const lines = missedSteps.map(({ line, id, verb }) => `never ran    ${flow.file}:${line} ${id ?? verb}`);
  const never = missedBranches
    // A block is told by its first step, which never ran.
    .filter(({ first }) => first === undefined || !missedSteps.includes(first))
    .map(({ line, step, name }) => `never taken  ${flow.file}:${line} ${step?.id ?? step?.verb ?? flow.flow}: ${name}`);
  return [head, ...[...lines, ...never].map((line) => paint('red', `          ${line}`))];
}
