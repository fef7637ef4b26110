// Paddle Billing notifications. https://developer.paddle.com/webhooks/signature-verification
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';
import { toleranceSettings } from './signing/signed-time.ts';

/** What Paddle's own SDKs allow (MAX_VALID_TIME_DIFFERENCE of @paddle/paddle-node-sdk, seconds). */
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
    'Without `tolerance` only 5 seconds may lie between the signed time and ours, as in Paddle’s own libraries. Paddle sends again for 3 days, and some report that a retry keeps the time of the first attempt: `tolerance: 3d` takes those too, and repeats of one event still start nothing, since its id is signed.',
  ],
  proves:
    'HMAC-SHA256 of `TIMESTAMP:BODY`, any `h1` of `Paddle-Signature`, at most `tolerance` old (5 seconds without it)',
  eventTypes: ['transaction.completed', 'subscription.created', 'subscription.canceled', 'customer.created'],
  eventTypePlace: '`event_type` of the notification',
  deliveryIdPlace: '`event_id` of the notification, which its retries and replays keep',
  deadlineMs: 5_000,
  exampleSettings: { tolerance: '3d' },
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
  // Anything but 200 counts as failed and is sent again.
  success: { status: 200, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event_type'),
  deliveryId: (_request, body) => bodyText(body, 'event_id'),
};
