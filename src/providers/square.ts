// Square webhooks. The signed content begins with the notification URL, which is the configured one and never made from `Host`.
// https://developer.squareup.com/docs/webhooks/step3validate
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';

export const square: Provider = {
  name: 'square',
  title: 'Square',
  summary: 'Square webhooks. Types such as `payment.updated`.',
  reference: 'https://developer.squareup.com/docs/webhooks/step3validate',
  setup: [
    'In the Developer Console open the application and **Webhooks → Subscriptions → Add subscription**, for *Sandbox* or *Production*.',
    'Put `URL` into *Notification URL*, exactly as `hookline sources` shows it: Square signs the URL. Set `HOOKLINE_PUBLIC_URL` to its `https://YOUR-HOST`, or say the whole URL with `public_url` where it is another one.',
    'Choose the API version and the events, and save.',
    'Open the subscription, and store its *Signature key* as `SECRET`.',
  ],
  proves: 'HMAC-SHA256 of the notification URL and the raw body, base64, in `x-square-hmacsha256-signature`',
  eventTypes: ['payment.created', 'payment.updated', 'order.created', 'invoice.payment_made'],
  eventTypePlace: '`type` of the event',
  deliveryIdPlace: '`event_id` of the event, which its retries keep',
  deadlineMs: 10_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'x-square-hmacsha256-signature',
    hash: 'sha256',
    encoding: 'base64',
    content: '{url}{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'type'),
  deliveryId: (_request, body) => bodyText(body, 'event_id'),
};
