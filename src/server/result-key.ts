// The key that signs result URLs: made once and kept in the store, so that URLs outlive restarts. It is never shown.
import { randomBytes } from 'node:crypto';
import type { Store } from '../inbox/store.ts';

const RESULT_KEY_SETTING = 'result-url-key';
const KEY_BYTES = 32;

/** The key of this data folder, as hex. */
export function resultKey(store: Pick<Store, 'setIfAbsent'>): Promise<string> {
  return store.setIfAbsent(RESULT_KEY_SETTING, randomBytes(KEY_BYTES).toString('hex'));
}
