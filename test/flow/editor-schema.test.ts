// The schema that editors get: of one mind with the loader about every example and every broken file that a schema can judge, and
// with a text for every word that it knows.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';
import { actionNames, services } from '../../activities/connectors/index.ts';
import { editorSchema } from '../../src/flow/editor-schema.ts';
import { loadCatalog } from '../../src/flow/load.ts';
import type { ProblemCode } from '../../src/flow/problem-codes.ts';
import { providers } from '../../src/providers/index.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';

type Schema = Record<string, unknown>;

const schema = JSON.parse(JSON.stringify(editorSchema())) as Schema & { $defs: Record<string, Schema> };
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);
const root = join(import.meta.dirname, '../..');

/** What is wrong with the documents of a file; undefined when it is no readable YAML. */
function errorsOf(path: string): string[] | undefined {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'), { merge: true, version: '1.2', schema: 'core' });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  return documents.flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null || validate(value) ? [] : (validate.errors ?? []).map(({ message }) => String(message));
  });
}

test('it is JSON Schema 2020-12', () => {
  const ajv = new Ajv2020({ strict: false });
  assert.equal(ajv.validateSchema(schema), true, ajv.errorsText());
});

for (const name of readdirSync(join(root, 'flows')).filter((each) => /^[^.]+\.yaml$/.test(each))) {
  test(`flows/${name} is valid`, () => assert.deepEqual(errorsOf(join(root, 'flows', name)), []));
}

/** Mistakes that a schema sees: of names, of values, of what is missing. */
const judged: ProblemCode[] = [
  'unknown_field',
  'missing_field',
  'wrong_type',
  'foreign_word',
  'no_verb',
  'several_verbs',
  'unknown_connector',
  'unknown_provider',
  'document_kind',
  'yaml_indentation',
];

const broken = join(root, 'test/flow/broken');
for (const name of readdirSync(broken).filter((each) => each.endsWith('.yaml'))) {
  const text = readFileSync(join(broken, name), 'utf8');
  const { problems } = loadCatalog([{ path: name, text }], { readSchema: () => ({}) });
  const seen = problems.filter(({ code }) => judged.includes(code as ProblemCode));
  const errors = seen.length === 0 ? undefined : errorsOf(join(broken, name));
  if (errors === undefined) continue;
  test(`broken/${name} is caught in the editor`, () => assert.notDeepEqual(errors, []));
}

/** The text of a schema: its own, or that of what it refers to. */
function textOf(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const { description, $ref } = value as Schema;
  if (typeof description === 'string' && description.length > 0) return description;
  return typeof $ref === 'string' ? textOf(schema.$defs[$ref.replace('#/$defs/', '')]) : undefined;
}

/** Properties without a text, as paths. A condition names properties without describing them, and so do names that close a map. */
function undescribed(value: unknown, path: string): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (key === 'if') return [];
    const inner = undescribed(child, `${path}/${key}`);
    if (key !== 'properties' || path.endsWith('/properties') || child === null || typeof child !== 'object')
      return inner;
    const missing = Object.entries(child as Schema).filter(
      ([, each]) => typeof each === 'object' && textOf(each) === undefined,
    );
    return [...inner, ...missing.map(([name]) => `${path}/${name}`)];
  });
}

test('every field of every verb, connector, provider and document has a text', () => {
  assert.deepEqual(undescribed(schema, ''), []);
});

test('every verb, connector, provider and service has its summary where it is chosen', () => {
  const verbs = (schema.$defs['steps']!['items'] as { else: { properties: Record<string, unknown> } }).else.properties;
  for (const { verb, summary } of STEP_TYPES.values()) assert.equal(textOf(verbs[verb]), summary, verb);
  const lists: [string, string, string[]][] = [
    ['step_uses', 'uses', actionNames()],
    ['source', 'provider', providers.map(({ name }) => name).filter((name) => name !== 'none')],
    ['connection', 'connector', services.map(({ service }) => service)],
  ];
  for (const [definition, field, names] of lists) {
    const chosen = (schema.$defs[definition]!['properties'] as Record<string, Schema>)[field]!;
    assert.deepEqual(chosen['enum'], names);
    const texts = chosen['markdownEnumDescriptions'] as string[];
    assert.equal(texts.length, names.length);
    for (const text of texts) assert.match(text, /\S.*\.$/);
  }
});

test('a place that says nothing yet is offered what it can be, and is an error', () => {
  for (const value of [
    {},
    { flow: 'a', triggers: [{}], steps: [{ wait: '1s' }] },
    { flow: 'a', triggers: [{ manual: true }], steps: [{ id: 'a' }] },
  ])
    assert.equal(validate(value), false);
});
