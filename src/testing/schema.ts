// The JSON Schema of test files: what editors complete and what the reader checks. It says which fields there are, and
// nothing about whether the steps and connectors that they name exist.
import { actionNames } from '../../activities/connectors/index.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { ERROR_CODES } from '../../workflows/error-codes.ts';
import { nameSchema, reference, sourceNameSchema, whenThen } from '../flow/schema-terms.ts';

/** `$id` of the schema. */
const testSchemaId = 'https://hookline.dev/schemas/test-1.json';
/** Attempts that one answer may be for. */
const TIMES_MAX = 10_000;
const CASE_NAME_CHARACTERS_MAX = 200;

const anything = (description: string): JsonObject => ({ description });

function closed(title: string, properties: JsonObject, required: string[] = []): JsonObject {
  return { title, type: 'object', properties, required, additionalProperties: false };
}

/** A text in short, or a map. Written with `if`, so that what is wrong inside the map is said of its fields. */
function mapOr(short: JsonObject, map: JsonObject): JsonObject {
  return { ...whenThen({ type: 'object' }, map), else: short };
}

const texts: JsonObject = { type: 'object', additionalProperties: { type: 'string' } };
const spanSchema: JsonObject = {
  type: 'string',
  pattern: '^[0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h|d)( [0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h|d))*$',
  description: 'a length of time such as `500ms`, `30s` or `1h 30m`',
};
const statusSchema: JsonObject = { type: 'integer', minimum: 100, maximum: 599, description: 'An HTTP status.' };
const headersSchema: JsonObject = { ...texts, description: 'Headers; names in any case.' };
const timeSchema: JsonObject = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$',
  description: 'a time such as `2026-11-20T09:00:00Z`',
};

const requestFields: JsonObject = {
  file: { type: 'string', minLength: 1, description: 'A JSON file with the body; its path is relative to this file.' },
  body: anything('The body; beside `file` it is merged over what the file holds, and null takes a key out (RFC 7396).'),
  headers: headersSchema,
  query: { type: 'object', additionalProperties: { type: ['string', 'array'] }, description: 'Of the URL.' },
  type: { type: 'string', minLength: 1, description: 'The event type; what the trigger listens for without it.' },
  source: { ...sourceNameSchema },
  id: { type: 'string', minLength: 1, maxLength: 128, description: 'The id of the event.' },
};

const eventSchema = mapOr(
  { type: 'string', minLength: 1, description: 'a file, or a map such as `{ type, body }`' },
  closed('`event`', { ...requestFields, time: timeSchema }),
);
const deliverySchema = mapOr(
  { type: 'string', minLength: 1, description: 'a file, or a map such as `{ headers, body }`' },
  closed('`delivery`', requestFields),
);

const errorFields: JsonObject = {
  code: { enum: Object.keys(ERROR_CODES), description: 'a code of run errors such as `network`' },
  message: { type: 'string' },
  status: statusSchema,
  headers: headersSchema,
  body: anything("The service's answer."),
  retryable: { type: 'boolean', description: 'Whether another attempt may help; what the code means without it.' },
};

const answerSchema = closed('a mocked answer', {
  with: { type: 'object', description: 'Only calls whose input has these values get the answer.' },
  output: anything('What the call gives; what it leaves out is filled in from the schema of the connector.'),
  status: statusSchema,
  headers: headersSchema,
  body: anything('The body of the HTTP answer.'),
  error: mapOr(
    { enum: Object.keys(ERROR_CODES), description: 'a code of run errors such as `network`' },
    closed('`error` of a mock', errorFields, ['code']),
  ),
  takes: { ...reference('span') },
  times: {
    ...whenThen({ type: 'integer' }, { type: 'integer', minimum: 1, maximum: TIMES_MAX }),
    else: { const: 'any', description: 'a number of attempts, or `any`' },
  },
});

const mocksSchema: JsonObject = {
  type: 'object',
  additionalProperties: {
    ...whenThen({ type: 'array' }, { type: 'array', minItems: 1, items: reference('answer') }),
    else: reference('answer'),
  },
  description: 'Answers by the id of a step, or by connector.',
};

const callSchema = mapOr(
  { type: 'string', description: 'a step, a connector, or a map such as `{ step, with }`' },
  closed('an expected call', {
    step: { type: 'string', description: 'The id of the step, or its path.' },
    uses: { enum: actionNames() },
    connection: { type: 'string' },
    with: { type: 'object', description: 'Its input; what is left out may be anything.' },
    exact: { type: 'boolean', description: 'The input holds nothing besides.' },
    attempts: { type: 'integer', minimum: 1, description: 'How often it was tried.' },
    at: { ...reference('span') },
  }),
);

const STATUSES = ['pending', 'skipped', 'completed', 'failed', 'timed_out', 'undone'];
const stepResultSchema = mapOr(
  { enum: STATUSES, description: `one of ${STATUSES.map((each) => `\`${each}\``).join(', ')}, or a map` },
  closed('the result of a step', {
    status: { enum: STATUSES },
    output: anything('Its output.'),
    error: anything('Its error.'),
    errors: anything('What failed in it, of `parallel` and `foreach`.'),
  }),
);

const branches: JsonObject = {
  type: 'array',
  items: { type: 'string', pattern: '^([a-z][a-z0-9_]*\\.[a-z0-9_]+|catch|finally)$', description: 'STEP.BRANCH' },
};

const expectSchema = closed('`expect`', {
  started: { type: 'boolean', description: 'Whether the event starts the flow; true without it.' },
  calls: { type: 'array', items: callSchema, description: 'All calls, in the order in which they begin.' },
  output: anything('What the run gives.'),
  response: closed('`response`', { status: statusSchema, headers: headersSchema, body: anything('Its body.') }),
  error: mapOr(
    { type: 'string', description: 'a code, or a map such as `{ code, message }`' },
    closed('an expected `error`', {
      ...errorFields,
      retryable: false,
      code: { type: 'string' },
      step: anything('The id of the step, or its path.'),
      attempt: { type: 'integer' },
      branch: { type: 'string' },
      index: { type: 'integer' },
      cause: anything('The error before it.'),
      undo: anything('What could not be undone: a list of `{step, error}`.'),
    }),
  ),
  cancelled: { type: 'boolean', description: 'The run ended because it was cancelled.' },
  vars: { type: 'object', description: 'Variables at the end of the run.' },
  steps: { type: 'object', additionalProperties: stepResultSchema, description: 'Results by the id of the step.' },
  taken: { ...branches, description: 'Branches that were taken: `STEP.then`, `catch`.' },
  not_taken: { ...branches, description: 'Branches that were not taken.' },
  waits: { type: 'array', items: reference('span'), description: 'The waits that were skipped, in their order.' },
  took: { ...reference('span') },
  exact: { type: 'boolean', description: 'No map may hold anything that is not written here.' },
  emits: { type: 'array', description: 'Events that `emit` sent.' },
});

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
  },
  config: {
    type: 'object',
    additionalProperties: { type: 'string', description: 'text, as all settings are' },
    description: 'Values of `config.NAME`.',
  },
  mocks: mocksSchema,
  arrives: { type: 'array', description: 'Events that arrive while the run waits for them.' },
  approvals: { type: 'object', description: 'What people decide, by the id of the step.' },
  flows: { type: 'object', description: 'What called flows give, by name.' },
};

const caseSchema = closed(
  'a case',
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
    $defs: { span: spanSchema, answer: answerSchema },
  };
  return made;
}
