// Shopify store webhooks. https://shopify.dev/docs/apps/build/webhooks/subscribe/https
import { fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { Provider } from './provider.ts';
import { contentWithType, REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';

export const shopify: Provider = {
  name: 'shopify',
  title: 'Shopify',
  summary: 'Shopify webhooks. Types are topics such as `orders/create`.',
  reference: 'https://shopify.dev/docs/apps/build/webhooks/subscribe/https',
  setup: [
    'For an app, declare the subscription in `shopify.app.toml` (or with the Admin API) with `URL` as its `uri`; for a store, open **Settings → Notifications → Webhooks**.',
    "Store the app's *client secret*, or the secret shown below the store's webhooks, as `SECRET`.",
    'After a rotation Shopify signs with the old secret for up to an hour: name both, `secret: [NEW, OLD]`.',
  ],
  proves: 'HMAC-SHA256 of the raw body, base64, in `X-Shopify-Hmac-Sha256`',
  eventTypes: ['orders/create', 'orders/paid', 'app/uninstalled'],
  eventTypePlace: 'header `X-Shopify-Topic`',
  deliveryIdPlace: 'header `X-Shopify-Webhook-Id`',
  deadlineMs: 5_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'x-shopify-hmac-sha256',
    hash: 'sha256',
    encoding: 'base64',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json', 'xml'],
  success: { status: 202, body: 'id' },
  replayWindowMs: REPLAY_WINDOW_MS,
  // One state of a record is sent under several topics (created and paid at once), byte for byte the same.
  replayContent: (request) => contentWithType(request, readHeader(request, 'x-shopify-topic')),
  eventType: (request) => readHeader(request, 'x-shopify-topic'),
  deliveryId: (request) => readHeader(request, 'x-shopify-webhook-id'),
  announce: (type = 'orders/create', id) => ({ 'x-shopify-topic': type, 'x-shopify-webhook-id': id }),
};
