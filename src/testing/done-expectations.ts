// Holds what a case expects a run to do, one thing after the other, against what it did: calls, emitted events, people asked. Pure.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { errorJson } from '../../workflows/step-failure.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { differences, type Difference } from './compare.ts';
import type { AskedApproval, EmittedEvent, MadeCall, Recording, RunEnd } from './recording.ts';
import { durationText, spanMs } from './time.ts';

/** What was done, as it is compared. */
interface Done {
  /** What it is called in a report. */
  name: string;
  /** The texts that name it in short. */
  short: string[];
  /** Of another thing altogether the rest says nothing. */
  identity: JsonObject;
  facts: JsonObject;
  /** What may be compared exactly: field → value. */
  content: JsonObject;
  atMs: number;
}

/** Where calls, emitted events and approvals asked for are not as expected. */
export function doneDifferences(expect: JsonObject, recording: Recording, exact: boolean): Difference[] {
  const { calls, emitted, asked } = recording;
  return [
    ...listDifferences('calls', expect['calls'], calls.map(callDone), exact),
    ...listDifferences('emits', expect['emits'], emitted.map(eventDone), exact),
    ...listDifferences('asked', expect['asked'], asked.map(approvalDone), exact),
  ];
}

function callDone({ step, uses, connection, flow, input, end, attempts, atMs }: MadeCall): Done {
  const what = flow === undefined ? uses : `flow ${flow}`;
  return {
    name: `${step} (${what})`,
    // A connector has a dot in its name, which no step has.
    short: [step, flow ?? uses ?? ''],
    identity: { step, uses: uses ?? null, flow: flow ?? null },
    facts: { connection: connection ?? null, attempts },
    content: flow === undefined ? { with: input } : { input, ...contentOf(end) },
    atMs,
  };
}

/** What a called run came to; one that goes on when the case is over has come to nothing yet. */
function contentOf(end: RunEnd | undefined): JsonObject {
  if (end === undefined) return { status: null };
  const { status } = end;
  if (status === 'completed') return { status, output: end.output };
  return status === 'failed' ? { status, error: errorJson(end.error) } : { status };
}

function eventDone({ step, type, body, atMs }: EmittedEvent): Done {
  return { name: type, short: [type], identity: { type, step }, facts: {}, content: { body }, atMs };
}

function approvalDone({ step, title, who, form, atMs }: AskedApproval): Done {
  return { name: step, short: [step], identity: { step }, facts: { title, who }, content: { form }, atMs };
}

function listDifferences(field: string, expected: Json | undefined, done: Done[], exact: boolean): Difference[] {
  if (!Array.isArray(expected)) return [];
  const count = Math.max(expected.length, done.length);
  return Array.from({ length: count }, (_, index): Difference[] => {
    const path = [field, index];
    const [wanted, actual] = [expected[index], done[index]];
    if (wanted === undefined) return [{ path, expected: undefined, actual: actual!.name }];
    if (actual === undefined) return [{ path, expected: wanted, actual: undefined }];
    return oneDifferences(wanted, actual, exact, path);
  }).flat();
}

function oneDifferences(expected: Json, done: Done, exact: boolean, path: Path): Difference[] {
  if (typeof expected === 'string') {
    return done.short.includes(expected) ? [] : [{ path, expected, actual: done.name }];
  }
  if (!isObject(expected)) return [];
  const { exact: ownExact, at, ...wanted } = expected;
  const other = Object.keys(done.identity).find(
    (key) => wanted[key] !== undefined && wanted[key] !== done.identity[key],
  );
  if (other !== undefined) return [{ path: [...path, other], expected: wanted[other], actual: done.name }];
  return [
    ...Object.keys(wanted).flatMap((key): Difference[] => {
      if (Object.hasOwn(done.identity, key)) return [];
      const isContent = !Object.hasOwn(done.facts, key);
      const actual = isContent ? done.content[key] : done.facts[key];
      return differences(inFull(key, wanted[key]!), actual, isContent && (exact || ownExact === true), [...path, key]);
    }),
    ...durationDifferences([...path, 'at'], at, done.atMs),
  ];
}

/** An error may be its code alone. */
function inFull(key: string, wanted: Json): Json {
  return key === 'error' && typeof wanted === 'string' ? { code: wanted } : wanted;
}

/** Where a length of time, which is a text, is another. */
export function durationDifferences(path: Path, expected: Json | undefined, actualMs: number): Difference[] {
  if (expected === undefined || spanOf(expected) === actualMs) return [];
  return [{ path, expected, actual: durationText(actualMs) }];
}

/** Milliseconds of a span; undefined for what is none. */
export function spanOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? spanMs(value) : undefined;
}
