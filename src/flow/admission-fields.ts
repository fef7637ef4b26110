// The fields of a flow that say how many of its runs there may be and when they start: their schema, and what they mean. Data and
// one reading of it; a run knows nothing of them, so changing them changes no run in flight.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { FlowAdmission } from './catalog.ts';
import { admissionLimitMax, batchSizeMax } from './limits.ts';
import { bareText, literalMs } from './normalise.ts';
import { closed, described, reference } from './schema-terms.ts';
import { isObject } from './step-tree.ts';

/** What is counted, delayed or gathered apart. */
const key = described(
  'expression',
  'An expression over `event`: events with another value are treated apart. Without it all events of the flow are one.',
);

const limit = (description: string, maximum: number): JsonObject => ({
  type: 'integer',
  minimum: 1,
  maximum,
  default: 1,
  description,
});

/** By field of a flow: its schema. Their own fields that are expressions are called `key`, their durations are named below. */
export const admissionFields: Record<string, JsonObject> = {
  concurrency: {
    ...closed('`concurrency`', {
      key,
      limit: limit('How many runs there may be at once.', admissionLimitMax),
      on_limit: {
        enum: ['queue', 'skip', 'cancel_running'],
        default: 'queue',
        description:
          'What becomes of an event beyond `limit`: its run starts when one ends (`queue`), it starts none (`skip`), or the oldest run is cancelled first (`cancel_running`).',
      },
    }),
    description: 'How many runs of the flow there may be at once.',
  },
  rate: {
    ...closed(
      '`rate`',
      {
        key,
        limit: limit('How many runs may start in that time.', admissionLimitMax),
        per: { ...reference('duration'), description: 'The time in which so many runs may start.' },
      },
      ['per'],
    ),
    description: 'How many runs of the flow may start in a time; the others start later.',
  },
  debounce: {
    ...closed(
      '`debounce`',
      {
        key,
        period: { ...reference('duration'), description: 'No event may come for so long before the run starts.' },
        max: { ...reference('duration'), description: 'The run starts at the latest so long after the first event.' },
      },
      ['period'],
    ),
    description: 'One run for many events that follow one another closely: the run gets the last one.',
  },
  batch: {
    ...closed(
      '`batch`',
      {
        key,
        size: { ...limit('The run starts with so many events.', batchSizeMax), default: 100 },
        period: {
          ...reference('duration'),
          description: 'The run starts at the latest so long after the first event.',
        },
      },
      ['period'],
    ),
    description: 'One run for many events: `event.body.events` is the list of them, in their order.',
  },
};

/** The names of the durations in `admissionFields`. */
export const admissionDurations: readonly string[] = ['per', 'period', 'max'];

/** Events of a batch that does not say its `size`. */
const BATCH_SIZE_DEFAULT = 100;

/** What a flow says of it; undefined when it says nothing. `raw` has passed the schema and all checks. */
export function admissionOf(raw: JsonObject): FlowAdmission | undefined {
  const { concurrency, rate, debounce, batch } = raw;
  const admission: FlowAdmission = {};
  if (isObject(concurrency)) {
    const onLimit = (concurrency['on_limit'] ?? 'queue') as 'queue' | 'skip' | 'cancel_running';
    admission.concurrency = { ...keyOf(concurrency), limit: number(concurrency['limit'], 1), onLimit };
  }
  if (isObject(rate)) admission.rate = { ...keyOf(rate), limit: number(rate['limit'], 1), perMs: ms(rate['per']) };
  if (isObject(debounce)) {
    const maxMs = literalMs(debounce['max']);
    const periodMs = ms(debounce['period']);
    admission.debounce = { ...keyOf(debounce), periodMs, ...(maxMs === undefined ? {} : { maxMs }) };
  }
  if (isObject(batch)) {
    const size = number(batch['size'], BATCH_SIZE_DEFAULT);
    admission.batch = { ...keyOf(batch), size, periodMs: ms(batch['period']) };
  }
  return Object.keys(admission).length === 0 ? undefined : admission;
}

function keyOf(field: JsonObject): { key?: string } {
  return field['key'] === undefined ? {} : { key: bareText(field['key']!) };
}

function number(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function ms(value: Json | undefined): number {
  return literalMs(value) ?? 0;
}
