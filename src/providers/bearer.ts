// `provider: bearer`: a shared token in `Authorization: Bearer …`. It says who sent a request, not that nobody changed it.
import { readAuthorization } from './authorization.ts';
import { anySecretEquals } from './constant-time.ts';
import { fieldSettings, idempotencyKey, IDEMPOTENCY_KEY_PLACE } from './event-fields.ts';
import { CONTENT_KINDS, refuse, type Provider } from './provider.ts';

export const bearer: Provider = {
  name: 'bearer',
  summary: 'A shared token in `Authorization: Bearer TOKEN`.',
  settings: { ...fieldSettings },
  needsSecret: true,
  verifier: () => (request, secrets) => {
    if (secrets.length === 0) return refuse(401, 'secret_not_set');
    const token = readAuthorization(request, 'bearer');
    if (typeof token !== 'string') return token;
    return anySecretEquals(secrets, token) ? { ok: true } : refuse(401, 'credential_mismatch');
  },
  challenge: 'Bearer',
  contentKinds: CONTENT_KINDS,
  success: { status: 202, body: 'id' },
  eventType: () => undefined,
  deliveryIdPlace: IDEMPOTENCY_KEY_PLACE,
  deliveryId: idempotencyKey,
};
