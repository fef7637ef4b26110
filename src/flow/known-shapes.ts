// JSON Schemas of what expressions see: the event of the triggers, the input, what steps give, the item of a loop. None where nothing
// is known. Pure.
import type { JsonObject } from '../../workflows/definition.ts';
import { inspectExpression } from '../../workflows/expression/index.ts';
import { findAction } from '../../activities/connectors/index.ts';
import { admissionFields } from './admission-fields.ts';
import type { ExpressionSite } from './expression-sites.ts';
import { flowRoots } from './expression-sites.ts';
import { bareText } from './normalise.ts';
import { entriesOf, follow } from './schema-walk.ts';
import { allSteps, isObject, type Block, type StepNode } from './step-tree.ts';

/** Schemas of what expressions see. A body may have any of several, one for each trigger; none means anything. */
export interface Shapes {
  bodies: JsonObject[];
  input?: JsonObject;
  /** What triggers and keys see, where the run gets another event: that of a batch. */
  single?: Shapes;
}

/** Loops around a loop whose lists are looked at for the shape of an item. */
const loopDepthMax = 10;

const anything: JsonObject = {};
const closed = (properties: JsonObject): JsonObject => ({ type: 'object', properties, additionalProperties: false });

const number: JsonObject = { type: 'number' };
const eventShape = (body: JsonObject): JsonObject =>
  closed({ id: {}, type: {}, source: {}, time: {}, body, headers: {}, query: {} });

/** Fields of a flow whose expressions see the events one by one, before a batch is made of them. */
const ofSingleEvents: ReadonlySet<unknown> = new Set(['triggers', ...Object.keys(admissionFields)]);

const runShape = closed({ id: {}, flow: {}, attempt: {}, started_at: {}, status: {}, url: {} });
const errorShape = closed({
  code: {},
  message: {},
  step: {},
  attempt: {},
  status: {},
  headers: {},
  body: {},
  branch: {},
  index: {},
  cause: {},
  undo: {},
  undo_omitted: {},
});

const linksShape = closed({ approve: { type: 'string' }, reject: { type: 'string' }, page: { type: 'string' } });

/** What a run sees whose event is a batch of events with these bodies. */
export function batchShapes(single: Shapes): Shapes {
  const bodies = single.bodies.length > 0 ? single.bodies : [anything];
  const batches = bodies.map((body) => closed({ events: { type: 'array', items: eventShape(body) }, count: number }));
  return { bodies: batches, input: batches.length === 1 ? batches[0] : undefined, single };
}

/** The schemas that a root may have where an expression stands; `target` is the step of a `steps.ID` reference. */
export function shapesSeen(site: ExpressionSite, root: string, known: Shapes, target?: StepNode): JsonObject[] {
  if (target !== undefined) return [stepShape(target)];
  const shapes = known.single !== undefined && ofSingleEvents.has(site.path[0]) ? known.single : known;
  if (root === 'event') {
    const bodies: JsonObject[] = shapes.bodies.length > 0 ? shapes.bodies : [anything];
    return bodies.map(eventShape);
  }
  if (root === 'input' && shapes.input !== undefined) return [shapes.input];
  if (root === 'run') return [runShape];
  if (root === 'error') return [errorShape];
  return itemShapes(site, root, shapes, 0);
}

function stepShape(step: StepNode): JsonObject {
  // Null where it was skipped; `steps.ID.error` is null unless it failed.
  const properties: JsonObject = { status: {}, output: outputShape(step), error: errorShape };
  if (step.type?.errors !== undefined) properties['errors'] = {};
  if (step.type?.links === true) properties['links'] = linksShape;
  return closed(properties);
}

/** The schema of what a step gives. */
export function outputShape(step: StepNode): JsonObject {
  const { type, raw } = step;
  const name = raw['uses'];
  if (typeof name === 'string') return findAction(name)?.action.output ?? anything;
  if (type?.output === 'null') return { type: 'null' };
  if (type?.outputSchema !== undefined) return withForm(type.outputSchema, raw);
  const branches = Object.values(type?.fields ?? {}).some(({ kind }) => kind === 'branches');
  if (!branches) return anything;
  return closed(Object.fromEntries(step.blocks.map((block) => [String(block.path.at(-1)), lastOutput(block)])));
}

/** What people fill in follows the form of the step. */
function withForm(output: JsonObject, { approve }: JsonObject): JsonObject {
  if (!isObject(approve) || !isObject(approve['form'])) return output;
  return { ...output, properties: { ...(output['properties'] as JsonObject), form: approve['form'] } };
}

/** What a branch gives: what its last step gives, unless that one may not run. */
function lastOutput(block: Block): JsonObject {
  const last = block.steps.at(-1);
  return last === undefined || last.block.owner?.raw['on_error'] === 'continue' ? anything : outputShape(last);
}

/** The shape of an item is that of the entries of the loop's list, where the list is written as one name. */
function itemShapes(site: ExpressionSite, root: string, shapes: Shapes, depth: number): JsonObject[] {
  const loop = loopOf(site, root);
  const text = loop?.raw['foreach'];
  if (loop === undefined || typeof text !== 'string' || depth > loopDepthMax) return [];
  const bare = readable(text);
  const [reference, ...others] = inspectExpression(bare, { roots: rootsAround(loop) }).references;
  if (reference === undefined || others.length > 0 || reference.length !== bare.length) return [];
  const around: ExpressionSite = { ...site, step: loop, inside: false };
  const isStep = reference.root === 'steps';
  const target = isStep ? stepNamed(loop, reference.path[0]) : undefined;
  if (isStep && target === undefined) return [];
  const starts =
    loopOf(around, reference.root) === undefined
      ? shapesSeen(around, reference.root, shapes, target)
      : itemShapes(around, reference.root, shapes, depth + 1);
  const path = (isStep ? reference.path.slice(1) : reference.path).map(String);
  const entries = starts.map((start) => {
    const found = follow(start, path);
    return found === undefined || 'name' in found ? undefined : entriesOf(found);
  });
  return entries
    .flatMap((entry) => (entry === undefined ? [] : [withDefinitions(entry.root, entry.schema)]))
    .slice(0, starts.length);
}

/** A schema taken out of another, with what its references mean. */
function withDefinitions(root: JsonObject, schema: JsonObject): JsonObject {
  const definitions = Object.fromEntries(
    ['$defs', 'definitions'].flatMap((key) => (key in root ? [[key, root[key]!]] : [])),
  );
  return { ...definitions, ...schema };
}

/** The innermost loop around a place that binds the name. */
function loopOf(site: ExpressionSite, name: string): StepNode | undefined {
  const { step } = site;
  if (site.inside && step?.type?.verb === 'foreach' && namesOf(step).includes(name)) return step;
  for (let block = step?.block; block !== undefined; block = block.owner?.block)
    if (block.owner?.type?.verb === 'foreach' && block.binds.includes(name) && name !== 'index') return block.owner;
  return undefined;
}

function namesOf(loop: StepNode): unknown[] {
  return ['item', loop.raw['as']];
}

function rootsAround(loop: StepNode): string[] {
  const roots = [...flowRoots];
  for (let block: Block | undefined = loop.block; block !== undefined; block = block.owner?.block)
    roots.push(...block.binds);
  return roots;
}

function stepNamed(near: StepNode, id: unknown): StepNode | undefined {
  let block = near.block;
  while (block.owner !== undefined) block = block.owner.block;
  return [...allSteps([block])].find((step) => step.raw['id'] === id);
}

function readable(text: string): string {
  try {
    return bareText(text);
  } catch {
    return '';
  }
}
