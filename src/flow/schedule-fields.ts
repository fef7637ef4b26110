// The schema of `schedule:`, in a trigger. Data only; what it cannot say is in check-schedules.ts.
import type { JsonObject } from '../../workflows/definition.ts';
import { reference, whenThen } from './schema-terms.ts';

/** Fields of the map form. */
export const scheduleFields: Record<string, JsonObject> = {
  cron: {
    type: 'string',
    description:
      'When: minute, hour, day of the month, month, day of the week; with six fields, seconds first. Either this or `every`.',
  },
  every: { ...reference('duration'), description: 'How often, counted from 1970 in UTC. Either this or `cron`.' },
  timezone: {
    type: 'string',
    default: 'UTC',
    description: 'Where the times of `cron` are told, an IANA name such as `Europe/Berlin`.',
  },
  jitter: { ...reference('duration'), default: '0s', description: 'Puts each start off by up to so much, at random.' },
  overlap: {
    enum: ['skip', 'queue_one', 'queue', 'cancel_running', 'allow'],
    default: 'skip',
    description:
      'What happens when its time comes and the run before has not ended: nothing (`skip`), one run after it (`queue_one`), ' +
      'all of them one after another (`queue`), it is cancelled first (`cancel_running`), or both run (`allow`).',
  },
  catch_up: {
    ...reference('duration'),
    default: '10m',
    description: 'Starts that were missed while Temporal was away are made up for when they are not older.',
  },
  input: { type: 'object', description: 'Becomes `event.body`, and `input`, whose defaults are filled in.' },
};

/** `schedule:`: a cron expression, or a map. */
export const scheduleSchema: JsonObject = {
  ...whenThen(
    { type: 'object' },
    { title: '`schedule`', type: 'object', properties: scheduleFields, additionalProperties: false },
  ),
  else: { type: 'string', description: 'a cron expression such as `0 9 * * 1-5`, or a map with `cron` or `every`' },
};
