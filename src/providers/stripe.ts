// Stripe events. https://docs.stripe.com/webhooks#verify-manually
import { bodyText, fieldSettings } from './event-fields.ts';
import { hmacVerifier } from './hmac.ts';
import type { Provider } from './provider.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSchema } from './signed-time.ts';

export const stripe: Provider = {
  name: 'stripe',
  summary: 'Stripe events. Types such as `checkout.session.completed`.',
  settings: { ...fieldSettings, tolerance: toleranceSchema },
  needsSecret: true,
  verifier: hmacVerifier({
    header: 'stripe-signature',
    hash: 'sha256',
    encoding: 'hex',
    separator: ',',
    // `v0=` items are of Stripe's test scheme and never accepted.
    prefix: 'v1=',
    content: '{timestamp}.{body}',
    timestamp: { prefix: 't=', unit: 's', toleranceMs: TOLERANCE_DEFAULT_MS },
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'type'),
  deliveryIdPlace: '`id` of the event',
  deliveryId: (_request, body) => bodyText(body, 'id'),
};
