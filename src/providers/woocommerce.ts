// WooCommerce shops (WordPress): orders, products, customers and coupons. Its first request, a ping, is not signed.
// https://woocommerce.com/document/webhooks/
// Where the documentation is silent, WooCommerce's own class-wc-webhook.php is what counts.
import { fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { HandshakeAnswer, InboundRequest, Provider } from './provider.ts';
import { bodyHash, contentWithType, REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';

const SIGNATURE_HEADER = 'x-wc-webhook-signature';
const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;
/** `webhook_id=` and a number. */
const PING_BYTES_MAX = 64;
/** Hexadecimal digits of the body's hash that join a delivery id. */
const HASH_CHARACTERS = 32;

export const woocommerce: Provider = {
  name: 'woocommerce',
  title: 'WooCommerce',
  summary: 'WooCommerce webhooks. Types are topics such as `order.created`.',
  reference: 'https://woocommerce.com/document/webhooks/',
  setup: [
    'Make up a long random secret (`openssl rand -hex 32`) and store it as `SECRET`.',
    'In WordPress open **WooCommerce → Settings → Advanced → Webhooks → Add webhook**, choose the topic, put `URL` into *Delivery URL* and the secret into *Secret*, and set the status to *Active*.',
    'Saving sends an unsigned ping, which is answered. After more than 5 failed deliveries in a row WooCommerce disables the webhook; failed ones are not sent again.',
    'With a custom topic (`action.…`) real events can have equal bodies: set `replay_window: 0s` on the source.',
  ],
  proves: 'HMAC-SHA256 of the raw body, base64, in `X-WC-Webhook-Signature`',
  eventTypes: ['order.created', 'order.updated', 'product.updated', 'customer.created'],
  eventTypePlace: 'header `X-WC-Webhook-Topic`',
  deliveryIdPlace: 'header `X-WC-Webhook-Delivery-ID` and the SHA-256 of the body together',
  deadlineMs: 60_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: SIGNATURE_HEADER,
    hash: 'sha256',
    encoding: 'base64',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 200, body: 'id' },
  replayWindowMs: REPLAY_WINDOW_MS,
  // One state of a record is sent under several topics (created and paid at once), byte for byte the same.
  replayContent: (request) => contentWithType(request, readHeader(request, 'x-wc-webhook-topic')),
  eventType: (request) => readHeader(request, 'x-wc-webhook-topic'),
  deliveryId,
  announce: (type = 'order.created', id) => ({ 'x-wc-webhook-topic': type, 'x-wc-webhook-delivery-id': id }),
  greeting,
};

/**
 * Its delivery id is a hash of the webhook's id and the time in seconds (`get_new_delivery_id`), so that everything one webhook
 * sends within a second has the same: only with the body does it name a delivery.
 */
function deliveryId(request: InboundRequest): string | undefined {
  const id = readHeader(request, 'x-wc-webhook-delivery-id');
  const hash = bodyHash(request);
  return id === undefined ? hash : `${id}-${hash.slice('sha256:'.length, 'sha256:'.length + HASH_CHARACTERS)}`;
}

/**
 * `deliver_ping`: a form, `webhook_id=7`, without any header of its own. It wants exactly 200, else the webhook stays pending.
 * Deliveries are JSON and signed, so that nothing that could be one is answered here; a ping's body is not even read.
 */
function greeting(request: InboundRequest): HandshakeAnswer | undefined {
  const { headers } = request;
  if (request.method !== 'POST' || headers[SIGNATURE_HEADER] !== undefined) return undefined;
  if (!FORM.test(headers['content-type'] ?? '')) return undefined;
  const bytes = Number(headers['content-length'] ?? Number.NaN);
  if (!(bytes <= PING_BYTES_MAX)) return undefined;
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: '' };
}
