// Zoom: meetings, recordings, users and others, with the endpoint.url_validation handshake.
// https://developers.zoom.us/docs/api/webhooks/
import { createHmac } from 'node:crypto';
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { HandshakeAnswer, HandshakeContext, InboundRequest, Provider } from './provider.ts';
import { bodyHash } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSettings } from './signing/signed-time.ts';

const TIMESTAMP_HEADER = 'x-zm-request-timestamp';

const proof = hmacProof({
  header: 'x-zm-signature',
  hash: 'sha256',
  encoding: 'hex',
  prefix: 'v0=',
  content: 'v0:{timestamp}:{body}',
  timestamp: { header: TIMESTAMP_HEADER, unit: 's', toleranceMs: TOLERANCE_DEFAULT_MS },
  key: 'utf8',
});

export const zoom: Provider = {
  name: 'zoom',
  title: 'Zoom',
  summary: 'Zoom events. Types such as `meeting.started` or `recording.completed`.',
  reference: 'https://developers.zoom.us/docs/api/webhooks/',
  setup: [
    'Open the app at marketplace.zoom.us (**Manage → your app**), and store its *Secret Token* (**Features → Access**) as `SECRET`.',
    'Below it turn on **Event Subscriptions**, **Add New Event Subscription**, choose the events and put `URL` into *Event notification endpoint URL*.',
    'Choose **Validate**: Zoom sends a challenge, which is answered, now and every 72 hours.',
  ],
  proves: 'HMAC-SHA256 of `v0:TIMESTAMP:BODY`, in `x-zm-signature`, at most 5 minutes old',
  eventTypes: ['meeting.started', 'meeting.ended', 'recording.completed', 'user.created'],
  eventTypePlace: '`event` of the body',
  deliveryIdPlace: 'none is sent: the SHA-256 of the body, which holds the time of the event (`event_ts`)',
  deadlineMs: 3_000,
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  ...proof,
  contentKinds: ['json'],
  // "HTTP 200 or 204 OK".
  success: { status: 200, body: 'empty' },
  eventType: (_request, body) => bodyText(body, 'event'),
  deliveryId: bodyHash,
  handshake,
};

/**
 * https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint. The challenge is signed like every event (so does
 * Zoom's own library, @zoom/rivet, take it), and only then answered: else anybody could have a text of his signed.
 */
function handshake(request: InboundRequest, body: Json, context: HandshakeContext): HandshakeAnswer | undefined {
  if (bodyText(body, 'event') !== 'endpoint.url_validation') return undefined;
  const secret = secretOfSender(request, context);
  const plainToken = bodyText(body, 'payload', 'plainToken');
  if (secret === undefined || plainToken === undefined) {
    return { status: 400, contentType: 'text/plain; charset=utf-8', body: '' };
  }
  const encryptedToken = createHmac('sha256', secret).update(plainToken).digest('hex');
  return {
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ plainToken, encryptedToken }),
  };
}

/** The secret that the request, which was verified with one of them, is signed with; its age was judged then. */
function secretOfSender(request: InboundRequest, { settings, secrets }: HandshakeContext): string | undefined {
  if (secrets.length === 1) return secrets[0];
  const verify = proof.verifier(settings);
  const signedAtMs = Number(readHeader(request, TIMESTAMP_HEADER)) * 1000;
  return secrets.find((secret) => verify(request, [secret], signedAtMs).ok);
}
