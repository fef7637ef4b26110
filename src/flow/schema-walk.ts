// Follows names through a JSON Schema: which schema a field has, or that it cannot be there. Pure; it knows nothing of flows.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { isObject } from './step-tree.ts';

/** References inside a schema that are followed before it counts as open. */
const referenceDepthMax = 20;

/** A schema without `$ref`, and the one that references in it are relative to. */
export interface SchemaPlace {
  root: JsonObject;
  schema: JsonObject;
}

/** A field that is not there, or may be missing. */
export interface Miss {
  name: string;
  /** Fields that there are. */
  known: string[];
  /** Names of the path before it. */
  depth: number;
  /** The schema lets no other fields be. */
  isClosed: boolean;
  /** The only type, where values of it have no fields: `array`, `null`, `string`, …. */
  type?: string;
}

/** Where a path leads: to a schema, to nothing that is known (undefined), or to a field that is missing. */
export function follow(start: JsonObject, path: string[]): SchemaPlace | Miss | undefined {
  let at = enter(start, start);
  for (const [depth, name] of path.entries()) {
    if (at === undefined) return undefined;
    const next: SchemaPlace | Miss | undefined = childOf(at, name, depth);
    if (next === undefined || 'name' in next) return next;
    at = next;
  }
  return at;
}

/** The schema of a list's entries, as far as it is known. */
export function entriesOf({ root, schema }: SchemaPlace): SchemaPlace | undefined {
  return isObject(schema['items']) ? enter(root, schema['items']) : undefined;
}

function childOf(place: SchemaPlace, name: string, depth: number): SchemaPlace | Miss | undefined {
  const { root, schema } = place;
  const properties = isObject(schema['properties']) ? schema['properties'] : undefined;
  if (properties !== undefined && Object.hasOwn(properties, name)) return enter(root, properties[name] ?? {});
  if (isOpenEnded(schema)) return undefined;
  const types = schema['type'] === undefined ? [] : [schema['type']].flat().map(String);
  if (/^\d+$/.test(name) && types.includes('array')) return entriesOf(place);
  if (types.length > 0 && !types.includes('object')) {
    return types.length === 1 ? { name, known: [], depth, isClosed: true, type: types[0]! } : undefined;
  }
  const more = schema['additionalProperties'];
  if (properties === undefined || isObject(more)) return undefined;
  return { name, known: Object.keys(properties), depth, isClosed: more === false };
}

/** `$ref`s are relative to the schema they stand in; a body or output schema brings its own `$defs`. */
function enter(root: JsonObject, schema: Json): SchemaPlace | undefined {
  const own = isObject(schema) && ('$defs' in schema || 'definitions' in schema) ? schema : root;
  const found = resolve(own, schema, 0);
  return found === undefined ? undefined : { root: own, schema: found };
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
