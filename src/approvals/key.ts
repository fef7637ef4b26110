// The key behind all links of approvals. It never leaves the store and the processes that use it.
import { randomBytes } from 'node:crypto';
import type { Store } from '../inbox/store.ts';

const APPROVAL_KEY_SETTING = 'approval-key';
const KEY_BYTES = 32;

/** Made once and kept in the store, so that links outlive restarts and hold in every process. */
export async function approvalKey(store: Pick<Store, 'setIfAbsent'>): Promise<string> {
  return store.setIfAbsent(APPROVAL_KEY_SETTING, randomBytes(KEY_BYTES).toString('hex'));
}
