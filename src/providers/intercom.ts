// Intercom webhook notifications. https://developers.intercom.com/docs/webhooks/setting-up-webhooks
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';

export const intercom: Provider = {
  name: 'intercom',
  title: 'Intercom',
  summary: 'Intercom notifications. Types are topics such as `conversation.user.created`.',
  reference: 'https://developers.intercom.com/docs/webhooks/setting-up-webhooks',
  setup: [
    'In the Developer Hub open the app, and store the *Client secret* of **Configure → Basic information** as `SECRET`.',
    'Open **Configure → Webhooks** and put `URL` into *Endpoint URL*. Intercom checks it with a `HEAD` request, which is answered.',
    'Choose the topics and save. *Send a test request* delivers a `ping`.',
  ],
  proves: 'HMAC-SHA1 of the raw body with the client secret, in `X-Hub-Signature`',
  eventTypes: ['conversation.user.created', 'conversation.admin.replied', 'contact.created', 'ping'],
  eventTypePlace: '`topic` of the notification',
  deliveryIdPlace: '`id` of the notification (`notif_…`), which its retry keeps',
  // It serves endpoints first that answer within 500 ms (https://developers.intercom.com/docs/webhooks/webhook-notifications).
  deadlineMs: 5_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'x-hub-signature',
    // All that Intercom offers. Collisions of SHA-1 do not weaken HMAC-SHA1 (RFC 6194, section 3.3).
    hash: 'sha1',
    encoding: 'hex',
    prefix: 'sha1=',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 200, body: 'empty' },
  eventType: (_request, body) => bodyText(body, 'topic'),
  deliveryId: (_request, body) => bodyText(body, 'id'),
};
