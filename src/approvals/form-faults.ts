// What is wrong with a filled-in form, in words for the person who filled it in. Text only; it repeats nothing that was typed.
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../../workflows/definition.ts';

/** One thing wrong with what was filled in. */
export interface FormFault {
  /** The property; empty for the form as a whole. */
  field: string;
  message: string;
}

/** Faults that are told. */
const FAULTS_MAX = 50;

/** The faults of ajv's errors, each once. @param mayLeaveOut nothing is needed. */
export function faultsOf(errors: ErrorObject[], schema: JsonObject, mayLeaveOut: boolean): FormFault[] {
  const choices = errors.filter(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf');
  const told = new Set<string>();
  const faults: FormFault[] = [];
  for (const error of errors) {
    // What the members of a choice say, and that a condition holds, is said already by others.
    if (error.keyword === 'if' || choices.some((choice) => error.schemaPath.startsWith(`${choice.schemaPath}/`)))
      continue;
    if (mayLeaveOut && isLeftOut(error)) continue;
    const fault = faultOf(error, schema);
    const key = `${fault.field}\n${fault.message}`;
    if (!told.has(key)) faults.push(fault);
    told.add(key);
  }
  return faults.slice(0, FAULTS_MAX);
}

function isLeftOut({ keyword, instancePath }: ErrorObject): boolean {
  return (keyword === 'required' || keyword === 'dependentRequired') && instancePath === '';
}

function faultOf(error: ErrorObject, schema: JsonObject): FormFault {
  const [field = '', ...inside] = error.instancePath.split('/').slice(1).map(unescaped);
  if (isLeftOut(error)) return { field: String(error.params['missingProperty']), message: 'This is needed.' };
  const where = inside.length === 0 ? '' : `${inside.join('/')} `;
  return { field, message: sentence(`${where}${messageOf(error, field, schema)}`) };
}

function messageOf(error: ErrorObject, field: string, schema: JsonObject): string {
  const { keyword, params, message = 'does not fit' } = error;
  switch (keyword) {
    case 'required':
      return `needs ${String(params['missingProperty'])}`;
    case 'additionalProperties':
      return `there is no ${String(params['additionalProperty'])} here`;
    case 'enum':
      return `must be one of ${(params['allowedValues'] as Json[]).map(shown).join(', ')}`;
    case 'const':
      return `must be ${shown(params['allowedValue'] as Json)}`;
    case 'oneOf':
    case 'anyOf':
      return 'must be one of the choices';
    case 'type':
      return `must be ${[params['type']].flat().map(typeText).join(' or ')}`;
    case 'format':
      return `must be ${formatText(String(params['format']))}`;
    case 'pattern':
      return patternText(field, schema);
    case 'minLength':
      return `must have at least ${String(params['limit'])} characters`;
    case 'maxLength':
      return `must have at most ${String(params['limit'])} characters`;
    case 'minimum':
      return `must be at least ${String(params['limit'])}`;
    case 'maximum':
      return `must be at most ${String(params['limit'])}`;
    default:
      return message;
  }
}

/** People cannot read patterns; whoever wrote one may have said in `description` what it means. */
function patternText(field: string, schema: JsonObject): string {
  const properties = schema['properties'] as Record<string, JsonObject | undefined> | undefined;
  const description =
    properties !== undefined && Object.hasOwn(properties, field) && properties[field]?.['description'];
  return typeof description === 'string' ? `does not look right: ${description}` : 'does not look right';
}

const TYPE_TEXTS: Record<string, string> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'yes or no',
  string: 'a text',
  array: 'a list',
  object: 'a JSON object',
  null: 'empty',
};

const FORMAT_TEXTS: Record<string, string> = {
  email: 'an email address',
  uri: 'a web address',
  date: 'a date such as 2026-01-15',
  'date-time': 'a date and a time such as 2026-01-15T12:00:00Z',
  time: 'a time such as 12:00:00Z',
  uuid: 'a UUID',
};

function typeText(type: string): string {
  return TYPE_TEXTS[type] ?? type;
}

function formatText(format: string): string {
  return Object.hasOwn(FORMAT_TEXTS, format) ? FORMAT_TEXTS[format]! : `of the format ${format}`;
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return upper.endsWith('.') ? upper : `${upper}.`;
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
