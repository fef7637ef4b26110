// Stripe events. https://docs.stripe.com/webhooks#verify-manually
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { toleranceSettings } from './signing/signed-time.ts';
import { timedItemsProof } from './signing/timed-items.ts';

export const stripe: Provider = {
  name: 'stripe',
  title: 'Stripe',
  summary: 'Stripe events. Types such as `checkout.session.completed`.',
  reference: 'https://docs.stripe.com/webhooks#verify-manually',
  setup: [
    'In the Dashboard open **Developers → Webhooks → Add destination** and choose the events.',
    'Choose *Webhook endpoint* and put `URL` into *Endpoint URL*.',
    'Reveal the *Signing secret* (`whsec_…`) and store all of it, prefix included, as `SECRET`. Every endpoint has its own, and so have sandbox and live mode; `stripe listen` prints another one.',
  ],
  proves: 'HMAC-SHA256 of `TIMESTAMP.BODY`, any `v1` of `Stripe-Signature`, at most 5 minutes old',
  eventTypes: ['checkout.session.completed', 'invoice.paid', 'customer.subscription.deleted'],
  eventTypePlace: '`type` of the event',
  deliveryIdPlace: '`id` of the event',
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  ...timedItemsProof('stripe-signature'),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'type'),
  deliveryId: (_request, body) => bodyText(body, 'id'),
};
