// Standard Webhooks: `v1` (HMAC) and `v1a` (Ed25519) signatures, and senders that use the scheme under other header names.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { bodyText, fieldSettings } from './event-fields.ts';
import { ed25519Verifier } from './ed25519.ts';
import { readHeader } from './headers.ts';
import { hmacVerifier, type HmacScheme } from './hmac.ts';
import { CONTENT_KINDS, type Provider, type Verify } from './provider.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSchema } from './signed-time.ts';

/** A public key, as the scheme writes it. */
const PUBLIC_KEY_PREFIX = 'whpk_';

export const standardWebhooks: Provider = standardWebhooksProvider({
  name: 'standard-webhooks',
  summary: 'Any sender that follows Standard Webhooks. The type is `type` of the body.',
  headerPrefix: 'webhook-',
});

/** A provider that signs this way. `headerPrefix` stands before `id`, `timestamp` and `signature`. */
function standardWebhooksProvider(sender: { name: string; summary: string; headerPrefix: string }): Provider {
  const { name, summary, headerPrefix } = sender;
  const idHeader = `${headerPrefix}id`;
  const scheme: HmacScheme = {
    header: `${headerPrefix}signature`,
    hash: 'sha256',
    encoding: 'base64',
    separator: ' ',
    prefix: 'v1,',
    content: '{id}.{timestamp}.{body}',
    idHeader,
    timestamp: { header: `${headerPrefix}timestamp`, unit: 's', toleranceMs: TOLERANCE_DEFAULT_MS },
    key: 'whsec',
  };
  const symmetric = hmacVerifier(scheme);
  const asymmetric = ed25519Verifier({ ...scheme, encoding: 'base64', prefix: 'v1a,', keyPrefix: PUBLIC_KEY_PREFIX });
  return {
    name,
    summary,
    settings: { ...fieldSettings, tolerance: toleranceSchema },
    needsSecret: true,
    verifier: (settings) => either(symmetric(settings), asymmetric(settings)),
    contentKinds: CONTENT_KINDS,
    success: { status: 202, body: 'id' },
    eventType: (_request, body) => bodyText(body, 'type'),
    deliveryIdPlace: `header \`${idHeader}\``,
    deliveryId: (request) => readHeader(request, idHeader),
  };
}

/** Public keys check `v1a` signatures and other secrets `v1`; a key of one kind never vouches for the other. */
function either(symmetric: Verify, asymmetric: Verify): Verify {
  return (request, secrets, nowMs) => {
    const publicKeys = secrets.filter((secret) => secret.startsWith(PUBLIC_KEY_PREFIX));
    if (publicKeys.length === 0) return symmetric(request, secrets, nowMs);
    const verdict = asymmetric(request, publicKeys, nowMs);
    if (verdict.ok || publicKeys.length === secrets.length) return verdict;
    const shared = secrets.filter((secret) => !secret.startsWith(PUBLIC_KEY_PREFIX));
    return symmetric(request, shared, nowMs);
  };
}
