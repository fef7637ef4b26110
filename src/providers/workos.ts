// WorkOS: directory sync, SSO connections and users. Its signed time is in milliseconds.
// https://workos.com/docs/events/data-syncing/webhooks
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { toleranceSettings } from './signing/signed-time.ts';
import { timedItemsProof } from './signing/timed-items.ts';

export const workos: Provider = {
  name: 'workos',
  title: 'WorkOS',
  summary: 'WorkOS events. Types such as `dsync.user.created`.',
  reference: 'https://workos.com/docs/events/data-syncing/webhooks',
  setup: [
    'In the WorkOS dashboard open **Webhooks → Create Webhook**, put `URL` into *Endpoint URL* and choose the events.',
    "Open the new endpoint and store its *Signing Secret* as `SECRET`: each endpoint has one of its own, and it isn't the API key.",
    'Try it: **Send test event** on the page of the endpoint.',
  ],
  proves: 'HMAC-SHA256 of `TIMESTAMP.BODY` (milliseconds), any `v1` of `WorkOS-Signature`, at most 5 minutes old',
  eventTypes: ['dsync.user.created', 'dsync.group.user_added', 'connection.activated', 'user.created'],
  eventTypePlace: '`event` of the body',
  deliveryIdPlace: '`id` of the event',
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  ...timedItemsProof('workos-signature', 'ms'),
  contentKinds: ['json'],
  // Its documentation asks for 200 by name; anything else is retried up to 12 times in 3 days.
  success: { status: 200, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event'),
  deliveryId: (_request, body) => bodyText(body, 'id'),
};
