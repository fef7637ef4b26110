// Large payloads: kept in the store under the SHA-256 of their bytes, so that histories hold a reference and flows see whole values.
// It must never delete a blob: a history may refer to it for as long as Temporal keeps the run.
//
// ExternalStorage is experimental in SDK 1.24. Tried against server 1.29 (test/temporal/external-storage.test.ts): inputs and
// outputs of workflows and activities up to 5 MiB, eager starts, replays on another worker and replays of a fetched history
// (the replayer needs the same converter) hold. Memos, search attributes and summaries never go through it.
import { createHash } from 'node:crypto';
import {
  ExternalStorage,
  StorageDriverClaim,
  type DataConverter,
  type Payload,
  type StorageDriver,
  type StorageDriverSelector,
  type StorageDriverTargetInfo,
} from '@temporalio/common';

/** Payloads from this size on leave the history. Temporal's own bounds: 2 MiB a payload, 4 MiB a message, 50 MiB a history. */
export const INLINE_PAYLOAD_BYTES_MAX = 128 * 1024;
/**
 * What the payloads of one workflow task may have together and stay in the history; from then on they leave it too. A task may
 * schedule hundreds of calls at once, and one that does not fit in a message fails again and again: the run would hang.
 */
const INLINE_TASK_BYTES_MAX = 2 * 1024 * 1024;
/** Smaller payloads always stay: a reference would hardly be shorter, and 500 of them (workflows/limits.ts) still fit. */
const SMALL_PAYLOAD_BYTES_MAX = 1024;
/** Written into every reference: a change would orphan the references in stored histories. */
const DRIVER_NAME = 'hookline';

/** Where the bytes are kept. `key` is their SHA-256 in hex. */
export interface Blobs {
  putBlob(key: string, bytes: Uint8Array): Promise<void>;
  getBlob(key: string): Promise<Uint8Array | null>;
}

/** The data converter of client, worker and replayer: JSON as usual, payloads over INLINE_PAYLOAD_BYTES_MAX in `blobs`. */
export function createDataConverter(blobs: Blobs): DataConverter {
  const driver: StorageDriver = {
    name: DRIVER_NAME,
    type: DRIVER_NAME,
    store: (_context, payloads) => Promise.all(payloads.map((payload) => storePayload(blobs, payload))),
    retrieve: (_context, claims) => Promise.all(claims.map((claim) => retrievePayload(blobs, claim))),
  };
  const driverSelector = selectorOf(driver);
  return {
    externalStorage: new ExternalStorage({
      drivers: [driver],
      driverSelector,
      payloadSizeThreshold: SMALL_PAYLOAD_BYTES_MAX,
    }),
  };
}

/** Which payloads leave the history. All commands of one workflow task come with the same `target`, another task's with another. */
function selectorOf(driver: StorageDriver): StorageDriverSelector {
  const inlineBytes = new WeakMap<StorageDriverTargetInfo, number>();
  return ({ target }, payload) => {
    const bytes = payload.data?.length ?? 0;
    if (bytes >= INLINE_PAYLOAD_BYTES_MAX) return driver;
    if (target === undefined) return null;
    const together = (inlineBytes.get(target) ?? 0) + bytes;
    if (together > INLINE_TASK_BYTES_MAX) return driver;
    inlineBytes.set(target, together);
    return null;
  };
}

async function storePayload(blobs: Blobs, payload: Payload): Promise<StorageDriverClaim> {
  const bytes = payload.data ?? new Uint8Array();
  const key = createHash('sha256').update(bytes).digest('hex');
  await blobs.putBlob(key, bytes);
  // The metadata (the encoding's name) is small: it stays in the reference, so that the blob is nothing but the value.
  const metadata = Object.entries(payload.metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  return new StorageDriverClaim({ key, metadata: JSON.stringify(Object.fromEntries(metadata)) });
}

async function retrievePayload(blobs: Blobs, claim: StorageDriverClaim): Promise<Payload> {
  const { key = '', metadata = '{}' } = claim.claimData;
  const data = await blobs.getBlob(key);
  if (data === null) throw new Error(`The large payload ${key} is not in the store; was the data folder replaced?`);
  const decoded = Object.entries(JSON.parse(metadata) as Record<string, string>).map(
    ([name, value]): [string, Uint8Array] => [name, Buffer.from(value, 'base64')],
  );
  return { metadata: Object.fromEntries(decoded), data };
}
