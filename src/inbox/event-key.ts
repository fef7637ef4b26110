// What an event is found by: the texts at some of its paths, as one hash. Pure; whoever indexes and whoever asks must agree on it.
import { createHash } from 'node:crypto';

export { textsAt } from '../../workflows/event-texts.ts';

/** Bytes of SHA-256 that are kept: no two texts meet by chance, and an index stays small. */
const KEY_BYTES = 16;

/** The key of these texts, in the order of their paths. */
export function eventKey(texts: string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(texts)).digest().subarray(0, KEY_BYTES);
}
