// The JSON Schema of test files: what editors complete and what the reader checks. It says which fields there are, and
// nothing about whether the steps and connectors that they name exist.
import type { JsonObject } from '../../workflows/definition.ts';
import { nameSchema, reference } from '../flow/schema-terms.ts';
import {
  answerSchema,
  approvalsSchema,
  calledRunSchema,
  decisionSchema,
  flowsSchema,
  mocksSchema,
} from './schema-answers.ts';
import { expectSchema } from './schema-expect.ts';
import { arrivesSchema, deliverySchema, eventSchema } from './schema-given.ts';
import { anything, closed, spanSchema, timeSchema } from './schema-terms.ts';

/** `$id` of the schema. */
const testSchemaId = 'https://hookline.dev/schemas/test-1.json';
const CASE_NAME_CHARACTERS_MAX = 200;

/** What cases share with the file they stand in. */
const shared: JsonObject = {
  event: eventSchema,
  delivery: deliverySchema,
  input: anything('Starts the run by hand, with this input.'),
  schedule: { type: 'integer', minimum: 1, description: 'Starts the run by this `schedule` trigger, counted from 1.' },
  time: timeSchema,
  secrets: {
    type: 'object',
    additionalProperties: { type: ['string', 'null'], description: 'text, or null for a secret that is not set' },
    description: 'Values of secrets by name: `{ NAME: value }`.',
  },
  config: {
    type: 'object',
    additionalProperties: { type: 'string', description: 'text, as all settings are' },
    description: 'Values of `config.NAME`.',
  },
  mocks: mocksSchema,
  arrives: arrivesSchema,
  approvals: approvalsSchema,
  flows: flowsSchema,
};

const caseSchema = closed(
  'a test case',
  {
    name: { type: 'string', minLength: 1, maxLength: CASE_NAME_CHARACTERS_MAX },
    ...shared,
    cancel_after: { ...reference('span') },
    expect: expectSchema,
  },
  ['name'],
);

let made: JsonObject | undefined;

/** JSON Schema 2020-12 of one document of a test file. */
export function testJsonSchema(): JsonObject {
  made ??= {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: testSchemaId,
    ...closed(
      'a test document',
      {
        test: nameSchema,
        description: { type: 'string' },
        ...shared,
        cases: { type: 'array', minItems: 1, items: caseSchema },
      },
      ['test', 'cases'],
    ),
    patternProperties: { '^x-': {} },
    $defs: { span: spanSchema, answer: answerSchema, called_run: calledRunSchema, decision: decisionSchema },
  };
  return made;
}
