// Notion: integration webhooks. Notion makes the secret up itself and tells it in its first, unsigned request.
// https://developers.notion.com/reference/webhooks
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import type { HandshakeAnswer, InboundRequest, Introduction, Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';

const SIGNATURE_HEADER = 'x-notion-signature';
/** The documented token is `secret_` and 43 letters and digits. */
const VERIFICATION_TOKEN = /^[A-Za-z0-9_-]{16,200}$/;
const received: HandshakeAnswer = { status: 200, contentType: 'text/plain; charset=utf-8', body: '' };

const proof = hmacProof({
  header: SIGNATURE_HEADER,
  hash: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
  content: '{body}',
  key: 'utf8',
});

export const notion: Provider = {
  name: 'notion',
  title: 'Notion',
  summary: 'Notion webhooks. Types such as `page.created` or `comment.created`.',
  reference: 'https://developers.notion.com/reference/webhooks',
  setup: [
    'Start `hookline serve` with the flow and without `SECRET` (`hookline dev` would make a secret up, and refuse the token), and open the integration at notion.so/profile/integrations, tab **Webhooks → Create a subscription**.',
    'Put `URL` into *Webhook URL* and choose the events. Notion sends its *verification token* at once.',
    '`hookline sources` shows that token. Choose **Verify** in the tab and paste it.',
    'Store it as `SECRET`, since it signs everything that follows, and restart Hookline.',
    'After a subscription was deleted and made again there is another token: unset `SECRET` and restart first.',
  ],
  proves: 'HMAC-SHA256 of the raw body, in `X-Notion-Signature`',
  eventTypes: ['page.created', 'page.content_updated', 'data_source.schema_updated', 'comment.created'],
  eventTypePlace: '`type` of the event',
  // Retries raise `attempt_number` of the body, and keep `id`.
  deliveryIdPlace: '`id` of the event',
  settings: { ...fieldSettings },
  needsSecret: true,
  ...proof,
  contentKinds: ['json'],
  success: { status: 200, body: 'empty' },
  eventType: (_request, body) => bodyText(body, 'type'),
  // The id is signed with the body: no replay window is needed.
  deliveryId: (_request, body) => bodyText(body, 'id'),
  handshake: (_request, body) => (verificationToken(body) === undefined ? undefined : received),
  introduction,
};

function introduction(request: InboundRequest, body: Json): Introduction | undefined {
  const secret = verificationToken(body);
  if (secret === undefined) return undefined;
  // The first request is documented without a signature. One that has it was signed with the very token.
  const isSigned = request.headers[SIGNATURE_HEADER] !== undefined;
  if (isSigned && !proof.verifier({})(request, [secret], 0).ok) return undefined;
  return { secret, answer: received };
}

/** The token of a body that holds nothing else. */
function verificationToken(body: Json): string | undefined {
  const token = bodyText(body, 'verification_token');
  if (token === undefined || !VERIFICATION_TOKEN.test(token)) return undefined;
  return Object.keys(body as object).length === 1 ? token : undefined;
}
