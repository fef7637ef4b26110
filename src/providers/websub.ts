// WebSub (PubSubHubbub): content that a hub pushes, and the question whether we asked for it.
// https://www.w3.org/TR/websub/
import type { JsonObject } from '../../workflows/definition.ts';
import { plainAnswer, readChallenge } from './challenge.ts';
import { fieldSettings } from './event-fields.ts';
import { singleHeader } from './headers.ts';
import {
  CONTENT_KINDS,
  refuse,
  type HandshakeAnswer,
  type HandshakeContext,
  type InboundRequest,
  type Provider,
  type Verify,
} from './provider.ts';
import { REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof, type HmacScheme } from './signing/hmac.ts';

const HEADER = 'x-hub-signature';
/** The methods of section 7.1; the hub chooses, and many old ones only know SHA-1, which still makes a sound HMAC. */
const HASHES: readonly HmacScheme['hash'][] = ['sha1', 'sha256', 'sha384', 'sha512'];

const proofs = new Map(
  HASHES.map((hash) => [
    hash as string,
    hmacProof({ header: HEADER, hash, encoding: 'hex', prefix: `${hash}=`, content: '{body}', key: 'utf8' }),
  ]),
);

export const websub: Provider = {
  name: 'websub',
  title: 'WebSub (PubSubHubbub)',
  summary: 'Feeds and other content that a WebSub hub pushes when its topic changes.',
  reference: 'https://www.w3.org/TR/websub/',
  setup: [
    'Find the hub and the topic of the feed: its `Link` headers or elements with `rel="hub"` and `rel="self"`. Put the topic into `topic`.',
    'Make up a long random secret (`openssl rand -hex 32`, at most 200 bytes) and store it as `SECRET`.',
    'Subscribe: `POST` a form to the hub with `hub.mode=subscribe`, `hub.topic`, `hub.secret` and `hub.callback`, which is `URL`. The hub asks back at once, which is answered for this topic only.',
    'Subscribe again before `hub.lease_seconds` are over. To end it set `unsubscribe: true` and post `hub.mode=unsubscribe`.',
  ],
  proves: 'HMAC (SHA-1, SHA-256, SHA-384 or SHA-512, as the hub chose) of the raw body, in `X-Hub-Signature`',
  eventTypes: [],
  eventTypePlace: 'where `event_type` says, else `webhook`',
  deliveryIdPlace: 'none is sent',
  exampleSettings: { topic: 'https://example.com/feed.xml' },
  settings: {
    ...fieldSettings,
    topic: {
      description: 'The URL that was subscribed to (`hub.topic`), exactly as given to the hub. Only this is confirmed.',
      type: 'string',
      minLength: 1,
    },
    unsubscribe: {
      description:
        'Confirms that the subscription ends. Anybody can ask a hub for that, so it is only for when you do.',
      type: 'boolean',
      default: false,
    },
  },
  settingsProblem: ({ topic }) =>
    typeof topic === 'string'
      ? undefined
      : '`topic` is missing: without it no subscription is confirmed, and the hub sends nothing',
  needsSecret: true,
  verifier(settings) {
    const verifiers = new Map([...proofs].map(([hash, proof]) => [hash, proof.verifier(settings)]));
    return byHash(verifiers);
  },
  signer: (settings) => proofs.get('sha256')!.signer(settings),
  contentKinds: CONTENT_KINDS,
  // "The subscriber's callback URL MUST return an HTTP 2xx response code"; a body would be ignored.
  success: { status: 202, body: 'empty' },
  // Content may become what it was before, so its hash is an id only for a while.
  replayWindowMs: REPLAY_WINDOW_MS,
  eventType: () => undefined,
  deliveryId: () => undefined,
  handshakeMethods: ['GET'],
  greeting,
};

function byHash(verifiers: Map<string, Verify>): Verify {
  return (request, secrets, nowMs, trace) => {
    const header = singleHeader(request, HEADER);
    const hash = typeof header === 'string' ? header.slice(0, Math.max(header.indexOf('='), 0)) : 'sha256';
    const verify = verifiers.get(hash);
    if (verify !== undefined) return verify(request, secrets, nowMs, trace);
    return secrets.every((secret) => secret === '')
      ? refuse(401, 'secret_not_set')
      : refuse(400, 'signature_malformed');
  };
}

/**
 * Section 5.3, "Hub verifies intent": the challenge of our topic is echoed; what we did not ask for gets 404. A denial
 * (`hub.mode=denied`, 5.2) has no challenge and is only acknowledged.
 */
function greeting(request: InboundRequest, { settings }: HandshakeContext): HandshakeAnswer | undefined {
  const mode = request.query['hub.mode'];
  if (request.method !== 'GET' || typeof mode !== 'string') return undefined;
  if (!isOurs(request, settings)) return plainAnswer(404, '');
  if (mode === 'denied') return plainAnswer(200, '');
  const challenge = readChallenge(request, 'hub.challenge');
  const agreed = mode === 'subscribe' || (mode === 'unsubscribe' && settings['unsubscribe'] === true);
  return agreed && challenge !== undefined ? plainAnswer(200, challenge) : plainAnswer(404, '');
}

function isOurs({ query }: InboundRequest, { topic }: JsonObject): boolean {
  return typeof topic === 'string' && query['hub.topic'] === topic;
}
