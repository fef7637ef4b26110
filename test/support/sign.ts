// Signs requests as third parties do, written from their documentation and independently of src/providers.
// Each function gives the headers to send with exactly this body.
import { createHmac } from 'node:crypto';

/** Headers by name. */
export type Headers = Record<string, string>;

const hmac = (key: string | Buffer, text: string, encoding: 'hex' | 'base64', hash = 'sha256'): string =>
  createHmac(hash, key).update(text).digest(encoding);

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries */
export function signGithub(body: string, secret: string, event: string, delivery: string): Headers {
  return {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': delivery,
    'x-hub-signature-256': `sha256=${hmac(secret, body, 'hex')}`,
  };
}

/** https://docs.stripe.com/webhooks#verify-manually */
export function signStripe(body: string, secret: string, timestamp = nowSeconds()): Headers {
  const signature = hmac(secret, `${timestamp}.${body}`, 'hex');
  return { 'content-type': 'application/json', 'stripe-signature': `t=${timestamp},v1=${signature}` };
}

/** https://shopify.dev/docs/apps/build/webhooks/subscribe/https */
export function signShopify(body: string, secret: string, topic: string, delivery: string): Headers {
  return {
    'content-type': 'application/json',
    'x-shopify-topic': topic,
    'x-shopify-webhook-id': delivery,
    'x-shopify-shop-domain': 'north-coffee.myshopify.com',
    'x-shopify-hmac-sha256': hmac(secret, body, 'base64'),
  };
}

/** https://www.standardwebhooks.com; the key is the base64 after `whsec_`. */
export function signStandardWebhooks(body: string, secret: string, id: string, timestamp = nowSeconds()): Headers {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${hmac(key, `${id}.${timestamp}.${body}`, 'base64')}`,
  };
}

/** The body of a Hookline envelope, signed: `sha256=` HMAC over the canonical JSON of the document without `signature`. */
export function hooklineEnvelope(envelope: object, secret: string, timestamp = nowSeconds()): string {
  const unsigned = { ...envelope, timestamp };
  return JSON.stringify({ ...unsigned, signature: `sha256=${hmac(secret, canonicalJson(unsigned), 'hex')}` });
}

/** RFC 8785 for JSON values: keys in UTF-16 order, no spaces; numbers and strings as JSON.stringify writes them. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const sorted = entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Typeform: https://www.typeform.com/developers/webhooks/secure-your-webhooks */
export function signTypeform(body: string, secret: string): Headers {
  return { 'content-type': 'application/json', 'typeform-signature': `sha256=${hmac(secret, body, 'base64')}` };
}

/** Linear: https://linear.app/developers/webhooks */
export function signLinear(body: string, secret: string, delivery: string, type: string): Headers {
  return {
    'content-type': 'application/json',
    'linear-delivery': delivery,
    'linear-event': type,
    'linear-signature': hmac(secret, body, 'hex'),
  };
}

/** A token in the Authorization header. */
export function bearer(token: string): Headers {
  return { 'content-type': 'application/json', authorization: `Bearer ${token}` };
}

/** A key in a header of the receiver's choice. */
export function apiKey(key: string, header = 'x-api-key'): Headers {
  return { 'content-type': 'application/json', [header]: key };
}
