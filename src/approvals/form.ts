// Checks what was filled into an approval's form: the same for the page, the API and signals. It answers all faults at once, by field.
import { createHash } from 'node:crypto';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DecisionKind } from '../../workflows/decision.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { faultsOf, type FormFault } from './form-faults.ts';

export type CheckedForm = { ok: true; value: Json } | { ok: false; faults: FormFault[] };

export interface CheckOptions {
  /** Of a rejection nothing is needed, but what is filled in must fit. */
  decision: DecisionKind;
  /** What is absent gets its default. Not where a person saw the default and took it away. */
  fillDefaults: boolean;
}

/** Compiled schemas that are kept; compiling takes milliseconds. */
const COMPILED_MAX = 100;

const compiled = new Map<string, ValidateFunction>();
const noForm: CheckedForm = { ok: false, faults: [{ field: '', message: 'This approval asks for no form.' }] };

/**
 * Checks values against the form. Without a form there is nothing to fill in: the value is null.
 * @throws Error when the form is not a JSON Schema; flows with such a form do not load.
 */
export function checkForm(schema: JsonObject | null, given: Json, options: CheckOptions): CheckedForm {
  const { decision, fillDefaults } = options;
  if (decision === 'closed') return { ok: true, value: null };
  if (schema === null) return given === null || isEmpty(given) ? { ok: true, value: null } : noForm;
  const validate = validatorOf(schema, fillDefaults);
  const value = structuredClone(given ?? {});
  if (validate(value)) return { ok: true, value };
  const faults = faultsOf(validate.errors ?? [], schema, decision === 'rejected');
  return faults.length === 0 ? { ok: true, value } : { ok: false, faults };
}

function validatorOf(schema: JsonObject, useDefaults: boolean): ValidateFunction {
  const text = JSON.stringify([schema, useDefaults]);
  const key = createHash('sha256').update(text).digest('base64');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({ strict: false, allErrors: true, useDefaults, logger: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  const oldest = compiled.size < COMPILED_MAX ? undefined : compiled.keys().next().value;
  if (oldest !== undefined) compiled.delete(oldest);
  compiled.set(key, validate);
  return validate;
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
