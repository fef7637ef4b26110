// `provider: basic`: HTTP Basic (RFC 7617); the secret is `user:password`. It does not protect the body.
import { readAuthorization } from './authorization.ts';
import { anySecretEquals } from './constant-time.ts';
import { fieldSettings, idempotencyKey, IDEMPOTENCY_KEY_PLACE } from './event-fields.ts';
import { CONTENT_KINDS, refuse, type Provider } from './provider.ts';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export const basic: Provider = {
  name: 'basic',
  summary: 'HTTP Basic; the secret is `user:password`.',
  settings: { ...fieldSettings },
  needsSecret: true,
  verifier: () => (request, secrets) => {
    // Without a colon the secret is no user and password, and no request could carry it.
    const pairs = secrets.filter((secret) => secret.includes(':'));
    if (pairs.length === 0) return refuse(401, 'secret_not_set');
    const credentials = readAuthorization(request, 'basic');
    if (typeof credentials !== 'string') return credentials;
    if (!BASE64.test(credentials)) return refuse(400, 'credential_malformed');
    const given = Buffer.from(credentials, 'base64').toString('utf8');
    return anySecretEquals(pairs, given) ? { ok: true } : refuse(401, 'credential_mismatch');
  },
  challenge: 'Basic realm="hookline", charset="UTF-8"',
  contentKinds: CONTENT_KINDS,
  success: { status: 202, body: 'id' },
  eventType: () => undefined,
  deliveryIdPlace: IDEMPOTENCY_KEY_PLACE,
  deliveryId: idempotencyKey,
};
