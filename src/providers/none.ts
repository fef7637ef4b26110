// `auth: none`: anybody may send. The loader lets it through only when the author says it.
import { fieldSettings, idempotencyKey, IDEMPOTENCY_KEY_PLACE } from './event-fields.ts';
import { CONTENT_KINDS, type Provider } from './provider.ts';

export const none: Provider = {
  name: 'none',
  summary: 'Accepts requests from anybody, unverified.',
  settings: { ...fieldSettings },
  needsSecret: false,
  verifier: () => () => ({ ok: true }),
  contentKinds: CONTENT_KINDS,
  success: { status: 202, body: 'id' },
  eventType: () => undefined,
  deliveryIdPlace: IDEMPOTENCY_KEY_PLACE,
  deliveryId: idempotencyKey,
};
