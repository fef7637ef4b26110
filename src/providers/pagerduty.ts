// PagerDuty: V3 webhook subscriptions.
// https://developer.pagerduty.com/docs/verifying-webhook-signatures
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';

export const pagerduty: Provider = {
  name: 'pagerduty',
  title: 'PagerDuty',
  summary: 'PagerDuty webhooks (V3). Types such as `incident.triggered`.',
  reference: 'https://developer.pagerduty.com/docs/verifying-webhook-signatures',
  setup: [
    'Open **Integrations → Generic Webhooks (v3) → New Webhook**, put `URL` into *Webhook URL*, and choose the scope and the events.',
    'Store the secret that is shown after **Add Webhook** as `SECRET`; it is shown only once.',
    'Try it: **Send Test Event** on the page of the webhook sends a `pagey.ping`.',
  ],
  proves: 'HMAC-SHA256 of the raw body, any `v1` of `X-PagerDuty-Signature`',
  eventTypes: ['incident.triggered', 'incident.acknowledged', 'incident.resolved', 'service.updated', 'pagey.ping'],
  eventTypePlace: '`event.event_type` of the body',
  deliveryIdPlace: '`event.id` of the body',
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'x-pagerduty-signature',
    hash: 'sha256',
    encoding: 'hex',
    // While a secret is rotated there is one signature a secret.
    separator: ',',
    prefix: 'v1=',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event', 'event_type'),
  // In the signed body and the same in each retry, unlike the header `X-Webhook-Id`, which is unsigned.
  deliveryId: (_request, body) => bodyText(body, 'event', 'id'),
};
