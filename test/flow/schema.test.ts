// The schema for editors: valid by itself, and of one mind with the loader.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';
import { actionNames, services } from '../../activities/connectors/index.ts';
import { flowJsonSchema } from '../../src/flow/schema.ts';
import { flowSchemaCompiler } from '../../src/flow/validator.ts';
import { providers } from '../../src/providers/index.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { loadText } from './load-support.ts';

const validate = flowSchemaCompiler().compile(flowJsonSchema());
const flowsFolder = join(import.meta.dirname, '../../flows');

test('the schema is JSON Schema 2020-12', () => {
  const ajv = new Ajv2020({ strict: false });
  assert.equal(ajv.validateSchema(flowJsonSchema()), true, ajv.errorsText());
  assert.deepEqual(JSON.parse(JSON.stringify(flowJsonSchema())), flowJsonSchema());
});

test('it names every verb, connector, service and provider of the tables', () => {
  const text = JSON.stringify(flowJsonSchema());
  const names = [
    ...STEP_TYPES.keys(),
    ...actionNames(),
    ...services.map(({ service }) => service),
    ...providers.map(({ name }) => name),
  ];
  for (const name of names) assert.ok(text.includes(JSON.stringify(name)) || text.includes(`step_${name}`), name);
});

test('every example flow is valid', () => {
  const files = readdirSync(flowsFolder).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'));
  assert.ok(files.length > 5);
  for (const name of files) {
    for (const document of parseAllDocuments(readFileSync(join(flowsFolder, name), 'utf8'), { merge: true })) {
      if (document === null || !('toJS' in document)) continue;
      assert.equal(validate(document.toJS()), true, `${name}: ${JSON.stringify(validate.errors)}`);
    }
  }
});

/** What examples of verbs and connectors may refer to. */
const shared = `---
source: shared
auth: none
---
flow: payments
triggers: [{ manual: true }]
steps: [{ emit: payment.received }]
${services
  .filter((service) => service.connectionExample !== undefined)
  .map((service) => `---\n${service.connectionExample}`)
  .join('')}`;
const connectionNames = [...shared.matchAll(/^connection: (\S+)/gm)].map((found) => found[1]);

function loadSteps(steps: string) {
  const indented = steps.trimEnd().replace(/^/gm, '  ');
  const missing = [...steps.matchAll(/connection: (\w+)/g)]
    .map((found) => found[1])
    .filter((name) => !connectionNames.includes(name));
  const others = [...new Set(missing)].map((name) => `---\nconnection: ${name}\nconnector: http\n`);
  for (const [, name] of steps.matchAll(/call: ([\w-]+)/g)) {
    others.push(`---\nflow: ${name}\ntriggers: [{ manual: true }]\nsteps: [{ wait: 1s }]\n`);
  }
  return loadText(
    `flow: example\ntriggers: [{ manual: true }]\nvars: { total: 0, last: null }\nsteps:\n${indented}\n${shared}${others.join('')}`,
  );
}

for (const type of STEP_TYPES.values()) {
  test(`the example of \`${type.verb}\` loads`, () => {
    const inLoop = /\bitem\b/.test(type.example) && type.verb !== 'foreach';
    const example = inLoop
      ? `- foreach: event.body\n  steps:\n${type.example.trimEnd().replace(/^/gm, '    ')}`
      : type.example;
    const errors = loadSteps(
      inErrorScope(type.example) ? `- try: [{ wait: 1s }]\n  catch:\n${example.replace(/^/gm, '    ')}` : example,
    ).problems;
    assert.deepEqual(
      errors.map(({ message }) => message),
      [],
    );
  });
}

function inErrorScope(example: string): boolean {
  return /\berror\b/.test(example) && !example.includes('catch:') && !example.includes('on_error');
}

for (const service of services) {
  for (const action of service.actions) {
    test(`the example of \`${service.service}.${action.action}\` loads`, () => {
      const example = action.example.trimEnd().split('\n');
      const step = `- ${example.join('\n  ')}`;
      assert.deepEqual(
        loadSteps(step).problems.map(({ message }) => message),
        [],
      );
    });
  }
}
