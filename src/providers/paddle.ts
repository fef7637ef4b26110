// Paddle Billing notifications. https://developer.paddle.com/webhooks/signature-verification
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';
import { toleranceSettings } from './signing/signed-time.ts';

/** What Paddle's own SDKs allow (MAX_VALID_TIME_DIFFERENCE of @paddle/paddle-node-sdk). */
const TOLERANCE_MS = 5_000;

export const paddle: Provider = {
  name: 'paddle',
  title: 'Paddle',
  summary: 'Paddle Billing notifications. Types such as `transaction.completed`.',
  reference: 'https://developer.paddle.com/webhooks/signature-verification',
  setup: [
    'In the dashboard open **Developer tools → Notifications → New destination**.',
    'Choose the type *URL* (webhook), put `URL` into it, choose the events and save.',
    'Open **Edit destination** in the menu of the new destination, and store its *Secret key* (`pdl_ntfset_…`) as `SECRET`.',
    'Only 5 seconds may lie between the signed time and ours, as in Paddle’s own libraries: keep the clock right (NTP). Where requests may wait before they arrive (a queueing proxy, a tunnel) say `tolerance: 1m`; refused deliveries are sent again and `hookline deliveries` shows them as `timestamp_stale`.',
  ],
  proves: 'HMAC-SHA256 of `TIMESTAMP:BODY`, any `h1` of `Paddle-Signature`, at most 5 seconds old',
  eventTypes: ['transaction.completed', 'subscription.created', 'subscription.canceled', 'customer.created'],
  eventTypePlace: '`event_type` of the notification',
  deliveryIdPlace: '`event_id` of the notification, which its retries and replays keep',
  deadlineMs: 5_000,
  settings: { ...fieldSettings, ...toleranceSettings('5s') },
  needsSecret: true,
  ...hmacProof({
    header: 'paddle-signature',
    hash: 'sha256',
    encoding: 'hex',
    separator: ';',
    // While a secret is rotated there are several h1.
    prefix: 'h1=',
    content: '{timestamp}:{body}',
    timestamp: { prefix: 'ts=', unit: 's', toleranceMs: TOLERANCE_MS },
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 200, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event_type'),
  deliveryId: (_request, body) => bodyText(body, 'event_id'),
};
