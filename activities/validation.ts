// Checks connection settings and inputs against the connectors' schemas, and says what is wrong without quoting values.
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { JsonObject } from '../workflows/definition.ts';
import { invalidInput } from './connector-error.ts';

/** Problems told of one value. */
const PROBLEMS_MAX = 5;

/** Throws `invalid_input` naming each place, such as `with/to/0 must be string`. */
export type Validate = (value: JsonObject, where: string) => void;

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false, validateFormats: false });

/** Compiles a schema; done once for each action and connection. */
export function compileSchema(schema: JsonObject): Validate {
  const check = ajv.compile(schema);
  return (value, where) => {
    if (check(value)) return;
    // A field that is not known comes first: a misspelt one is often why another is missing.
    const errors = [...(check.errors ?? [])].sort((left, right) => rank(left) - rank(right));
    const problems = [...new Set(errors.map((error) => describe(error, where)))];
    throw invalidInput(problems.slice(0, PROBLEMS_MAX).join('; '));
  };
}

function rank(error: ErrorObject): number {
  return error.keyword === 'additionalProperties' ? 0 : 1;
}

function describe(error: ErrorObject, where: string): string {
  const place = `${where}${error.instancePath}`;
  const { additionalProperty, allowedValues } = error.params as {
    additionalProperty?: string;
    allowedValues?: unknown[];
  };
  if (additionalProperty !== undefined) return `${place} has no field ${additionalProperty}`;
  if (allowedValues !== undefined) return `${place} must be one of ${allowedValues.join(', ')}`;
  if (error.keyword === 'false schema')
    return `${place} cannot stand beside another field that says the same thing otherwise`;
  return `${place} ${error.message ?? 'is not valid'}`;
}
