// The pieces that the schema of test files is put together from. Data only.
import type { JsonObject } from '../../workflows/definition.ts';
import { whenThen } from '../flow/schema-terms.ts';

/** Any value. */
export const anything = (description: string): JsonObject => ({ description });

/** A map with these fields and no others. */
export function closed(title: string, properties: JsonObject, required: string[] = []): JsonObject {
  return { title, type: 'object', properties, required, additionalProperties: false };
}

/** A text in short, or a map. Written with `if`, so that what is wrong inside the map is said of its fields. */
export function mapOr(short: JsonObject, map: JsonObject): JsonObject {
  return { ...whenThen({ type: 'object' }, map), else: short };
}

const texts: JsonObject = { type: 'object', additionalProperties: { type: 'string' } };
/** A length of time. */
export const spanSchema: JsonObject = {
  type: 'string',
  pattern: '^[0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h|d)( [0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h|d))*$',
  description: 'a length of time such as `500ms`, `30s` or `1h 30m`',
};
export const statusSchema: JsonObject = { type: 'integer', minimum: 100, maximum: 599, description: 'An HTTP status.' };
export const headersSchema: JsonObject = { ...texts, description: 'Headers; names in any case.' };
/** A moment. */
export const timeSchema: JsonObject = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$',
  description: 'a time such as `2026-11-20T09:00:00Z`',
};

/** One value, or a list of them. */
export function oneOrMore(schema: JsonObject): JsonObject {
  return { ...whenThen({ type: 'array' }, { type: 'array', minItems: 1, items: schema }), else: schema };
}
