// What the tests that kill a process say of their flow: few places, so that most starts wait.
import type { StartAdmission } from '../../src/inbox/store.ts';

export const KEYS = ['a', 'b', 'c'];
export const SLOTS = 2;
export const PLACES = 40;
export const PER_MS = 20;

/** The admission of a start with this key; the rate counts all keys together. */
export const ADMISSION = (key: string): StartAdmission => ({
  concurrency: { key, limit: SLOTS, onLimit: 'queue' },
  rate: { key: '', limit: PLACES, perMs: PER_MS },
});
