// Xero: invoices, contacts and other records that changed. One request carries several events; each is one of its own.
// https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { refuse, type Provider, type Verify } from './provider.ts';
import { bodyHash, REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';

/** What together names one event: Xero sends no id, and `entropy` changes with every request. */
const EVENT_ID_PARTS = ['tenantId', 'resourceId', 'eventCategory', 'eventType', 'eventDateUtc'];

const proof = hmacProof({
  header: 'x-xero-signature',
  hash: 'sha256',
  encoding: 'base64',
  content: '{body}',
  key: 'utf8',
});

export const xero: Provider = {
  name: 'xero',
  title: 'Xero',
  summary: 'Xero webhooks. Types such as `INVOICE.UPDATE`; an event names the record, which the flow then fetches.',
  reference: 'https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/',
  setup: [
    'Open the app at developer.xero.com/app/manage, tab **Webhooks**, choose the event categories and put `URL` into *Delivery URL*.',
    "Save, and store the *Webhooks key* as `SECRET` (as it is shown: it isn't decoded).",
    'Choose **Send intent to receive**: Xero sends right and wrong signatures and wants 200 and 401, which it gets. The status then is *OK*.',
  ],
  proves: 'HMAC-SHA256 of the raw body, base64, in `x-xero-signature`',
  eventTypes: ['INVOICE.CREATE', 'INVOICE.UPDATE', 'CONTACT.CREATE', 'CONTACT.UPDATE', 'SUBSCRIPTION.UPDATE'],
  eventTypePlace: '`eventCategory` and `eventType` of each item of `events`, in capitals',
  deliveryIdPlace:
    'none is sent: the SHA-256 of the body; of each event its tenant, resource, category, type and time together',
  deadlineMs: 5_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  verifier,
  signer: (settings) => proof.signer(settings),
  contentKinds: ['json'],
  // "There is no body in the response".
  success: { status: 200, body: 'empty' },
  emptyRefusal: true,
  replayWindowMs: REPLAY_WINDOW_MS,
  items,
  eventType,
  deliveryId: bodyHash,
  eventId,
};

/** "401 Unauthorized for all incorrectly signed payloads": for those whose signature could not have been right, too. */
function verifier(settings: JsonObject): Verify {
  const verify = proof.verifier(settings);
  return (request, secrets, nowMs, trace) => {
    const verdict = verify(request, secrets, nowMs, trace);
    return verdict.ok ? verdict : refuse(401, verdict.reason);
  };
}

/** An intent to receive has an empty list: verified, answered and not stored. */
function items(body: Json): Json[] | undefined {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return undefined;
  if (!Object.hasOwn(body, 'events')) return undefined;
  const events = body['events'];
  return Array.isArray(events) ? events : [];
}

/** Its pages write `UPDATE`, `Update` and `Invoice` for the same; one spelling lets flows name it. */
function eventType(_request: unknown, body: Json): string | undefined {
  const category = bodyText(body, 'eventCategory');
  const type = bodyText(body, 'eventType');
  return category === undefined || type === undefined ? undefined : `${category}.${type}`.toUpperCase();
}

function eventId(body: Json): string | undefined {
  const parts: string[] = [];
  for (const name of EVENT_ID_PARTS) {
    const part = bodyText(body, name);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts.join('/');
}
