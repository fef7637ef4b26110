// Slack: Events API, slash commands and interactivity, with the url_verification handshake.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import type { HandshakeAnswer, InboundRequest, Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSettings } from './signing/signed-time.ts';

export const slack: Provider = {
  name: 'slack',
  title: 'Slack',
  summary: 'Slack events (`app_mention`), slash commands (`slash_command`) and interactions (`block_actions`).',
  reference: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
  setup: [
    'Open the app at api.slack.com/apps, and store its *Signing Secret* (**Basic Information**) as `SECRET`.',
    'Put `URL` into **Event Subscriptions → Request URL**, **Interactivity & Shortcuts** or a **Slash Command**, as needed. To the first Slack sends a signed challenge at once, which is answered once `SECRET` is set.',
    'Choose the bot events under **Event Subscriptions**, and reinstall the app: they need new scopes.',
    'The answer is empty. To say something to the person who typed a command or pressed a button, let the flow post to `event.body.response_url`.',
  ],
  proves: 'HMAC-SHA256 of `v0:TIMESTAMP:BODY`, in `X-Slack-Signature`, at most 5 minutes old',
  eventTypes: ['app_mention', 'message', 'slash_command', 'block_actions', 'view_submission'],
  eventTypePlace: '`event.type`; of commands `slash_command`, of interactions their `type`',
  // Retries of an event keep its id; commands and interactions carry a trigger id of their own.
  deliveryIdPlace: '`event_id`, or `trigger_id`',
  deadlineMs: 3_000,
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  ...hmacProof({
    header: 'x-slack-signature',
    hash: 'sha256',
    encoding: 'hex',
    prefix: 'v0=',
    content: 'v0:{timestamp}:{body}',
    timestamp: { header: 'x-slack-request-timestamp', unit: 's', toleranceMs: TOLERANCE_DEFAULT_MS },
    key: 'utf8',
  }),
  contentKinds: ['json', 'form'],
  jsonFormField: 'payload',
  // Slash commands need 200, and would show a body to the person who typed the command.
  success: { status: 200, body: 'empty' },
  eventType,
  deliveryId: (_request, body) => bodyText(body, 'event_id') ?? bodyText(body, 'trigger_id'),
  handshake,
};

function eventType(_request: InboundRequest, body: Json): string | undefined {
  const type = bodyText(body, 'type');
  if (type === 'event_callback') return bodyText(body, 'event', 'type') ?? type;
  return type ?? (bodyText(body, 'command') === undefined ? undefined : 'slash_command');
}

/** https://docs.slack.dev/reference/events/url_verification: echo the challenge. The request is signed like any other. */
function handshake(_request: InboundRequest, body: Json): HandshakeAnswer | undefined {
  if (bodyText(body, 'type') !== 'url_verification') return undefined;
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: bodyText(body, 'challenge') ?? '' };
}
