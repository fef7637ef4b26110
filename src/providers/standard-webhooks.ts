// Standard Webhooks: `v1` (HMAC) and `v1a` (Ed25519) signatures, and senders that use the scheme under other header names.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import { CONTENT_KINDS, type Proof, type Provider, type Verify } from './provider.ts';
import { hmacProof, type HmacScheme } from './signing/hmac.ts';
import { publicKeyProof } from './signing/public-key.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSettings } from './signing/signed-time.ts';

/** A public key, as the scheme writes it. */
const PUBLIC_KEY_PREFIX = 'whpk_';

export const standardWebhooks: Provider = {
  name: 'standard-webhooks',
  title: 'Standard Webhooks',
  summary: 'Any sender that follows Standard Webhooks. The type is `type` of the body.',
  reference: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  setup: [
    'Give `URL` to the sender, and store the secret it shows (`whsec_…`, or its public key `whpk_…`) as `SECRET`.',
  ],
  proves:
    'HMAC-SHA256 (`v1`) or Ed25519 (`v1a`) of `ID.TIMESTAMP.BODY`, any of `webhook-signature`, at most 5 minutes old',
  eventTypes: [],
  eventTypePlace: '`type` of the body',
  ...standardWebhooksFields('webhook-'),
};

/** What senders share that sign this way. `headerPrefix` stands before `id`, `timestamp` and `signature`. */
export function standardWebhooksFields(headerPrefix: string) {
  const idHeader = `${headerPrefix}id`;
  return {
    deliveryIdPlace: `header \`${idHeader}\``,
    settings: { ...fieldSettings, ...toleranceSettings() },
    needsSecret: true,
    ...standardWebhooksProof(headerPrefix),
    contentKinds: CONTENT_KINDS,
    success: { status: 202, body: 'id' },
    eventType: (_request, body) => bodyText(body, 'type'),
    deliveryId: (request) => readHeader(request, idHeader),
  } satisfies Partial<Provider>;
}

/** Both sides of the scheme. */
function standardWebhooksProof(headerPrefix: string): Proof {
  const scheme: HmacScheme = {
    header: `${headerPrefix}signature`,
    hash: 'sha256',
    encoding: 'base64',
    separator: ' ',
    prefix: 'v1,',
    content: '{id}.{timestamp}.{body}',
    idHeader: `${headerPrefix}id`,
    timestamp: { header: `${headerPrefix}timestamp`, unit: 's', toleranceMs: TOLERANCE_DEFAULT_MS },
    key: 'whsec',
  };
  const symmetric = hmacProof(scheme);
  const asymmetric = publicKeyProof({
    ...scheme,
    algorithm: 'ed25519',
    encoding: 'base64',
    prefix: 'v1a,',
    keyForm: 'base64',
    keyPrefix: PUBLIC_KEY_PREFIX,
  });
  return {
    verifier: (settings) => either(symmetric.verifier(settings), asymmetric.verifier(settings)),
    signer: (settings) => (request, key, id, nowMs) =>
      (key.includes('PRIVATE KEY') ? asymmetric : symmetric).signer(settings)(request, key, id, nowMs),
  };
}

/** Public keys check `v1a` signatures and other secrets `v1`; a key of one kind never vouches for the other. */
function either(symmetric: Verify, asymmetric: Verify): Verify {
  return (request, secrets, nowMs, trace) => {
    const publicKeys = secrets.filter((secret) => secret.startsWith(PUBLIC_KEY_PREFIX));
    if (publicKeys.length === 0) return symmetric(request, secrets, nowMs, trace);
    const verdict = asymmetric(request, publicKeys, nowMs, trace);
    if (verdict.ok || publicKeys.length === secrets.length) return verdict;
    const shared = secrets.filter((secret) => !secret.startsWith(PUBLIC_KEY_PREFIX));
    return symmetric(request, shared, nowMs, trace);
  };
}
