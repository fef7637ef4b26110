// Twilio SendGrid: the signed Event Webhook. One request carries a list of events; each becomes one.
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { bodyHash } from './senders.ts';
import { publicKeyProof } from './signing/public-key.ts';
import { toleranceSettings } from './signing/signed-time.ts';

/**
 * Twilio documents no tolerance, and its libraries check none. It tries for 24 hours to deliver, and does not say that it signs
 * anew, so a day and an hour are taken: what it may still send is not refused. Replays within that time start nothing, for each
 * event's id is signed and remembered.
 */
const TOLERANCE_MS = 25 * 60 * 60_000;

export const sendgrid: Provider = {
  name: 'sendgrid',
  title: 'Twilio SendGrid',
  summary: 'Events of SendGrid mail. Types such as `delivered` or `bounce`; each item of a batch is an event.',
  reference:
    'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
  setup: [
    'Open **Settings → Mail Settings → Event Webhooks → Create new webhook**, put `URL` into *Post URL* and choose the events.',
    'Turn on *Signed Event Webhook* (under **Security features**) and save.',
    'Open the webhook again, and store its *Verification Key* (a public key in base64, `MFkw…`) as `SECRET`.',
    'Try it: **Test Your Integration** sends one event of each type.',
  ],
  proves:
    'ECDSA (P-256, SHA-256) of the timestamp and the raw body, in `X-Twilio-Email-Event-Webhook-Signature`, at most 25 hours old (Twilio tries for 24)',
  eventTypes: ['processed', 'delivered', 'deferred', 'bounce', 'dropped', 'open', 'click', 'spamreport', 'unsubscribe'],
  eventTypePlace: '`event` of the item',
  deliveryIdPlace: '`sg_event_id` of each item; of the request the SHA-256 of its body',
  settings: { ...fieldSettings, ...toleranceSettings('25h') },
  needsSecret: true,
  ...publicKeyProof({
    header: 'x-twilio-email-event-webhook-signature',
    algorithm: 'ecdsa-p256-sha256',
    encoding: 'base64',
    content: '{timestamp}{body}',
    timestamp: { header: 'x-twilio-email-event-webhook-timestamp', unit: 's', toleranceMs: TOLERANCE_MS },
    keyForm: 'spki',
  }),
  contentKinds: ['json'],
  success: { status: 200, body: 'empty' },
  items: (body) => (Array.isArray(body) ? body : undefined),
  eventType: (_request, body) => bodyText(body, 'event'),
  deliveryId: bodyHash,
  eventId: (body) => bodyText(body, 'sg_event_id'),
};
