// Completes the output of a mock, so that authors write only what their flow reads: what is required and left out is the
// emptiest value that the connector's schema allows.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { findAction } from '../../activities/connectors/index.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { isObject } from '../flow/step-tree.ts';

const EMPTY: Record<string, Json> = {
  string: '',
  integer: 0,
  number: 0,
  boolean: false,
  array: [],
  object: {},
  null: null,
};

/** The emptiest status that is an answer. */
const STATUS_DEFAULT = 200;

const ajv = new Ajv2020({ allErrors: false, strict: false, validateFormats: false });
const checks = new Map<string, ValidateFunction>();

/** The output with everything that the connector always gives; `given` as it is when it is no map. */
export function completeOutput(connector: string, given: Json | undefined): Json {
  const schema = findAction(connector)?.action.output ?? {};
  return complete(schema, given === undefined ? {} : given);
}

/** What is wrong with an output; undefined when the connector could give it. */
export function outputProblem(connector: string, output: Json): string | undefined {
  const schema = findAction(connector)?.action.output;
  if (schema === undefined) return undefined;
  const known = checks.get(connector);
  const check = known ?? ajv.compile(schema);
  if (known === undefined) checks.set(connector, check);
  if (check(output)) return undefined;
  const [error] = check.errors ?? [];
  const field = error?.params['additionalProperty'] as string | undefined;
  const place = `output${(error?.instancePath ?? '').replaceAll('/', '.')}`;
  if (field !== undefined) {
    const fields = Object.keys((schema['properties'] ?? {}) as JsonObject).join(', ');
    return `\`${connector}\` gives no \`${field}\`; its output has ${fields === '' ? 'no fields' : fields}`;
  }
  return `\`${connector}\` never gives this: ${place} ${error?.message ?? 'does not fit'}`;
}

function complete(schema: JsonObject, given: Json): Json {
  if (!isObject(given)) return given;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const completed: JsonObject = { ...given };
  for (const name of required) {
    const own = isObject(properties[name]) ? properties[name] : {};
    completed[name] = Object.hasOwn(given, name) ? complete(own, given[name]!) : emptiest(name, own);
  }
  return completed;
}

function emptiest(name: string, schema: JsonObject): Json {
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0] ?? null;
  if (name === 'status') return STATUS_DEFAULT;
  const types = [schema['type']].flat().map(String);
  if (schema['type'] === undefined || types.includes('null')) return null;
  return EMPTY[types[0]!] === undefined ? null : complete(schema, EMPTY[types[0]!]!);
}
