// What an event is found by: the texts at some of its paths, as one hash. Pure; whoever indexes and whoever asks must agree on it.
import { createHash } from 'node:crypto';
import type { Json } from '../../workflows/definition.ts';
import { comparableText } from '../../workflows/comparable-text.ts';

/** Bytes of SHA-256 that are kept: no two texts meet by chance, and an index stays small. */
const KEY_BYTES = 16;

/** The key of these texts, in the order of their paths. */
export function eventKey(texts: string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(texts)).digest().subarray(0, KEY_BYTES);
}

/** The texts at these paths (`body.order.id`, `body.items.0.id`); undefined when the event has none at one of them. */
export function textsAt(event: Json, paths: string[]): string[] | undefined {
  const texts: string[] = [];
  for (const path of paths) {
    const text = comparableText(valueAt(event, path));
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

function valueAt(event: Json, path: string): Json | undefined {
  let value: Json | undefined = event;
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, Json>)[name];
  }
  return value;
}
