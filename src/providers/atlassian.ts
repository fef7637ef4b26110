// Jira (Cloud and Data Center) and Bitbucket (Cloud and Data Center): webhooks with a secret.
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
// https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/#Secure-webhooks
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { InboundRequest, Provider } from './provider.ts';
import { REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';

/**
 * Jira's id stays the same in retries; https://developer.atlassian.com/cloud/jira/platform/webhooks/#webhook-headers.
 * Then Bitbucket Cloud's and Bitbucket Data Center's; https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/.
 */
const ID_HEADERS = ['x-atlassian-webhook-identifier', 'x-request-uuid', 'x-request-id'];

export const atlassian: Provider = {
  name: 'atlassian',
  title: 'Atlassian Jira and Bitbucket',
  summary: 'Jira and Bitbucket webhooks. Types such as `jira:issue_updated` or `repo:push`.',
  reference: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/',
  setup: [
    'Make up a long random secret (`openssl rand -hex 32`) and store it as `SECRET`: webhooks without one are not signed, and are refused.',
    'Jira: open **Settings → System → WebHooks → Create a WebHook**, put `URL` into *URL*, the secret into *Secret*, and choose the events. Leave *Exclude body* off: the event type is in the body.',
    'Bitbucket: open **Repository settings → Webhooks → Add webhook**, put `URL` into *URL*, the secret into *Secret*, and choose the triggers.',
    'Webhooks that Connect and OAuth apps register are not signed this way.',
  ],
  proves: 'HMAC-SHA256 of the raw body, in `X-Hub-Signature`',
  eventTypes: ['jira:issue_created', 'jira:issue_updated', 'comment_created', 'repo:push', 'pullrequest:fulfilled'],
  eventTypePlace: '`webhookEvent` of the body (Jira), else header `X-Event-Key` (Bitbucket)',
  deliveryIdPlace:
    'header `X-Atlassian-Webhook-Identifier` (Jira), `X-Request-UUID` (Bitbucket Cloud) or `X-Request-Id` (Bitbucket Data Center)',
  // Bitbucket Cloud's; Jira names none.
  deadlineMs: 10_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'x-hub-signature',
    hash: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  replayWindowMs: REPLAY_WINDOW_MS,
  // The body is signed and the header is not.
  eventType: (request, body) => bodyText(body, 'webhookEvent') ?? readHeader(request, 'x-event-key'),
  deliveryId,
  announce: (type = 'repo:push', id) => ({ 'x-event-key': type, 'x-request-uuid': id }),
};

function deliveryId(request: InboundRequest): string | undefined {
  for (const name of ID_HEADERS) {
    const id = readHeader(request, name);
    if (id !== undefined) return id;
  }
  return undefined;
}
