// Shopify store webhooks. https://shopify.dev/docs/apps/build/webhooks/subscribe/https
import { fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import { hmacVerifier } from './hmac.ts';
import type { Provider } from './provider.ts';

export const shopify: Provider = {
  name: 'shopify',
  summary: 'Shopify webhooks. Types are topics such as `orders/create`.',
  settings: { ...fieldSettings },
  needsSecret: true,
  verifier: hmacVerifier({
    header: 'x-shopify-hmac-sha256',
    hash: 'sha256',
    encoding: 'base64',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json', 'xml'],
  success: { status: 202, body: 'id' },
  eventType: (request) => readHeader(request, 'x-shopify-topic'),
  deliveryIdPlace: 'header `x-shopify-webhook-id`',
  deliveryId: (request) => readHeader(request, 'x-shopify-webhook-id'),
};
