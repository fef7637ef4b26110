// The id of an event: the same for every repeat of a delivery, safe in workflow ids, URLs and search attributes.
import { createHash } from 'node:crypto';

/** What may stand in an id as it is. */
const PLAIN = /^[A-Za-z0-9._~-]{1,128}$/;
/** Workflow ids are FLOW/EVENT-ID and stay under 255 characters. */
const HASH_CHARACTERS = 40;
const SOURCE_CHARACTERS_MAX = 80;

/**
 * `SOURCE~DELIVERY`, the `/` of a source written `.` (source names hold no dot). A delivery id with other characters, a
 * long one, or one that begins with `~`, becomes `SOURCE~~` and 40 hex digits of its SHA-256, so that no two
 * deliveries of any sources share an id.
 */
export function eventIdOf(source: string, deliveryId: string): string {
  const sourcePart = source.replaceAll('/', '.');
  const id = `${sourcePart}~${deliveryId}`;
  if (!deliveryId.startsWith('~') && PLAIN.test(id)) return id;
  if (sourcePart.length <= SOURCE_CHARACTERS_MAX) return `${sourcePart}~~${hash(deliveryId)}`;
  return `~~${hash(id)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
}
