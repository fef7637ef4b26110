// The schema of what comes to a run in a test file: events and deliveries, at its beginning and later. Data only.
import type { JsonObject } from '../../workflows/definition.ts';
import { reference, sourceNameSchema } from '../flow/schema-terms.ts';
import { anything, closed, headersSchema, mapOr, timeSchema } from './schema-terms.ts';

const requestFields: JsonObject = {
  file: { type: 'string', minLength: 1, description: 'A JSON file with the body; its path is relative to this file.' },
  body: anything('The body; beside `file` it is merged over what the file holds, and null takes a key out (RFC 7396).'),
  headers: headersSchema,
  query: { type: 'object', additionalProperties: { type: ['string', 'array'] }, description: 'Of the URL.' },
  type: { type: 'string', minLength: 1, description: 'The event type; what the trigger listens for without it.' },
  source: { ...sourceNameSchema },
  id: { type: 'string', minLength: 1, maxLength: 128, description: 'The id of the event.' },
};

/** `event:` */
export const eventSchema = mapOr(
  { type: 'string', minLength: 1, description: 'a file, or a map such as `{ type, body }`' },
  closed('`event`', { ...requestFields, time: timeSchema }),
);
/** `delivery:` */
export const deliverySchema = mapOr(
  { type: 'string', minLength: 1, description: 'a file, or a map such as `{ headers, body }`' },
  closed('`delivery`', requestFields),
);

/** One entry of `arrives`. */
export const arrivalSchema = closed('an event that arrives', {
  after: {
    ...reference('span'),
    description: 'So long after the run began; with `waiting`, after it first waits there.',
  },
  before: { ...reference('span'), description: 'So long before the run began.' },
  time: timeSchema,
  waiting: {
    type: 'string',
    pattern: '^([a-z][a-z0-9-]*/)?[a-z][a-z0-9_]*$',
    description:
      'a `wait_for` step by its id (`FLOW/ID` in a called flow): the event comes as soon as its run waits there',
  },
  event: eventSchema,
  delivery: deliverySchema,
  ignored: {
    type: 'boolean',
    description: 'The run is not to take the event; without it the case fails when it does not.',
  },
});

/** `arrives:` */
export const arrivesSchema: JsonObject = {
  type: 'array',
  items: arrivalSchema,
  description: 'Events that come before the run or while it goes on.',
};
