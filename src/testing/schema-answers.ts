// The schema of what a run meets outside itself in a test file: answers to its calls. Data only.
import type { JsonObject } from '../../workflows/definition.ts';
import { ERROR_CODES } from '../../workflows/error-codes.ts';
import { reference, whenThen } from '../flow/schema-terms.ts';
import { anything, closed, headersSchema, mapOr, oneOrMore, statusSchema } from './schema-terms.ts';

/** Attempts that one answer may be for. */
const TIMES_MAX = 10_000;

/** What an error has, expected or mocked. */
export const errorFields: JsonObject = {
  code: { enum: Object.keys(ERROR_CODES), description: 'a code of run errors such as `network`' },
  message: { type: 'string' },
  status: statusSchema,
  headers: headersSchema,
  body: anything("The service's answer."),
  retryable: { type: 'boolean', description: 'Whether another attempt may help; what the code means without it.' },
};

const timesSchema: JsonObject = {
  ...whenThen({ type: 'integer' }, { type: 'integer', minimum: 1, maximum: TIMES_MAX }),
  else: { const: 'any', description: 'a number of times, or `any`' },
};

/** One answer to calls of connectors. */
export const answerSchema = closed('a mocked answer', {
  with: { type: 'object', description: 'Only calls whose input has these values get the answer.' },
  output: anything('What the call gives; what it leaves out is filled in from the schema of the connector.'),
  status: statusSchema,
  headers: headersSchema,
  body: anything('The body of the HTTP answer.'),
  error: mapOr(
    { enum: Object.keys(ERROR_CODES), description: 'a code such as `network`; of an HTTP answer, write `status`' },
    closed('`error` of a mock', errorFields, ['code']),
  ),
  takes: { ...reference('span') },
  times: timesSchema,
});

/** `mocks:` */
export const mocksSchema: JsonObject = {
  type: 'object',
  additionalProperties: oneOrMore(reference('answer')),
  description: 'Answers by the id of a step (`FLOW/ID` in a called flow), or by connector.',
};

/** One end of a called flow's run. */
export const calledRunSchema = closed('the run of a called flow', {
  input: { type: 'object', description: 'Only calls whose input has these values get it.' },
  output: anything('What the run gives.'),
  error: mapOr(
    { type: 'string', minLength: 1, description: 'a code, or a map such as `{ code, message }`' },
    closed('`error` of a called flow', { ...errorFields, retryable: false, code: { type: 'string', minLength: 1 } }, [
      'code',
    ]),
  ),
  cancelled: { const: true, description: '`true`: the run was cancelled' },
  runs: { const: true, description: '`true`: the flow runs, as without a word of it' },
  takes: { ...reference('span') },
  times: timesSchema,
});

/** `flows:` */
export const flowsSchema: JsonObject = {
  type: 'object',
  additionalProperties: oneOrMore(reference('called_run')),
  description: 'What called flows come to, by name or by the id of the `call` step. Those that are not here run.',
};

const DECISIONS = ['approved', 'rejected'];

/** One decision of a person. */
export const decisionSchema = mapOr(
  { enum: DECISIONS, description: '`approved`, `rejected`, or a map such as `{ decision, by, after }`' },
  closed(
    'a decision',
    {
      decision: { enum: DECISIONS },
      by: { type: 'string', description: 'Who decides.' },
      comment: { type: 'string' },
      form: { type: 'object', description: 'What is filled in; it is checked as on the page.' },
      via: { enum: ['link', 'api', 'signal'], description: 'How it reaches Hookline; `link` without it.' },
      after: {
        ...reference('span'),
        description: 'So long after the run has told people and waits; at once without it.',
      },
      times: timesSchema,
    },
    ['decision'],
  ),
);

/** `approvals:` */
export const approvalsSchema: JsonObject = {
  type: 'object',
  additionalProperties: oneOrMore(reference('decision')),
  description: 'What people decide, by the id of the step (`FLOW/ID` in a called flow). Without it nobody does.',
};
