// A setting that the flow wants and the case does not give: told once, in the words of the case, in place of all that came of it. Pure.
import type { FlowError, JsonObject } from '../../workflows/definition.ts';
import { placedMessage } from '../../workflows/error-text.ts';
import type { LoadedFlow } from '../flow/catalog.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Difference } from './compare.ts';
import type { CaseRun } from './run-case.ts';
import type { TestCase } from './test-case.ts';

/** How an expression says that `config` lacks a name (workflows/expression/access.ts). */
const LACKING = /`config` has no key `(\w+)`/;

/** One difference for each setting that failed a step, and that the case does not give. */
export function missingConfig(
  { definition }: LoadedFlow,
  { config, path }: TestCase,
  { ending, steps }: CaseRun,
): Difference[] {
  const ended = ending.kind === 'failed' ? errorTexts(ending.error as unknown as JsonObject, ending.message) : [];
  const failed = Object.entries(steps).flatMap(([id, result]) => {
    const error = isObject(result) ? result['error'] : undefined;
    if (!isObject(error)) return [];
    return errorTexts(error, placedMessage(definition, { ...error, step: id } as unknown as FlowError));
  });
  const missing = new Map<string, string>();
  for (const { message, where } of [...ended, ...failed]) {
    const name = LACKING.exec(message)?.[1];
    if (name !== undefined && config[name] === undefined && !missing.has(name)) missing.set(name, where);
  }
  return [...missing].map(([name, where]) => ({
    path: [],
    place: [...path, 'name'],
    expected: undefined,
    actual: undefined,
    note: `the case gives no \`config.${name}\`, which ${where} needs\nGive it in the case, or above \`cases\` for all of them:\n  config: { ${name}: … }`,
  }));
}

/** The texts of an error and of what it came of, each with the place that is told with it. */
function errorTexts({ message, cause }: JsonObject, where: string): { message: string; where: string }[] {
  const own = typeof message === 'string' ? [{ message, where: placeOf(where, message) }] : [];
  return isObject(cause) ? [...own, ...errorTexts(cause, where)] : own;
}

/** Of `step \`post\` (flows/a.yaml:4): what went wrong` the place alone. */
function placeOf(where: string, message: string): string {
  const end = where.indexOf(`: ${message}`);
  return end === -1 ? where : where.slice(0, end);
}
