// Typeform: responses to forms. https://www.typeform.com/developers/webhooks/secure-your-webhooks/
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';

export const typeform: Provider = {
  name: 'typeform',
  title: 'Typeform',
  summary: 'Responses to Typeform forms. The type is `form_response`, or `form_response_partial`.',
  reference: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks/',
  setup: [
    'Make up a long random secret (`openssl rand -hex 32`) and store it as `SECRET`.',
    'Open the form, **Connect → Webhooks → Add a webhook**, and put `URL` into *Endpoint*.',
    'Choose **Edit**, put the secret into *Secret*, and turn the webhook on. Without a secret Typeform does not sign, and nothing is accepted.',
    'Try it: **View deliveries → Send test request**.',
  ],
  proves: 'HMAC-SHA256 of the raw body, base64, in `Typeform-Signature`',
  eventTypes: ['form_response', 'form_response_partial'],
  eventTypePlace: '`event_type` of the body',
  deliveryIdPlace: '`event_id` of the body',
  // "If your webhook doesn't respond within 30 seconds": https://www.typeform.com/developers/webhooks/
  deadlineMs: 30_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'typeform-signature',
    hash: 'sha256',
    encoding: 'base64',
    prefix: 'sha256=',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event_type'),
  deliveryId: (_request, body) => bodyText(body, 'event_id'),
};
