// The table of properties: the suite runs a few thousand cases of each, `npm run fuzz` as many as it is told.
import fc from 'fast-check';
import type { Lab } from '../server/lab.ts';
import {
  anyBodyIsReadOrRefused,
  anyContentTypeIsRead,
  anyQueryIsRead,
  depthIsCountedRight,
  jsonIsReadAsJson,
} from './parser.ts';
import { anyBytesAreAnswered } from './receiver.ts';
import { differencesAreRefused, signedRequestsAreRead, strangersAreRefused } from './verifier.ts';

/** One property. */
export interface FuzzProperty {
  name: string;
  /** What it says, as a sentence. */
  says: string;
  /** Of a hundred cases of a run, how many are of this property. */
  share: number;
  make(lab: Pick<Lab, 'port'>): fc.IRawProperty<unknown>;
}

/** Why a property does not hold. */
export interface FuzzFailure {
  property: string;
  /** With this seed the first batch finds it again. */
  seed: number;
  /** Shrunk. */
  counterexample: string;
  message: string;
}

/** Cases between two reports; a seed counts for one batch. */
export const BATCH_CASES = 5_000;

export const properties: readonly FuzzProperty[] = [
  {
    name: 'differences',
    says: 'what was signed is accepted, and refused with one byte of difference or another secret',
    share: 30,
    make: differencesAreRefused,
  },
  {
    name: 'strangers',
    says: 'nobody who does not know the secret is accepted, and no request makes a provider throw',
    share: 20,
    make: strangersAreRefused,
  },
  {
    name: 'readings',
    says: 'type, id and items of whatever the holder of the secret sends are read without an error',
    share: 10,
    make: signedRequestsAreRead,
  },
  {
    name: 'json',
    says: 'JSON is what JSON.parse says without __proto__, and nothing else is JSON',
    share: 10,
    make: jsonIsReadAsJson,
  },
  {
    name: 'bodies',
    says: 'any bytes of any kind of content are read, or refused without being quoted',
    share: 10,
    make: anyBodyIsReadOrRefused,
  },
  { name: 'queries', says: 'any query becomes texts under own keys', share: 3, make: anyQueryIsRead },
  {
    name: 'content-types',
    says: 'any content type is of a known kind in a charset that can be decoded, or none',
    share: 3,
    make: anyContentTypeIsRead,
  },
  {
    name: 'depth',
    says: 'depth counted before parsing bounds the depth after it',
    share: 4,
    make: depthIsCountedRight,
  },
  {
    name: 'receiver',
    says: 'any bytes on a connection are answered in HTTP, never with a 5xx, or the connection is closed',
    share: 10,
    make: anyBytesAreAnswered,
  },
];

/**
 * Runs so many cases in batches, whose seeds count up from `seed`, until one fails. `progress` is told of each batch.
 */
export async function runProperty(
  { name, make }: FuzzProperty,
  lab: Pick<Lab, 'port'>,
  cases: number,
  seed: number,
  progress: (cases: number) => void = () => undefined,
): Promise<FuzzFailure | undefined> {
  const property = make(lab);
  for (let batch = 0; batch * BATCH_CASES < cases; batch += 1) {
    const numRuns = Math.min(BATCH_CASES, cases - batch * BATCH_CASES);
    const batchSeed = (seed + batch) | 0;
    // Cases that a property gives up (a body that cannot be signed) are not counted, and may not be many.
    const details = await fc.check(property, { numRuns, seed: batchSeed, maxSkipsPerRun: 10 });
    if (details.failed) {
      const { errorInstance, counterexample } = details;
      return {
        property: name,
        seed: batchSeed,
        counterexample: fc.stringify(counterexample),
        message:
          errorInstance instanceof Error ? errorInstance.message : String(errorInstance ?? 'too many cases given up'),
      };
    }
    progress(numRuns);
  }
  return undefined;
}
