// The generated tables of fields in docs/flow-language.md, from the schema's own terms. Text only.
import type { JsonObject } from '../../workflows/definition.ts';
import { scheduleFields } from './schedule-fields.ts';
import { flowJsonSchema } from './schema.ts';
import { commonStepFields, eventsSchema, retrySchema, triggerFields } from './schema-terms.ts';
import { sourceCondition, sourceFields } from './source-fields.ts';
import { isPhrase, textOf, typeWords } from './schema-words.ts';

/** What `$ref` says of a value, in a word or two. */
const referenceWords: Record<string, string> = {
  '#/$defs/secret': 'text, or a list',
  '#/$defs/duration': 'a duration',
  '#/$defs/expression': 'an expression',
  '#/$defs/steps': 'a list of steps',
  '#/$defs/retry': '`none`, or a map',
  '#/$defs/name': 'a name',
  '#/$defs/id': 'a name',
  '#/$defs/connection_name': 'a name',
};

/** Markdown: every field of a flow; those of its maps follow them as `map.field`. */
export function flowFieldReference(): string {
  const { flow } = flowJsonSchema()['$defs'] as Record<string, JsonObject>;
  return fieldTable(flow!['properties'] as Record<string, JsonObject>, flow!['required'] as string[]);
}

/** Markdown: the fields that every step takes. */
export function stepFieldReference(): string {
  return fieldTable(commonStepFields);
}

/** Markdown: the fields of `retry`. */
export function retryFieldReference(): string {
  return fieldTable((retrySchema['then'] as JsonObject)['properties'] as Record<string, JsonObject>);
}

/** Markdown: the fields of `schedule`. */
export function scheduleFieldReference(): string {
  return fieldTable(scheduleFields);
}

/** Markdown: the fields of a `connection:` document. */
export function connectionFieldReference(): string {
  const { connection } = flowJsonSchema()['$defs'] as Record<string, JsonObject>;
  return fieldTable(connection!['properties'] as Record<string, JsonObject>, connection!['required'] as string[]);
}

/** Markdown: every field of a `source:` document. */
export function sourceFieldReference(): string {
  return fieldTable({ ...sourceFields, if: sourceCondition });
}

/** Markdown: the fields that only triggers have. */
export function triggerFieldReference(): string {
  const events = { ...eventsSchema, description: 'Type patterns, one must match; `*` stands for anything.' };
  return fieldTable({ events, ...triggerFields });
}

function fieldTable(fields: Record<string, JsonObject>, required: readonly string[] = []): string {
  return ['| field | value | default | what it is |', '| --- | --- | --- | --- |', ...rows(fields, required)].join(
    '\n',
  );
}

function rows(fields: Record<string, JsonObject>, required: readonly string[], around = ''): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const initial = required.includes(name) ? 'required' : defaultWords(field);
    const own = `| \`${around}${name}\` | ${valueWords(field)} | ${initial} | ${sentence(field)} |`;
    const inner = around === '' ? field['properties'] : undefined;
    if (inner === undefined) return [own];
    const needed = (field['required'] ?? []) as string[];
    return [own, ...rows(inner as Record<string, JsonObject>, needed, `${name}.`)];
  });
}

function valueWords(field: JsonObject): string {
  const known = referenceWords[String(field['$ref'])];
  if (known !== undefined) return known;
  if (field['const'] !== undefined) return `\`${String(field['const'])}\``;
  if (Array.isArray(field['enum'])) return field['enum'].map((value) => `\`${String(value)}\``).join(', ');
  const types = Array.isArray(field['anyOf'])
    ? field['anyOf'].map((each) => (each as JsonObject)['type'])
    : (field['type'] ?? []);
  const words = [types].flat().map((type) => typeWords[String(type)] ?? String(type));
  return words.length === 0 ? 'any value' : words.join(' or ');
}

function defaultWords(field: JsonObject): string {
  const value = field['default'];
  if (value === undefined) return '';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}\``;
}

function sentence(field: JsonObject): string {
  const text = textOf(field['description']) ?? '';
  return isPhrase(text) ? `${text.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.` : text;
}
