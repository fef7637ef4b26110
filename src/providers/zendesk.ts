// Zendesk webhooks: event subscriptions, and triggers or automations whose body their author writes.
// https://developer.zendesk.com/documentation/webhooks/verifying/
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { InboundRequest, Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSettings } from './signing/signed-time.ts';

const TYPE_PREFIX = 'zen:event-type:';

export const zendesk: Provider = {
  name: 'zendesk',
  title: 'Zendesk',
  summary: 'Zendesk webhooks. Types such as `user.created`; of triggers and automations what `event_type` says.',
  reference: 'https://developer.zendesk.com/documentation/webhooks/verifying/',
  setup: [
    'In the Admin Center open **Apps and integrations → Webhooks → Create webhook**.',
    'Choose *Zendesk events* and the events, or *Trigger or automation* for bodies of your own.',
    'Put `URL` into *Endpoint URL*, choose *POST* and *JSON*, and create it; for triggers and automations then add *Notify active webhook* to their actions.',
    "Open the webhook's details, choose *Reveal secret*, and store it as it is (it looks like base64 and is not decoded) as `SECRET`.",
    'Tests sent from *Create webhook* are signed with the fixed secret of the documentation, and are refused: test after the webhook was created.',
  ],
  proves: 'HMAC-SHA256 of `TIMESTAMPBODY`, base64, in `X-Zendesk-Webhook-Signature`, at most 5 minutes old',
  eventTypes: ['user.created', 'user.active_changed', 'organization.tags_changed', 'article.published'],
  eventTypePlace: '`type` of the event without `zen:event-type:`; of triggers and automations `type` of your body',
  deliveryIdPlace: '`id` of the event; of triggers and automations header `X-Zendesk-Webhook-Invocation-Id`',
  deadlineMs: 10_000,
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  ...hmacProof({
    header: 'x-zendesk-webhook-signature',
    hash: 'sha256',
    encoding: 'base64',
    content: '{timestamp}{body}',
    timestamp: {
      header: 'x-zendesk-webhook-signature-timestamp',
      unit: 'rfc3339',
      toleranceMs: TOLERANCE_DEFAULT_MS,
    },
    key: 'utf8',
  }),
  contentKinds: ['json', 'form', 'xml'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => {
    const type = bodyText(body, 'type');
    return isEvent(body) ? type!.slice(TYPE_PREFIX.length) : type;
  },
  deliveryId,
  announce: (_type, id) => ({ 'x-zendesk-webhook-invocation-id': id }),
};

/** The `id` of a body that an author wrote may be a ticket's, and is no delivery's. */
function deliveryId(request: InboundRequest, body: Json): string | undefined {
  const eventId = isEvent(body) ? bodyText(body, 'id') : undefined;
  return eventId ?? readHeader(request, 'x-zendesk-webhook-invocation-id');
}

function isEvent(body: Json): boolean {
  return bodyText(body, 'type')?.startsWith(TYPE_PREFIX) ?? false;
}
