// HubSpot apps and workflow webhooks, whose requests carry one or more of three signatures.
// https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import type { InboundRequest, Provider } from './provider.ts';
import { bodyHash, REPLAY_WINDOW_MS } from './senders.ts';
import { hubspotProof } from './signing/hubspot.ts';
import { toleranceSettings } from './signing/signed-time.ts';

export const hubspot: Provider = {
  name: 'hubspot',
  title: 'HubSpot',
  summary: 'HubSpot app and workflow webhooks. Types such as `contact.creation`; each item of a request is an event.',
  reference: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation',
  setup: [
    'Open the app in your developer account, and store its *Client secret* (**Auth**) as `SECRET`.',
    'Under **Webhooks** put `URL` into *Target URL*. HubSpot signs the URL: set `HOOKLINE_PUBLIC_URL` to its `https://YOUR-HOST`, or say the whole URL with `public_url` where it is another one.',
    'Create subscriptions and activate them; **Test** sends one.',
    '`version: v3` takes only the signature that includes the time. Leave it out for workflow webhooks and older apps, which send `v2` or `v1`: without it the best signature of a request decides.',
  ],
  proves:
    '`v3`: HMAC-SHA256 of method, URL, body and time, at most 5 minutes old. `v2`: SHA-256 of secret, method, URL and body. `v1`: SHA-256 of secret and body',
  eventTypes: [
    'contact.creation',
    'contact.propertyChange',
    'deal.deletion',
    'object.creation',
    'conversation.newMessage',
  ],
  eventTypePlace: '`subscriptionType` of each event',
  deliveryIdPlace:
    'the hash of the body; of each event `eventId` with `subscriptionId`, `objectId` and `occurredAt`, since HubSpot does not promise that `eventId` alone is unique',
  deadlineMs: 5_000,
  exampleSettings: { version: 'v3' },
  settings: {
    ...fieldSettings,
    version: {
      enum: ['v1', 'v2', 'v3'],
      description: 'Takes only this signature. Without it v3 decides where it was sent, else what the request says.',
    },
    ...toleranceSettings(),
  },
  needsSecret: true,
  ...hubspotProof,
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  // v1 and v2 sign no time; with v3 alone, two equal bodies of a workflow are two enrolments.
  replayWindowMs: (settings) => (settings['version'] === 'v3' ? 0 : REPLAY_WINDOW_MS),
  items: (body) => (Array.isArray(body) ? body : undefined),
  hasSingles: true,
  eventType: (_request, body) => bodyText(body, 'subscriptionType'),
  deliveryId,
  eventId,
};

/** The events of a batch are told apart by their ids; two equal bodies of a workflow may be two enrolments. */
function deliveryId(request: InboundRequest, body: Json): string | undefined {
  return Array.isArray(body) ? bodyHash(request) : undefined;
}

/** Retries keep all of these, and only count up `attemptNumber`. */
function eventId(body: Json): string | undefined {
  const id = bodyText(body, 'eventId');
  if (id === undefined) return undefined;
  const more = ['subscriptionId', 'objectId', 'occurredAt'].map((name) => bodyText(body, name) ?? '');
  return [id, ...more].join('-');
}
