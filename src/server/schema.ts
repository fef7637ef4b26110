// Checks bodies against a source's or a flow's JSON Schema (2020-12), compiled once.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Json, JsonObject } from '../../workflows/definition.ts';

/** One place where a body does not match. */
interface Mismatch {
  /** JSON pointer into the body; empty for the whole. */
  path: string;
  message: string;
}

/** Checks a body; undefined when it matches. `defaults` of the schema are filled in only where the maker asked for it. */
export type CheckBody = (body: Json) => Mismatch[] | undefined;

/** Compiles a schema. Throws when it is not a schema. It stops at the first mismatch: a body may hold a million. */
export function compileSchema(schema: JsonObject, options: { fillDefaults: boolean }): CheckBody {
  const ajv = new Ajv2020({ strict: false, allErrors: false, useDefaults: options.fillDefaults, logger: false });
  addFormats.default(ajv);
  const validate: ValidateFunction = ajv.compile(schema);
  return (body) => (validate(body) ? undefined : (validate.errors ?? []).map(mismatch));
}

/** For people, in one line. */
export function mismatchText(mismatches: Mismatch[]): string {
  return mismatches.map(({ path, message }) => `${path || 'it'} ${message}`).join('; ');
}

function mismatch(error: ErrorObject): Mismatch {
  const missing = error.keyword === 'additionalProperties' ? `: ${String(error.params['additionalProperty'])}` : '';
  return { path: error.instancePath, message: `${error.message ?? 'does not match'}${missing}` };
}
