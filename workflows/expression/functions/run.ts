// The two functions that ask the run: its time and a new id. Both are recorded, so that a replay gets the same.
import { entry, type Call, type Entry } from '../entry.ts';

export const RUN_FUNCTIONS: Entry[] = [
  entry(
    'now',
    [],
    'string',
    'The time of the run, ISO 8601 in UTC; the same on replay.',
    ['now()', '2026-01-02T03:04:05.678Z'],
    (call: Call) => call.evaluation.scope.now(),
  ),
  entry(
    'uuid',
    [],
    'string',
    'A new unique text (UUID); the same on replay.',
    ['uuid()', '0b5b2c1e-7c1f-4f0e-9d5a-2f6a3c1d8e90'],
    (call: Call) => call.evaluation.scope.uuid(),
  ),
];
