// The generated tables of docs/flow-language.md: the fields of sources and triggers, from the schema's own terms. Text only.
import type { JsonObject } from '../../workflows/definition.ts';
import { eventsSchema, triggerFields } from './schema-terms.ts';
import { sourceCondition, sourceFields } from './source-fields.ts';
import { isPhrase, textOf, typeWords } from './schema-words.ts';

/** What `$ref` says of a value, in a word or two. */
const referenceWords: Record<string, string> = {
  '#/$defs/secret': 'text, or a list',
  '#/$defs/duration': 'a duration',
  '#/$defs/expression': 'an expression',
};

/** Markdown: every field of a `source:` document. */
export function sourceFieldReference(): string {
  return fieldTable({ ...sourceFields, if: sourceCondition });
}

/** Markdown: the fields that only triggers have. */
export function triggerFieldReference(): string {
  const events = { ...eventsSchema, description: 'Type patterns, one must match; `*` stands for anything.' };
  return fieldTable({ events, ...triggerFields });
}

function fieldTable(fields: Record<string, JsonObject>): string {
  const rows = Object.entries(fields).map(
    ([name, field]) => `| \`${name}\` | ${valueWords(field)} | ${defaultWords(field)} | ${sentence(field)} |`,
  );
  return ['| field | value | default | what it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function valueWords(field: JsonObject): string {
  const known = referenceWords[String(field['$ref'])];
  if (known !== undefined) return known;
  if (field['const'] !== undefined) return `\`${String(field['const'])}\``;
  if (Array.isArray(field['enum'])) return field['enum'].map((value) => `\`${String(value)}\``).join(', ');
  const types = Array.isArray(field['anyOf'])
    ? field['anyOf'].map((each) => (each as JsonObject)['type'])
    : field['type'];
  return [types]
    .flat()
    .map((type) => typeWords[String(type)] ?? String(type))
    .join(' or ');
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
