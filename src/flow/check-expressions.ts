// Checks every expression of a document: syntax and names, steps that have run, declared variables, fields that exist.
import type { JsonObject } from '../../workflows/definition.ts';
import { inspectExpression } from '../../workflows/expression/index.ts';
import type { FlowDocument } from './document.ts';
import { addExpressionProblem } from './expression-problems.ts';
import { hintAround } from './expression-hints.ts';
import type { ExpressionSite } from './expression-sites.ts';
import { checkCondition } from './check-conditions.ts';
import { checkOutcome } from './check-outcomes.ts';
import { checkProperty } from './check-properties.ts';
import type { Shapes } from './known-shapes.ts';
import { didYouMean } from './schema-words.ts';
import { linksProblem, stepProblem } from './step-order.ts';
import { allSteps, type Block } from './step-tree.ts';

/** One reference of an expression: `steps.stock.output` is root `steps`, path `['stock', 'output']`. */
export type Reference = ReturnType<typeof inspectExpression>['references'][number];

/** Names that expressions use, to be looked up when a run starts. */
export interface UsedNames {
  config: Set<string>;
  /** `run.url`, or `run` as a whole, is read. */
  runUrl: boolean;
  /** Secret name → the place where it is used first. */
  secrets: Map<string, ExpressionSite>;
}

/** What the expressions of a flow may refer to. */
export interface FlowNames {
  blocks: Block[];
  vars: JsonObject;
  shapes: Shapes;
}

/** Checks expressions and collects the names they use. `names` is absent for connections. */
export function checkExpressions(document: FlowDocument, sites: ExpressionSite[], names?: FlowNames): UsedNames {
  const used: UsedNames = { config: new Set(), runUrl: false, secrets: new Map() };
  const ids = new Map(
    names === undefined ? [] : [...allSteps(names.blocks)].reverse().map((step) => [step.raw['id'], step]),
  );
  const around = names && { vars: names.vars, ids: [...ids.keys()].filter((id) => typeof id === 'string') };
  for (const site of sites) {
    const found = inspectExpression(site.text, { roots: site.roots, secrets: site.secrets });
    for (const problem of found.problems) {
      addExpressionProblem(document, site.path, site.offset, problem, hintAround(problem, site, around));
    }
    if (found.problems.length === 0) checkCondition(document, site);
    for (const name of found.configNames) used.config.add(name);
    used.runUrl ||= found.references.some(({ root, path }) => root === 'run' && (path[0] ?? 'url') === 'url');
    for (const name of found.secretNames) if (!used.secrets.has(name)) used.secrets.set(name, site);
    if (names === undefined) continue;
    for (const reference of found.references) checkReference(document, site, reference, found.references, names, ids);
  }
  return used;
}

type StepsById = Map<unknown, ReturnType<typeof allSteps> extends Generator<infer Step> ? Step : never>;

function checkReference(
  document: FlowDocument,
  site: ExpressionSite,
  reference: Reference,
  references: Reference[],
  names: FlowNames,
  ids: StepsById,
): void {
  const name = reference.path[0];
  const place = document.textPlace(site.path, site.offset + reference.offset, reference.length);
  if (reference.root === 'vars' && name !== undefined && !Object.hasOwn(names.vars, String(name))) {
    const hint = didYouMean(String(name), Object.keys(names.vars)) ?? 'Declare it in `vars` at the top of the flow.';
    return document.report.add('unknown_var', place, `there is no variable \`${name}\``, hint);
  }
  if (reference.root === 'steps' && name !== undefined) {
    const target = ids.get(String(name));
    if (target === undefined) {
      // `steps.get-order` is told as a name with a dash.
      if (/^-\w/.test(site.text.slice(reference.offset + reference.length))) return;
      const known = [...ids.keys()].filter((id) => typeof id === 'string' && /^[a-z]\w*$/.test(id)) as string[];
      return document.report.add(
        'unknown_step',
        place,
        `there is no step with the id \`${name}\``,
        didYouMean(String(name), known) ?? 'No step of this flow has an id.',
      );
    }
    const isLinks = target.type?.links === true && reference.path[1] === 'links';
    const problem = isLinks ? linksProblem(target, site) : stepProblem(target, site);
    if (problem !== undefined) {
      const line = document.lineOf([...target.path, 'id']);
      return document.report.add(problem.code, place, `\`steps.${name}\` ${problem.message(line)}`, problem.hint);
    }
    checkProperty(document, site, reference, names.shapes, target);
    return checkOutcome(document, site, reference, target, references);
  }
  checkProperty(document, site, reference, names.shapes);
}
