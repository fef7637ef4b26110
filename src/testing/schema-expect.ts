// The schema of what a test file expects of a run. Data only.
import { actionNames } from '../../activities/connectors/index.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { reference } from '../flow/schema-terms.ts';
import { errorFields } from './schema-answers.ts';
import { anything, closed, headersSchema, mapOr, statusSchema } from './schema-terms.ts';

const callSchema = mapOr(
  { type: 'string', description: 'a step, a connector, a flow, or a map such as `{ step, with }`' },
  closed('an expected call', {
    step: { type: 'string', description: 'The id of the step, or its path; of a called flow, `FLOW/ID`.' },
    uses: { enum: actionNames() },
    connection: { type: 'string' },
    with: { type: 'object', description: 'Its input; what is left out may be anything.' },
    flow: { type: 'string', description: 'The flow that was called.' },
    input: anything('The input of that flow; what is left out may be anything.'),
    status: { enum: ['completed', 'failed', 'cancelled'], description: 'How its run ended.' },
    output: anything('What its run gave.'),
    error: mapOr(
      { type: 'string', description: 'a code, or a map such as `{ code, message }`' },
      { type: 'object', description: 'What its run failed with.' },
    ),
    exact: { type: 'boolean', description: 'The input holds nothing besides.' },
    attempts: { type: 'integer', minimum: 1, description: 'How often it was tried.' },
    at: { ...reference('span') },
  }),
);

/** What `steps.ID.status` can be. */
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

const emittedSchema = mapOr(
  { type: 'string', description: 'an event type, or a map such as `{ type, body }`' },
  closed('an expected event', {
    type: { type: 'string' },
    body: anything('What it says; of maps, what is left out may be anything.'),
    exact: { type: 'boolean', description: 'The body holds nothing besides.' },
    step: { type: 'string', description: 'The id of the step that emitted it, or its path.' },
    at: { ...reference('span') },
  }),
);

const askedSchema = mapOr(
  { type: 'string', description: 'a step, or a map such as `{ step, title, who }`' },
  closed('an expected approval', {
    step: { type: 'string', description: 'The id of the step, or its path.' },
    title: { type: 'string' },
    who: { type: 'array', items: { type: 'string' } },
    form: anything('The JSON Schema of its form.'),
    exact: { type: 'boolean', description: 'The form holds nothing besides.' },
    at: { ...reference('span') },
  }),
);

const branches: JsonObject = {
  type: 'array',
  items: {
    type: 'string',
    pattern: '^([a-z][a-z0-9_]*\\.[a-z0-9_]+|catch|finally)$',
    description: 'a branch such as `large.then`, or `catch`',
  },
};

/** `expect:` */
export const expectSchema: JsonObject = {
  description: 'What the run does: `{ calls: […], output: … }`. Without it a case passes when the run completes.',
  ...closed('`expect`', {
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
    asked: { type: 'array', items: askedSchema, description: 'All approvals that were asked for, in their order.' },
    emits: { type: 'array', items: emittedSchema, description: 'All events that the run emitted, in their order.' },
  }),
};
