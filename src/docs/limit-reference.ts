// The tables of limits in docs/flow-language.md and docs/expressions.md, from the constants themselves. A constant without a line here
// is noticed by a test. Text only.
import * as budget from '../../workflows/expression/budget.ts';
import { patternCharactersMax, patternInstructionsMax } from '../../workflows/expression/functions/pattern.ts';
import { bracketLevelsMax, expressionCharactersMax, tokensMax } from '../../workflows/expression/parse.ts';
import { templateCharactersMax } from '../../workflows/expression/template-text.ts';
import * as runLimits from '../../workflows/limits.ts';
import { BRANCHES_MAX } from '../../workflows/steps/parallel.ts';
import * as loadLimits from '../flow/limits.ts';

const loaded = loadLimits as Record<string, unknown>;
const running = { ...runLimits, BRANCHES_MAX } as Record<string, unknown>;
const computed = {
  ...budget,
  expressionCharactersMax,
  tokensMax,
  bracketLevelsMax,
  templateCharactersMax,
  patternCharactersMax,
  patternInstructionsMax,
} as Record<string, unknown>;

/** By constant: what is limited, and the code of the error beyond it where it has one of its own. */
export const loadRows: Record<string, [what: string, code?: string]> = {
  definitionBytesMax: ['one file, and one flow once its aliases are expanded', 'too_large'],
  flowFilesMax: ['files in the flows folder'],
  documentsPerFileMax: ['documents of one file', 'too_many_documents'],
  stepsMax: ['steps of one flow, all blocks counted', 'too_many_steps'],
  stepDepthMax: ['blocks inside one another', 'too_deep'],
  nestingMax: ['maps and lists inside one another in YAML', 'too_deep'],
  nodesMax: ['values of one document once its aliases are expanded', 'yaml_alias_bomb'],
  aliasCountMax: ['how many times its size a document may grow by aliases', 'yaml_alias_bomb'],
  schedulesPerFlowMax: ['`schedule` triggers of one flow', 'wrong_value'],
  flowNameLengthMax: ['characters of the name of a flow or connection', 'wrong_value'],
  sourceNameLengthMax: ['characters of the name of a source', 'wrong_value'],
  idLengthMax: ['characters of an id, a variable or a branch', 'wrong_value'],
  respondWithinMaxMs: ['`respond_within`', 'wrong_value'],
  problemsPerDocumentMax: ['problems that are told of one document'],
};

/** By constant: what is limited in a run, and the code of the error beyond it. */
export const runRows: Record<string, [what: string, code?: string]> = {
  ATTEMPT_TIMEOUT_MS: ['one attempt of a connector, unless `attempt_timeout` says otherwise', 'attempt_timeout'],
  STEP_TIMEOUT_MS: ['a connector step with all its attempts, unless `timeout` says otherwise', 'timeout'],
  FINALLY_TIMEOUT_MS: ['a `finally`; a `catch` after the `timeout` of the flow', 'timeout'],
  UNDO_TIMEOUT_MS: ['undoing one step', 'timeout'],
  WAIT_MS_MAX: ['one wait', 'invalid_field'],
  ITEMS_MAX: ['items of a `foreach`', 'too_many_items'],
  BRANCHES_MAX: ['branches of a `parallel`', 'wrong_value'],
  ITERATIONS_DEFAULT: ['iterations of a loop, unless `max_iterations` says otherwise', 'too_many_iterations'],
  ITERATIONS_MAX: ['`max_iterations`', 'wrong_value'],
  CALLS_IN_FLIGHT_MAX: ['calls of one run that are under way at once; more wait their turn'],
  EMIT_DEPTH_MAX: ['flows that led to one another by events', 'emit_too_deep'],
  UNDO_FAILURES_TOLD_MAX: ['steps that could not be undone which an error lists; of the others it has the number'],
  CAUSE_DEPTH_MAX: ['causes of an error that are kept'],
};

/** By constant: what is limited in an expression. */
export const expressionRows: Record<string, [what: string, code?: string]> = {
  expressionCharactersMax: ['characters of one expression', 'expression_too_large'],
  tokensMax: ['its words and signs', 'expression_too_large'],
  bracketLevelsMax: ['its brackets inside one another', 'expression_too_large'],
  templateCharactersMax: ['characters of one text with `${{ … }}`, as it is written', 'expression_too_large'],
  operationsMax: ['operations of one evaluation', 'budget_exceeded'],
  stringCharactersMax: ['characters of a text that is made', 'budget_exceeded'],
  listItemsMax: ['entries of a list or map that is made', 'budget_exceeded'],
  resultValuesMax: ['values of a result, all levels counted', 'budget_exceeded'],
  resultCharactersMax: ['characters of a result, all texts counted', 'budget_exceeded'],
  valueLevelsMax: ['levels of a result', 'budget_exceeded'],
  patternCharactersMax: ['characters of a pattern of the `text` functions (RE2)', 'budget_exceeded'],
  patternInstructionsMax: ['instructions that a pattern becomes', 'budget_exceeded'],
};

/** Markdown: the limits of the loader. */
export function loadLimitReference(): string {
  return limitTable(loadRows, loaded, '');
}

/** Markdown: the limits of a run. */
export function runLimitReference(): string {
  return limitTable(runRows, running, 'run-');
}

/** Markdown: the limits of expressions. */
export function expressionLimitReference(): string {
  return limitTable(expressionRows, computed, 'run-');
}

function limitTable(
  rows: Record<string, [what: string, code?: string]>,
  values: Record<string, unknown>,
  anchors: '' | 'run-',
): string {
  const lines = Object.entries(rows).map(([name, [what, code]]) => {
    const value = values[name];
    if (typeof value !== 'number') throw new Error(`there is no limit ${name}`);
    return `| ${what} | ${limitWords(name, value)} | ${code === undefined ? '' : errorLink(code, anchors)} |`;
  });
  return ['| what | at most | beyond it |', '| --- | --- | --- |', ...lines].join('\n');
}

/** What a load check refuses has its anchor among the load errors, also where it limits a run. */
function errorLink(code: string, anchors: '' | 'run-'): string {
  return `[\`${code}\`](errors.md#${code === 'wrong_value' ? '' : anchors}${code})`;
}

/** A number with the unit that the constant's name says. */
export function limitWords(name: string, value: number): string {
  if (/bytes/i.test(name)) return value % (1024 * 1024) === 0 ? `${value / (1024 * 1024)} MiB` : `${value / 1024} KiB`;
  if (!/Ms$|Ms[A-Z]|_MS/.test(name)) return value.toLocaleString('en');
  const units: [string, number][] = [
    ['years', 365 * 86_400_000],
    ['days', 2 * 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ];
  const [unit, size] = units.find(([, each]) => value >= each) ?? ['ms', 1];
  return `${(value / (unit === 'days' ? 86_400_000 : size)).toLocaleString('en')} ${unit}`;
}
