// Meta: Facebook Pages, Messenger, Instagram, WhatsApp and Lead Ads. One request may carry many updates; each becomes one event.
// https://developers.facebook.com/docs/graph-api/webhooks/getting-started
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { isObject } from './json-body.ts';
import type { HandshakeAnswer, HandshakeContext, InboundRequest, Provider } from './provider.ts';
import { bodyHash, REPLAY_WINDOW_MS } from './senders.ts';
import { anySecretEquals } from './signing/constant-time.ts';
import { hmacProof } from './signing/hmac.ts';

/**
 * Lists of updates that an entry can have; `changed_fields` where the subscription leaves values out. Instagram's own login has entries
 * that are one update: https://developers.facebook.com/docs/instagram-platform/webhooks/examples/.
 */
const UPDATE_LISTS = ['changes', 'messaging', 'standby', 'changed_fields'];

/**
 * What marks a Messenger or Instagram update, and the field that one subscribes to for it.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
 */
const MESSAGING_FIELDS: readonly [marker: string, field: string][] = [
  ['message', 'messages'],
  ['message_edit', 'message_edits'],
  ['postback', 'messaging_postbacks'],
  ['delivery', 'message_deliveries'],
  ['read', 'message_reads'],
  ['reaction', 'message_reactions'],
  ['optin', 'messaging_optins'],
  ['referral', 'messaging_referrals'],
  ['account_linking', 'messaging_account_linking'],
  ['policy_enforcement', 'messaging_policy_enforcement'],
  ['game_play', 'messaging_game_plays'],
  ['messaging_feedback', 'messaging_feedback'],
  ['pass_thread_control', 'messaging_handovers'],
  ['take_thread_control', 'messaging_handovers'],
  ['request_thread_control', 'messaging_handovers'],
  ['app_roles', 'messaging_handovers'],
];

export const meta: Provider = {
  name: 'meta',
  title: 'Meta (Facebook, Instagram, WhatsApp)',
  summary:
    'Webhooks of Meta apps. Types are the object and the field: `page.feed`, `whatsapp_business_account.messages`.',
  reference: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started',
  setup: [
    'Open the app at developers.facebook.com/apps and store its *App secret* (**App settings → Basic**) as `SECRET`.',
    'Make up a verify token (`openssl rand -hex 16`), store it as another secret and name that in `verify_token`.',
    'Open **Webhooks** (for WhatsApp **WhatsApp → Configuration**), choose the object, put `URL` into *Callback URL* and the token into *Verify token*. Meta asks for the token at once, which is answered.',
    'Subscribe to fields, and install the app: for a Page `POST /PAGE-ID/subscribed_apps`, for WhatsApp `POST /WABA-ID/subscribed_apps`. Until the app is published, Meta only sends tests and what people with a role in the app do.',
  ],
  proves: 'HMAC-SHA256 of the raw body with the app secret, in `X-Hub-Signature-256`',
  eventTypes: [
    'page.feed',
    'page.messages',
    'instagram.comments',
    'whatsapp_business_account.messages',
    'page.leadgen',
  ],
  eventTypePlace: '`object`, and the `field` of the change or the field subscribed to for the message',
  deliveryIdPlace: 'none is sent: the SHA-256 of the body',
  exampleSettings: { verify_token: 'META_VERIFY_TOKEN' },
  settings: {
    ...fieldSettings,
    verify_token: {
      description: 'Name of the secret with the *Verify token*, for the request by which Meta checks the URL.',
      type: 'string',
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
    },
  },
  secretSettings: ['verify_token'],
  needsSecret: true,
  // The bytes on the wire are signed: Meta escapes what isn't ASCII (`\u00e9`) before it signs and sends.
  ...hmacProof({
    header: 'x-hub-signature-256',
    hash: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  // Every notification wants "200 OK HTTPS"; others are sent again for up to 36 hours.
  success: { status: 200, body: 'empty' },
  replayWindowMs: REPLAY_WINDOW_MS,
  items,
  eventType,
  deliveryId: bodyHash,
  handshakeMethods: ['GET'],
  greeting,
};

/** The request by which Meta checks the URL; answered only to who knows the verify token, as plain text. */
function greeting(request: InboundRequest, context: HandshakeContext): HandshakeAnswer | undefined {
  if (request.method !== 'GET' || request.query['hub.mode'] !== 'subscribe') return undefined;
  const { 'hub.verify_token': given, 'hub.challenge': challenge } = request.query;
  if (typeof given !== 'string' || typeof challenge !== 'string') return undefined;
  const token = context.secretOf('verify_token');
  const isRight = token !== undefined && anySecretEquals([token], given);
  return {
    status: isRight ? 200 : 403,
    contentType: 'text/plain; charset=utf-8',
    body: isRight ? challenge : '',
  };
}

/**
 * "Event notifications are aggregated and sent in a batch with a maximum of 1000 updates" of different entries and fields. An event is
 * what Meta would have sent for that update alone: the same shape, with one entry that holds one update.
 */
function items(body: Json): Json[] | undefined {
  // Instagram's examples stand in a list.
  if (Array.isArray(body)) return body.flatMap((notification) => items(notification) ?? [notification]);
  if (!isObject(body) || !Array.isArray(body['entry'])) return undefined;
  return body['entry'].flatMap((entry) => updatesOf(entry).map((single) => ({ ...body, entry: [single] })));
}

/** The entry once for each of its updates; as it is where it has none that are known. */
function updatesOf(entry: Json): Json[] {
  if (!isObject(entry)) return [entry];
  const lists = UPDATE_LISTS.filter((name) => Array.isArray(entry[name]));
  const rest = Object.fromEntries(Object.entries(entry).filter(([name]) => !lists.includes(name)));
  const updates = lists.flatMap((name) => (entry[name] as Json[]).map((update) => ({ ...rest, [name]: [update] })));
  return lists.length === 0 ? [entry] : updates;
}

function eventType(_request: InboundRequest, body: Json): string | undefined {
  const object = bodyText(body, 'object');
  const entry = isObject(body) && Array.isArray(body['entry']) ? body['entry'][0] : undefined;
  const field = isObject(entry) ? fieldOf(entry, object) : undefined;
  return object === undefined || field === undefined ? object : `${object}.${field}`;
}

function fieldOf(entry: JsonObject, object: string | undefined): string | undefined {
  const change = bodyText(entry, 'changes', '0', 'field') ?? bodyText(entry, 'changed_fields', '0');
  const field = change ?? bodyText(entry, 'field');
  if (field !== undefined) return field;
  if (Array.isArray(entry['standby'])) return 'standby';
  if (!Array.isArray(entry['messaging'])) return undefined;
  return messagingField(entry['messaging'][0], object === 'instagram');
}

/** Instagram has no field for echoes of its own, and another name for reads. */
function messagingField(update: Json | undefined, isInstagram: boolean): string | undefined {
  if (!isObject(update)) return undefined;
  const [marker, field] = MESSAGING_FIELDS.find(([name]) => Object.hasOwn(update, name)) ?? [];
  if (isInstagram) return marker === 'read' ? 'messaging_seen' : field;
  const message = update['message'];
  return marker === 'message' && isObject(message) && message['is_echo'] === true ? 'message_echoes' : field;
}
