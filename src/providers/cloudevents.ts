// CloudEvents 1.0 over HTTP: structured, binary and batched, with the proof and the handshake of the CNCF's webhook specification.
// https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md
import type { Json } from '../../workflows/definition.ts';
import {
  attributeOf,
  contentMode,
  eventKey,
  isCloudEvent,
  missesAttributes,
  withContentMode,
} from './cloudevents-content.ts';
import { fieldSettings } from './event-fields.ts';
import { singleHeader, CONFLICT, readHeader } from './headers.ts';
import {
  CONTENT_KINDS,
  refuse,
  type HandshakeAnswer,
  type HandshakeContext,
  type InboundRequest,
  type Provider,
} from './provider.ts';
import { bodyHash } from './senders.ts';
import { readAuthorization } from './signing/authorization.ts';
import { sharedSecretProof } from './signing/shared-secret.ts';

const TOKEN_PARAMETER = 'access_token';
/** "a DNS expression that identifies the sending system". */
const ORIGIN = /^[A-Za-z0-9*_.-]{1,253}$/;

const proof = sharedSecretProof({
  // Section 3: both ways must be taken. A request that uses both is refused, as RFC 6750 says (section 2).
  read(request) {
    const parameter = Object.hasOwn(request.query, TOKEN_PARAMETER) ? request.query[TOKEN_PARAMETER] : undefined;
    if (parameter === undefined) return readAuthorization(request, 'bearer');
    if (singleHeader(request, 'authorization') !== undefined) return CONFLICT;
    return Array.isArray(parameter) ? CONFLICT : parameter;
  },
  write: (request, _settings, secret) => {
    const sent = withContentMode(request);
    return { ...sent, headers: { ...sent.headers, authorization: `Bearer ${secret}` } };
  },
});

export const cloudevents: Provider = {
  name: 'cloudevents',
  title: 'CloudEvents',
  summary:
    'CloudEvents 1.0 (Knative, Azure Event Grid, Google Eventarc and others): structured, binary and batched. In binary mode the body is the data, and the attributes are in `event.headers` (`ce-subject`); else the body is the whole event.',
  reference: 'https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md',
  setup: [
    'Make up a long random token (`openssl rand -hex 32`) and store it as `SECRET`.',
    'Subscribe `URL` at the sender with the token as OAuth bearer token or `Authorization: Bearer TOKEN` header; only where neither can be set, append `?access_token=TOKEN` to the URL.',
    'The sender may ask by `OPTIONS` whether it may send, which is answered; name the senders that may in `allowed_origins`.',
  ],
  proves:
    'the token in `Authorization: Bearer` or `access_token`, compared in constant time; nothing proves the body. What lacks `id`, `source`, `type` or `specversion` 1.x is answered 400',
  eventTypes: [],
  eventTypePlace: '`type` of the event (header `ce-type` in binary mode)',
  deliveryIdPlace: '`source` and `id` of the event (headers `ce-source` and `ce-id` in binary mode)',
  settings: {
    ...fieldSettings,
    allowed_origins: {
      description: 'Senders (`WebHook-Request-Origin`) that are told by `OPTIONS` that they may send. Absent: any.',
      type: 'array',
      items: { type: 'string', pattern: ORIGIN.source },
    },
    allowed_rate: {
      description: 'Requests a minute that senders are told they may send; `rate` is what holds. Absent: any number.',
      type: 'integer',
      minimum: 1,
    },
  },
  needsSecret: true,
  verifier(settings) {
    const verify = proof.verifier(settings);
    return (request, secrets, nowMs, trace) => {
      const verdict = verify(request, secrets, nowMs, trace);
      if (!verdict.ok) return verdict;
      const problem = missesAttributes(request);
      return problem === undefined ? verdict : refuse(400, problem);
    };
  },
  signer: proof.signer,
  contentKinds: CONTENT_KINDS,
  // "If the delivery has been accepted, but has not yet been processed …, the response MUST have the 202".
  success: { status: 202, body: 'id' },
  challenge: 'Bearer',
  credentials: () => ({ headers: [], query: [TOKEN_PARAMETER] }),
  // Without the request only the items tell a batch from data that is a list.
  items: (body) => (Array.isArray(body) && body.length > 0 && body.every(isCloudEvent) ? body : undefined),
  hasSingles: true,
  eventType: (request, body) => attributeOf(request, body, 'type'),
  deliveryId(request, body) {
    if (contentMode(request) === 'batch') return bodyHash(request);
    const source = attributeOf(request, body, 'source');
    const id = attributeOf(request, body, 'id');
    return source === undefined || id === undefined ? undefined : eventKey(source, id);
  },
  eventId: (body) => (isCloudEvent(body) ? eventKey(body.source, body.id) : undefined),
  announce: (type = 'com.example.event', id) => ({
    'ce-specversion': '1.0',
    'ce-type': type,
    'ce-source': '/hookline/send',
    'ce-id': id,
  }),
  handshakeMethods: ['OPTIONS'],
  greeting,
  handshake,
};

/** Section 4, "Abuse protection": an origin that may send is told so; to all others OPTIONS is a method that is not there. */
function greeting(request: InboundRequest, { settings }: HandshakeContext): HandshakeAnswer | undefined {
  if (request.method !== 'OPTIONS') return undefined;
  const origin = readHeader(request, 'webhook-request-origin');
  if (origin === undefined || !ORIGIN.test(origin)) return undefined;
  const { allowed_origins: allowed, allowed_rate: rate } = settings;
  const name = origin.toLowerCase();
  if (Array.isArray(allowed) && !allowed.some((one) => String(one).toLowerCase() === name)) return undefined;
  return {
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    headers: {
      allow: 'POST',
      'webhook-allowed-origin': origin,
      'webhook-allowed-rate': typeof rate === 'number' ? String(rate) : '*',
      'x-content-type-options': 'nosniff',
    },
    body: '',
  };
}

/** "The batch MAY be empty" (HTTP binding, 3.3.2): then there is no event, and nothing to keep. */
function handshake(request: InboundRequest, body: Json): HandshakeAnswer | undefined {
  const isEmptyBatch = contentMode(request) === 'batch' && Array.isArray(body) && body.length === 0;
  return isEmptyBatch ? { status: 202, contentType: 'text/plain; charset=utf-8', body: '' } : undefined;
}
