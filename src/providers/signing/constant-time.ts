// Comparing secrets and signatures in a time that does not depend on where they differ.
import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares two texts of equal length by their bytes; texts of different length differ (a signature's length is no secret). */
export function equalSignatures(expected: string, given: string): boolean {
  const expectedBytes = Buffer.from(expected);
  const givenBytes = Buffer.from(given);
  return expectedBytes.length === givenBytes.length && timingSafeEqual(expectedBytes, givenBytes);
}

/** Whether one of the secrets was given, without telling their lengths either. An empty secret never matches. */
export function anySecretEquals(secrets: readonly string[], given: string): boolean {
  const givenDigest = digest(given);
  let matched = false;
  for (const secret of secrets) {
    if (secret !== '' && timingSafeEqual(digest(secret), givenDigest)) matched = true;
  }
  return matched;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
