// What was typed into the fields of a form, as the values that the schema speaks of. It decides nothing: what cannot be
// read stays a text, and the check says what is wrong with it.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { formFields, type FormField } from './fields.ts';

/** Before the name of a form's property in what is posted, apart from the page's own fields. */
export const FIELD_PREFIX = 'form.';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
/** What a browser posts of `datetime-local` and `time`, which know no zone; the page says that it is UTC. */
const LOCAL_DATE_TIME = /^\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;
const LOCAL_TIME = /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

/** The typed values. A field that was left empty is absent; one that is no part of the form is ignored. */
export function readPostedForm(schema: JsonObject, posted: URLSearchParams): JsonObject {
  const entries: [string, Json][] = [];
  for (const field of formFields(schema)) {
    const value = valueOf(field, posted.getAll(FIELD_PREFIX + field.name));
    if (value !== undefined) entries.push([field.name, value]);
  }
  return Object.fromEntries(entries);
}

function valueOf(field: FormField, texts: string[]): Json | undefined {
  const { kind, options } = field;
  if (kind === 'switch') return texts.length > 0;
  if (kind === 'consent') return texts.length > 0 ? true : undefined;
  const [first = ''] = texts;
  if (kind === 'choices') {
    const chosen = texts.map((text) => chosenOf(options, text));
    return chosen.length === 0 && !field.required ? undefined : chosen;
  }
  if (first.trim() === '') return undefined;
  switch (kind) {
    case 'choice':
      return chosenOf(options, first);
    case 'number':
    case 'integer':
      return numberOf(first.trim(), kind);
    case 'json':
      return jsonOf(first);
    case 'lines':
      return first.replaceAll('\r\n', '\n');
    case 'date-time':
      return LOCAL_DATE_TIME.test(first) ? `${withSeconds(first)}Z` : first;
    case 'time':
      return LOCAL_TIME.test(first) ? `${withSeconds(first)}Z` : first;
    default:
      return first;
  }
}

function chosenOf(options: FormField['options'], text: string): Json {
  const option = options.find(({ value }) => value === text);
  return option === undefined ? text : option.json;
}

/** A number that cannot be held exactly as typed is no number here: it would be another one. */
function numberOf(text: string, kind: 'number' | 'integer'): Json {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  const isHeld = kind === 'integer' ? !Number.isInteger(value) || Number.isSafeInteger(value) : true;
  return Number.isFinite(value) && isHeld ? value : text;
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function withSeconds(text: string): string {
  return /:\d{2}:\d{2}/.test(text) ? text : `${text}:00`;
}
