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

/** One answer to calls of connectors. */
export const answerSchema = closed('a mocked answer', {
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

/** `mocks:` */
export const mocksSchema: JsonObject = {
  type: 'object',
  additionalProperties: oneOrMore(reference('answer')),
  description: 'Answers by the id of a step, or by connector.',
};
