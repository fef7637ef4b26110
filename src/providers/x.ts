// X (Twitter): account activity, filtered stream and X activity webhooks, with the challenge-response check (CRC).
// https://docs.x.com/x-api/webhooks/quickstart
import { createHmac } from 'node:crypto';
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { readChallenge } from './challenge.ts';
import { isObject } from './json-body.ts';
import { refuse, type HandshakeAnswer, type HandshakeContext, type InboundRequest, type Provider } from './provider.ts';
import { bodyHash } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';

/**
 * Whoever asks is answered with the signature of a text of his choice, made with the key that signs deliveries. So texts that are
 * signed for strangers and bodies that are believed must have nothing in common: a token has none of the characters of a JSON
 * object, and a body begins with one.
 */
const CRC_TOKEN = /^[A-Za-z0-9_.+/=-]{1,256}$/;
const OPEN_BRACE = 0x7b;

const proof = hmacProof({
  header: 'x-twitter-webhooks-signature',
  hash: 'sha256',
  encoding: 'base64',
  prefix: 'sha256=',
  content: '{body}',
  key: 'utf8',
});

export const x: Provider = {
  name: 'x',
  title: 'X (Twitter)',
  summary: 'Webhooks of X. Types are the list that was sent, such as `tweet_create_events` or `follow_events`.',
  reference: 'https://docs.x.com/x-api/webhooks/quickstart',
  setup: [
    "Open the app at developer.x.com and store its *API Key Secret* (the consumer secret, **Keys and tokens**) as `SECRET`. X checks the URL with the app's current secret, so name that one first.",
    'Register the webhook: `POST https://api.x.com/2/webhooks` with `{"url": "…"}` and `URL` in it, without a port, with the bearer token of the app. X sends a challenge at once and then every hour, which is answered.',
    'Subscribe accounts: `POST /2/account_activity/webhooks/WEBHOOK-ID/subscriptions/all` with the tokens of each user.',
  ],
  proves: 'HMAC-SHA256 of the raw body, base64, in `x-twitter-webhooks-signature`',
  eventTypes: [
    'tweet_create_events',
    'favorite_events',
    'follow_events',
    'direct_message_events',
    'tweet_delete_events',
  ],
  eventTypePlace: '`data.event_type`, else the field that ends with `_events` or `_event`',
  deliveryIdPlace: 'none is sent: the SHA-256 of the body',
  // "Respond within 10 seconds" (https://docs.x.com/x-api/webhooks/introduction), and to a CRC within 3.
  deadlineMs: 10_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  verifier(settings) {
    const verify = proof.verifier(settings);
    return (request, secrets, nowMs, trace) => {
      const verdict = verify(request, secrets, nowMs, trace);
      return verdict.ok && request.body[0] !== OPEN_BRACE ? refuse(400, 'envelope_malformed') : verdict;
    };
  },
  signer: proof.signer,
  contentKinds: ['json'],
  success: { status: 200, body: 'empty' },
  eventType,
  deliveryId: bodyHash,
  handshakeMethods: ['GET'],
  greeting,
};

const EVENTS_FIELD = /^[a-z_]{1,100}_events?$/;

function eventType(_request: InboundRequest, body: Json): string | undefined {
  const type = bodyText(body, 'data', 'event_type');
  if (type !== undefined || !isObject(body)) return type;
  return Object.keys(body).find((key) => EVENTS_FIELD.test(key));
}

/** `GET ?crc_token=…` is answered with its HMAC: https://docs.x.com/x-api/webhooks/quickstart#2-the-crc-check */
function greeting(request: InboundRequest, { secrets }: HandshakeContext): HandshakeAnswer | undefined {
  const token = readChallenge(request, 'crc_token');
  const secret = secrets.find((candidate) => candidate !== '');
  if (request.method !== 'GET' || token === undefined || secret === undefined) return undefined;
  if (!CRC_TOKEN.test(token)) return undefined;
  const responseToken = `sha256=${createHmac('sha256', secret).update(token).digest('base64')}`;
  return {
    status: 200,
    contentType: 'application/json; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' },
    body: JSON.stringify({ response_token: responseToken }),
  };
}
