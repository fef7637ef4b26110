// Discord: webhook events and HTTP interactions, signed with the application's Ed25519 key. Discord tests that what is
// wrongly signed gets 401, also when the signature is malformed, and removes the URL when it does not.
// https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import type { HandshakeAnswer, InboundRequest, Provider } from './provider.ts';
import { bodyHash } from './senders.ts';
import { publicKeyProof } from './signing/public-key.ts';
import { toleranceSettings } from './signing/signed-time.ts';

/** Discord documents no tolerance, and sends webhook events again for up to 10 minutes. */
const TOLERANCE_MS = 15 * 60_000;

const signature = publicKeyProof({
  header: 'x-signature-ed25519',
  algorithm: 'ed25519',
  encoding: 'hex',
  content: '{timestamp}{body}',
  timestamp: { header: 'x-signature-timestamp', unit: 's', toleranceMs: TOLERANCE_MS },
  keyForm: 'hex',
});

/** Interaction types: https://docs.discord.com/developers/interactions/receiving-and-responding */
const INTERACTIONS: Record<string, string> = {
  '2': 'APPLICATION_COMMAND',
  '3': 'MESSAGE_COMPONENT',
  '4': 'APPLICATION_COMMAND_AUTOCOMPLETE',
  '5': 'MODAL_SUBMIT',
};

export const discord: Provider = {
  name: 'discord',
  title: 'Discord',
  summary: 'Discord webhook events (`APPLICATION_AUTHORIZED`) and interactions (`APPLICATION_COMMAND`).',
  reference: 'https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint',
  setup: [
    'Open the application in the Developer Portal, and store its *Public Key* (**General Information**, 64 hex digits) as `SECRET`.',
    'For events put `URL` into **Webhooks → Endpoint URL**, switch *Events* on and choose them; for commands and components put it into **General Information → Interactions Endpoint URL**.',
    'Save: Discord sends a `PING` and a wrongly signed request at once, which get the answers it wants. The flow must be loaded by then.',
    'An interaction wants its answer within 3 seconds: let the flow answer with `respond: result`, or through the interaction’s callback URL.',
  ],
  proves: 'Ed25519 signature of `TIMESTAMPBODY` in `X-Signature-Ed25519`, at most 15 minutes old',
  eventTypes: [
    'APPLICATION_AUTHORIZED',
    'ENTITLEMENT_CREATE',
    'APPLICATION_COMMAND',
    'MESSAGE_COMPONENT',
    'MODAL_SUBMIT',
  ],
  eventTypePlace: '`event.type` of webhook events, the name of an interaction’s `type`',
  deliveryIdPlace: '`id` of the interaction; webhook events have none, and the hash of the body stands for it',
  deadlineMs: 3_000,
  settings: { ...fieldSettings, ...toleranceSettings('15m') },
  needsSecret: true,
  verifier(settings) {
    const verify = signature.verifier(settings);
    return (request, secrets, nowMs, trace) => {
      const verdict = verify(request, secrets, nowMs, trace);
      return verdict.ok ? verdict : { ...verdict, status: 401 };
    };
  },
  signer: signature.signer,
  contentKinds: ['json'],
  // Webhook events want 204 with an empty body.
  success: { status: 204, body: 'empty' },
  eventType,
  deliveryId: (request, body) => bodyText(body, 'id') ?? bodyHash(request),
  handshake,
};

function eventType(_request: InboundRequest, body: Json): string | undefined {
  const event = bodyText(body, 'event', 'type');
  if (event !== undefined) return event;
  const type = bodyText(body, 'type');
  return type !== undefined && Object.hasOwn(INTERACTIONS, type) ? INTERACTIONS[type] : undefined;
}

/**
 * PING is type 1 among interactions, answered with PONG, and type 0 among webhook events, answered with 204 and a content
 * type (https://docs.discord.com/developers/events/webhook-events#preparing-for-events), where type 1 is an event.
 */
function handshake(_request: InboundRequest, body: Json): HandshakeAnswer | undefined {
  const type = bodyText(body, 'type');
  const contentType = 'application/json';
  if (type === '0') return { status: 204, contentType, body: '' };
  if (type !== '1' || bodyText(body, 'event', 'type') !== undefined) return undefined;
  return { status: 200, contentType, body: '{"type":1}' };
}
