// The fields of a page that an approval's form (JSON Schema) asks for. Pure; it knows no HTML and checks no values.
import type { Json, JsonObject } from '../../workflows/definition.ts';

/** What a field looks like. `consent`: a box that must be ticked to say anything. `json`: a shape that has no field of its own is typed as JSON. */
export type FieldKind =
  | 'text'
  | 'lines'
  | 'email'
  | 'url'
  | 'date'
  | 'date-time'
  | 'time'
  | 'number'
  | 'integer'
  | 'switch'
  | 'consent'
  | 'choice'
  | 'choices'
  | 'json';

/** One choice; `value` is what is posted for it: its text, or JSON for what is no text. */
export interface FieldOption {
  value: string;
  label: string;
  json: Json;
}

/** One field. Limits are for the browser's convenience; the schema decides. */
export interface FormField {
  /** The property. */
  name: string;
  label: string;
  help?: string;
  kind: FieldKind;
  required: boolean;
  options: FieldOption[];
  /** Shown before anything was typed. */
  initial: string[];
  min?: number;
  max?: number;
  charactersMax?: number;
}

/** A text that may be longer gets several lines. */
const LINE_CHARACTERS_MAX = 200;
/** Fields of one page; the others can be filled in through the API. */
export const FIELDS_MAX = 100;

const TEXT_KINDS: Record<string, FieldKind> = {
  email: 'email',
  uri: 'url',
  date: 'date',
  'date-time': 'date-time',
  time: 'time',
};

/** The fields of a form, in the order of its properties. */
export function formFields(schema: JsonObject): FormField[] {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return Object.entries(objectOf(schema['properties']))
    .slice(0, FIELDS_MAX)
    .map(([name, property]) => fieldOf(name, objectOf(property), required.has(name)));
}

function fieldOf(name: string, property: JsonObject, required: boolean): FormField {
  const options = optionsOf(property);
  const kind = kindOf(property, options);
  const items = objectOf(property['items']);
  const field: FormField = {
    name,
    label: textOf(property['title']) ?? name,
    kind,
    required,
    options: kind === 'choices' ? optionsOf(items) : options,
    initial: initialOf(kind, property['default']),
  };
  const help = textOf(property['description']);
  if (help !== undefined) field.help = help;
  if (typeof property['minimum'] === 'number') field.min = property['minimum'];
  if (typeof property['maximum'] === 'number') field.max = property['maximum'];
  if (typeof property['maxLength'] === 'number') field.charactersMax = property['maxLength'];
  return field;
}

function kindOf(property: JsonObject, options: FieldOption[]): FieldKind {
  if (options.length > 0) return 'choice';
  switch (property['type']) {
    case 'string':
      return textKind(property);
    case 'number':
    case 'integer':
      return property['type'];
    case 'boolean':
      return property['const'] === true ? 'consent' : 'switch';
    case 'array':
      return optionsOf(objectOf(property['items'])).length > 0 ? 'choices' : 'json';
    default:
      return 'json';
  }
}

function textKind({ format, maxLength }: JsonObject): FieldKind {
  const known = typeof format === 'string' && Object.hasOwn(TEXT_KINDS, format) ? TEXT_KINDS[format] : undefined;
  if (known !== undefined) return known;
  return typeof maxLength === 'number' && maxLength > LINE_CHARACTERS_MAX ? 'lines' : 'text';
}

/** Of `enum`, or of `oneOf` and `anyOf` whose members are all constants, which may have titles. */
function optionsOf(property: JsonObject): FieldOption[] {
  if (Array.isArray(property['enum'])) return property['enum'].map((value) => optionOf(value, undefined));
  const members = property['oneOf'] ?? property['anyOf'];
  if (!Array.isArray(members)) return [];
  const constants = members.map(objectOf);
  if (!constants.every((member) => 'const' in member)) return [];
  return constants.map((member) => optionOf(member['const']!, textOf(member['title'])));
}

function optionOf(json: Json, title: string | undefined): FieldOption {
  const value = typeof json === 'string' ? json : JSON.stringify(json);
  return { value, label: title ?? value, json };
}

function initialOf(kind: FieldKind, value: Json | undefined): string[] {
  if (value === undefined) return [];
  if (kind === 'json') return [JSON.stringify(value, null, 2)];
  const values = kind === 'choices' && Array.isArray(value) ? value : [value];
  return values.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
