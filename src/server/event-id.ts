// The id of an event: the same for every repeat of a delivery, safe in workflow ids, URLs and search attributes.
import { createHash } from 'node:crypto';

/** What may stand in an id as it is. Never `~`, which joins the parts. */
const PLAIN = /^[A-Za-z0-9._-]+$/;
/** Workflow ids are FLOW/EVENT-ID and stay under 255 characters. */
const CHARACTERS_MAX = 128;
const HASH_CHARACTERS = 40;
const SOURCE_CHARACTERS_MAX = 80;

/**
 * `SOURCE~DELIVERY`, or `SOURCE~DELIVERY~ITEM` for one of several events, the `/` of a source written `.` (source names
 * hold no dot). With other characters in a part, or too long, it is `SOURCE~~` and 40 hex digits of the SHA-256 of the
 * parts as JSON, so that no two deliveries and no two items of any sources share an id.
 */
export function eventIdOf(source: string, deliveryId: string, item?: string): string {
  const sourcePart = source.replaceAll('/', '.');
  if (PLAIN.test(deliveryId) && (item === undefined || PLAIN.test(item))) {
    const id = item === undefined ? `${sourcePart}~${deliveryId}` : `${sourcePart}~${deliveryId}~${item}`;
    if (id.length <= CHARACTERS_MAX) return id;
  }
  const hash = hashOf(item === undefined ? [source, deliveryId] : [source, deliveryId, item]);
  return sourcePart.length <= SOURCE_CHARACTERS_MAX ? `${sourcePart}~~${hash}` : `~~${hash}`;
}

function hashOf(parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_CHARACTERS);
}
