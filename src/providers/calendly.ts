// Calendly: bookings, cancellations and routing forms.
// https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { bodyHash } from './senders.ts';
import { toleranceSettings } from './signing/signed-time.ts';
import { timedItemsProof } from './signing/timed-items.ts';

export const calendly: Provider = {
  name: 'calendly',
  title: 'Calendly',
  summary: 'Calendly bookings and cancellations. Types such as `invitee.created`.',
  reference: 'https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures',
  setup: [
    'Make up a long random signing key (`openssl rand -hex 32`) and store it as `SECRET`. (An OAuth app has its own: *Webhook signing key* in the app.)',
    'Make a personal access token under **Integrations & apps → API and webhooks**; `GET https://api.calendly.com/users/me` with it says the URIs of your user and organization.',
    'Subscribe with `POST https://api.calendly.com/webhook_subscriptions` (there is no page for it): `url` is `URL`, `events` a list such as `["invitee.created", "invitee.canceled"]`, `organization` its URI, `scope` is `organization`, and `signing_key` your key.',
  ],
  proves: 'HMAC-SHA256 of `TIMESTAMP.BODY`, any `v1` of `Calendly-Webhook-Signature`, at most 5 minutes old',
  eventTypes: ['invitee.created', 'invitee.canceled', 'invitee_no_show.created', 'routing_form_submission.created'],
  eventTypePlace: '`event` of the body',
  deliveryIdPlace: 'none is sent: the SHA-256 of the body',
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  ...timedItemsProof('calendly-webhook-signature'),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event'),
  // Both times of a reschedule and their URIs are in the body, so that only a retry has the same bytes.
  deliveryId: bodyHash,
};
