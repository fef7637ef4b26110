// Every place of a flow where an expression stands, with what is in sight there. It reads expressions from texts and reports
// those that cannot be; what they refer to is checked elsewhere.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { ExpressionError, parseTemplateText } from '../../workflows/expression/index.ts';
import type { Field } from '../../workflows/steps/step.ts';
import { findAction } from '../../activities/connectors/index.ts';
import { admissionFields } from './admission-fields.ts';
import type { FlowDocument } from './document.ts';
import { addExpressionProblem } from './expression-problems.ts';
import { commonStepFields } from './schema-terms.ts';
import { allSteps, bindsOf, isObject, type Block, type StepNode } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** One expression and where it stands. */
export interface ExpressionSite {
  path: Path;
  text: string;
  /** Offset of `text` in the value at `path`. */
  offset: number;
  roots: string[];
  /** `secrets.NAME` may stand here. */
  secrets: boolean;
  /** The step that it belongs to; none for the flow's own fields. */
  step?: StepNode;
  /** It sees the ids inside its own step (`output` of `foreach`). */
  inside: boolean;
}

type Sight = Omit<ExpressionSite, 'path' | 'text' | 'offset'>;

/** Names that are in sight everywhere in a flow's steps. */
export const flowRoots = ['event', 'input', 'config', 'run', 'vars', 'steps'];

/** All expressions of a flow. */
export function flowSites(document: FlowDocument, flow: JsonObject, blocks: Block[]): ExpressionSite[] {
  const sites: ExpressionSite[] = [];
  const early = flowRoots.filter((root) => root !== 'vars' && root !== 'steps');
  const at = (roots: string[]): Sight => ({ roots, secrets: false, inside: false });
  templateSites(document, ['vars'], flow['vars'], at(early), sites);
  templateSites(document, ['output'], flow['output'], at(flowRoots), sites);
  plainTexts(document, ['description'], flow['description']);
  retrySites(document, ['retry'], flow['retry'], at([...early, 'vars']), sites);
  for (const name of Object.keys(admissionFields)) {
    const field = flow[name];
    if (!isObject(field)) continue;
    const { key, ...plain } = field;
    expressionSite(document, [name, 'key'], key, at(['event', 'input']), sites);
    plainTexts(document, [name], plain);
  }
  for (const [index, trigger] of listOf(flow['triggers']).entries()) {
    if (!isObject(trigger)) continue;
    expressionSite(document, ['triggers', index, 'if'], trigger['if'], at(['event']), sites);
    plainTexts(document, ['triggers', index, 'schedule'], trigger['schedule']);
  }
  for (const step of allSteps(blocks)) stepSites(document, step, sites);
  return sites;
}

/** All expressions of a `source:` document. */
export function sourceSites(document: FlowDocument, source: JsonObject): ExpressionSite[] {
  const sites: ExpressionSite[] = [];
  expressionSite(document, ['if'], source['if'], { roots: ['event'], secrets: false, inside: false }, sites);
  return sites;
}

/** All expressions of a `connection:` document. */
export function connectionSites(document: FlowDocument, connection: JsonObject): ExpressionSite[] {
  const sites: ExpressionSite[] = [];
  templateSites(document, ['with'], connection['with'], { roots: ['config'], secrets: true, inside: false }, sites);
  return sites;
}

function stepSites(document: FlowDocument, step: StepNode, sites: ExpressionSite[]): void {
  const { raw, path, type } = step;
  const outer = rootsOf(step);
  const sight: Sight = { roots: outer, secrets: false, step, inside: false };
  for (const name of Object.keys(commonStepFields)) {
    if (name === 'if' || name === 'retry' || name === 'undo') continue;
    plainTexts(document, [...path, name], raw[name]);
  }
  retrySites(document, [...path, 'retry'], raw['retry'], sight, sites);
  if (type?.verb !== 'if') expressionSite(document, [...path, 'if'], raw['if'], sight, sites);
  for (const [name, field] of Object.entries(type?.fields ?? {})) {
    fieldSites(document, [...path, name], raw[name], field, sightOf(step, field, sight), sites);
  }
}

/** What a field of a step sees where the step sees `outer`. */
function sightOf(step: StepNode, field: Field, outer: Sight): Sight {
  return {
    ...outer,
    roots: [...outer.roots, ...bindsOf(step, field)],
    secrets: field.secrets === true && takesSecrets(step),
    inside: field.iterated !== undefined,
  };
}

/** The rules of a retry see `error`; all else in it is plain. */
function retrySites(
  document: FlowDocument,
  path: Path,
  retry: Json | undefined,
  sight: Sight,
  sites: ExpressionSite[],
): void {
  if (!isObject(retry)) return plainTexts(document, path, retry);
  const { on, until, ...plain } = retry;
  plainTexts(document, path, plain);
  const own: Sight = { ...sight, roots: [...sight.roots, 'error'] };
  expressionSite(document, [...path, 'on'], on, own, sites);
  expressionSite(document, [...path, 'until'], until, own, sites);
}

function fieldSites(
  document: FlowDocument,
  path: Path,
  value: Json | undefined,
  field: Field,
  sight: Sight,
  sites: ExpressionSite[],
): void {
  if (field.kind === 'template' || field.kind === 'duration_template')
    templateSites(document, path, value, sight, sites);
  if (field.kind === 'expression') expressionSite(document, path, value, sight, sites);
  if (field.kind === 'literal' || field.kind === 'duration') plainTexts(document, path, value);
  if (field.kind === 'group' && isObject(value)) {
    for (const [name, each] of Object.entries(field.fields ?? {}))
      fieldSites(document, [...path, name], value[name], each, sightOf(sight.step!, each, sight), sites);
  }
  if (field.kind !== 'cases') return;
  for (const [index, item] of listOf(value).entries()) {
    if (isObject(item)) expressionSite(document, [...path, index, 'when'], item['when'], sight, sites);
  }
}

/** What the blocks around a step put in sight. */
function rootsOf(step: StepNode): string[] {
  const roots = [...flowRoots];
  for (let block: Block | undefined = step.block; block !== undefined; block = block.owner?.block)
    roots.push(...block.binds);
  return roots;
}

function takesSecrets(step: StepNode): boolean {
  const name = step.raw['uses'];
  return typeof name !== 'string' || findAction(name)?.action.takesSecrets !== false;
}

function expressionSite(
  document: FlowDocument,
  path: Path,
  value: Json | undefined,
  sight: Sight,
  sites: ExpressionSite[],
): void {
  if (value === undefined || value === null || typeof value === 'object') return;
  const found = bareExpression(document, path, String(value));
  if (found !== undefined) sites.push({ ...sight, path, ...found });
}

/** The expression without an enclosing `${{ }}`. */
function bareExpression(
  document: FlowDocument,
  path: Path,
  value: string,
): { text: string; offset: number } | undefined {
  if (!value.includes('${{')) return { text: value, offset: 0 };
  const template = readTemplate(document, path, value);
  if (template === undefined) return undefined;
  const only = template.parts.length === 1 ? template.parts[0] : undefined;
  if (only !== undefined && typeof only !== 'string') return { text: only.expression, offset: only.offset };
  const hint = 'Write the bare expression, and put text in it in quotes.';
  document.report.add(
    'expression_place',
    document.textPlace(path, value.indexOf('${{'), 3),
    'this field is one expression, so text beside `${{ … }}` cannot be part of it',
    hint,
  );
  return undefined;
}

function templateSites(
  document: FlowDocument,
  path: Path,
  value: Json | undefined,
  sight: Sight,
  sites: ExpressionSite[],
): void {
  if (typeof value === 'string') {
    if (!value.includes('${{')) return;
    for (const part of readTemplate(document, path, value)?.parts ?? []) {
      if (typeof part !== 'string') sites.push({ ...sight, path, text: part.expression, offset: part.offset });
    }
    return;
  }
  if (value === null || typeof value !== 'object') return;
  for (const [key, child] of Object.entries(value)) {
    const inner = [...path, Array.isArray(value) ? Number(key) : key];
    if (!Array.isArray(value) && key.includes('${{')) {
      document.report.add(
        'expression_place',
        document.keyPlace(inner),
        'a key cannot hold an expression',
        'Make the map with `fromEntries` in one expression.',
      );
    }
    templateSites(document, inner, child, sight, sites);
  }
}

function readTemplate(
  document: FlowDocument,
  path: Path,
  value: string,
): ReturnType<typeof parseTemplateText> | undefined {
  try {
    return parseTemplateText(value);
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    addExpressionProblem(document, path, 0, thrown);
    return undefined;
  }
}

/** Reports expressions in values that are taken as they are. */
export function plainTexts(document: FlowDocument, path: Path, value: Json | undefined): void {
  if (typeof value === 'string') {
    const at = value.indexOf('${{');
    if (at === -1 || value[at - 1] === '$') return;
    const name = String(path[path.length - 1]);
    document.report.add(
      'expression_place',
      document.textPlace(path, at, 3),
      `\`${name}\` is taken as it is: an expression in it is not worked out`,
      'Write the value itself.',
    );
    return;
  }
  if (value === null || typeof value !== 'object') return;
  for (const [key, child] of Object.entries(value))
    plainTexts(document, [...path, Array.isArray(value) ? Number(key) : key], child);
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
