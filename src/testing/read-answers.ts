// Reads what a case says of everything that a run meets outside itself: services, called flows, people. It expects maps that follow
// the schema.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { isObject } from '../flow/step-tree.ts';
import type { MockedAnswer, MockedDecision, MockedError, MockedRun } from './test-case.ts';
import { spanMs } from './time.ts';

/** The answers by their keys. One answer is for every time; of a list each is for one. */
export function answersIn<T>(map: JsonObject, read: (raw: Json, timesDefault: number) => T): Record<string, T[]> {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map((each) => read(each, 1)) : [read(value, Infinity)],
    ]),
  );
}

/** What one attempt of a call meets. */
export function answerOf(raw: Json, timesDefault: number): MockedAnswer {
  const { takes, times, error, ...rest } = raw as JsonObject;
  return {
    ...(rest as Pick<MockedAnswer, 'with' | 'output' | 'status' | 'headers' | 'body'>),
    ...(error !== undefined && { error: errorOf(error) }),
    takesMs: msOf(takes),
    times: timesOf(times, timesDefault),
  };
}

/** What one run of a called flow comes to. */
export function runOf(raw: Json, timesDefault: number): MockedRun {
  const { takes, times, error, input, ...rest } = raw as JsonObject;
  return {
    ...(rest as Pick<MockedRun, 'output' | 'cancelled' | 'runs'>),
    ...(isObject(input) && { with: input }),
    ...(error !== undefined && { error: errorOf(error) }),
    takesMs: msOf(takes),
    times: timesOf(times, timesDefault),
  };
}

/** What a person decides; a text is the decision alone. */
export function decisionOf(raw: Json, timesDefault: number): MockedDecision {
  const { after, via, times, ...rest } = isObject(raw) ? raw : { decision: raw };
  return {
    ...(rest as Pick<MockedDecision, 'decision' | 'by' | 'comment' | 'form'>),
    via: (via ?? 'link') as MockedDecision['via'],
    afterMs: msOf(after),
    times: timesOf(times, timesDefault),
  };
}

function errorOf(error: Json): MockedError {
  return (typeof error === 'string' ? { code: error } : error) as unknown as MockedError;
}

function msOf(span: Json | undefined): number {
  return typeof span === 'string' ? spanMs(span)! : 0;
}

function timesOf(times: Json | undefined, timesDefault: number): number {
  if (times === 'any') return Infinity;
  return typeof times === 'number' ? times : timesDefault;
}
