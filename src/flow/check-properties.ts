// Follows the path of a reference through the schemas that are known: the trigger's, the flow's input, connectors' outputs.
// A field that a closed schema lacks is an error; one that an open schema nearly has is a warning. All else is let pass.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { closestWord } from '../../workflows/expression/closest-word.ts';
import { findAction } from '../../activities/connectors/index.ts';
import type { Reference } from './check-expressions.ts';
import type { FlowDocument } from './document.ts';
import type { ExpressionSite } from './expression-sites.ts';
import { didYouMean } from './schema-words.ts';
import { isObject, type StepNode } from './step-tree.ts';

/** Schemas of what expressions see. A body may have any of several, one for each trigger; none means anything. */
export interface Shapes {
  bodies: JsonObject[];
  input?: JsonObject;
}

/** References inside a schema that are followed before it counts as open. */
const referenceDepthMax = 20;

const anything: JsonObject = {};
const closed = (properties: JsonObject): JsonObject => ({ properties, additionalProperties: false });

const runShape = closed({ id: {}, flow: {}, attempt: {}, started_at: {}, status: {} });
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
});

/** Checks the fields that a reference reads. `target` is the step of a `steps.ID` reference. */
export function checkProperty(
  document: FlowDocument,
  site: ExpressionSite,
  reference: Reference,
  shapes: Shapes,
  target?: StepNode,
): void {
  const roots = schemasOf(reference.root, shapes, target);
  if (roots.length === 0) return;
  const path = (target === undefined ? reference.path : reference.path.slice(1)).map(String);
  const misses = roots.map((schema) => firstMiss(schema, schema, path, 0));
  const worst = misses[0];
  // With several schemas a field is missing only when none of them has it.
  if (worst === undefined || misses.includes(undefined)) return;
  const place = document.textPlace(site.path, site.offset + reference.offset, reference.length);
  const owner = [
    reference.root,
    ...(target === undefined ? [] : [String(reference.path[0])]),
    ...path.slice(0, worst.depth),
  ].join('.');
  if (worst.isClosed) {
    document.report.add(
      'unknown_property',
      place,
      `\`${owner}\` has no field \`${worst.name}\``,
      didYouMean(worst.name, worst.known),
    );
    return;
  }
  const closest = closestWord(worst.name, worst.known);
  if (closest === undefined) return;
  document.report.add(
    'property_not_in_schema',
    place,
    `the schema of \`${owner}\` does not name \`${worst.name}\``,
    `Did you mean \`${closest}\`?`,
  );
}

function schemasOf(root: string, shapes: Shapes, target: StepNode | undefined): JsonObject[] {
  if (target !== undefined) return [stepShape(target)];
  if (root === 'event') {
    const bodies: JsonObject[] = shapes.bodies.length > 0 ? shapes.bodies : [anything];
    return bodies.map((body) => closed({ id: {}, type: {}, source: {}, time: {}, body, headers: {}, query: {} }));
  }
  if (root === 'input' && shapes.input !== undefined) return [shapes.input];
  if (root === 'run') return [runShape];
  if (root === 'error') return [errorShape];
  return [];
}

function stepShape(step: StepNode): JsonObject {
  const name = step.raw['uses'];
  const output = typeof name === 'string' ? findAction(name)?.action.output : undefined;
  const properties: JsonObject = { status: {}, output: output ?? {}, error: errorShape };
  if (step.type?.errors !== undefined) properties['errors'] = {};
  return closed(properties);
}

interface Miss {
  name: string;
  known: string[];
  depth: number;
  isClosed: boolean;
}

/** The first name of a path that a schema does not have; undefined when it has all, or may have. */
function firstMiss(root: JsonObject, schema: Json, path: string[], depth: number): Miss | undefined {
  const [name, ...rest] = path;
  const resolved = resolve(root, schema, 0);
  if (name === undefined || resolved === undefined) return undefined;
  const properties = isObject(resolved['properties']) ? resolved['properties'] : undefined;
  if (properties !== undefined && Object.hasOwn(properties, name)) {
    return firstMiss(bodyRoot(root, properties[name]), properties[name] ?? {}, rest, depth + 1);
  }
  if (properties === undefined || isOpenEnded(resolved)) return undefined;
  const more = resolved['additionalProperties'];
  if (isObject(more)) return undefined;
  // Lists and texts have fields of their own (`length`, methods); only maps are judged.
  const types = [resolved['type']].flat();
  if (resolved['type'] !== undefined && !types.includes('object')) return undefined;
  return { name, known: Object.keys(properties), depth, isClosed: more === false };
}

/** `$ref`s are relative to the schema they stand in; a body or output schema brings its own `$defs`. */
function bodyRoot(root: JsonObject, schema: Json | undefined): JsonObject {
  return isObject(schema) && ('$defs' in schema || 'definitions' in schema) ? schema : root;
}

function isOpenEnded(schema: JsonObject): boolean {
  const keywords = [
    'anyOf',
    'oneOf',
    'allOf',
    'if',
    'patternProperties',
    'dependentSchemas',
    'unevaluatedProperties',
    '$dynamicRef',
  ];
  return keywords.some((keyword) => keyword in schema);
}

function resolve(root: JsonObject, schema: Json, depth: number): JsonObject | undefined {
  if (!isObject(schema) || depth > referenceDepthMax) return undefined;
  const target = schema['$ref'];
  if (target === undefined) return schema;
  if (typeof target !== 'string' || !target.startsWith('#/')) return undefined;
  let found: Json | undefined = root;
  for (const part of target.slice(2).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found === undefined ? undefined : resolve(root, found, depth + 1);
}
