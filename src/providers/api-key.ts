// `provider: api_key`: a shared key in a header or in the query. It says who sent a request, not that nobody changed it.
import type { JsonObject } from '../../workflows/definition.ts';
import { anySecretEquals } from './constant-time.ts';
import { fieldSettings, idempotencyKey, IDEMPOTENCY_KEY_PLACE } from './event-fields.ts';
import { CONFLICT, singleHeader } from './headers.ts';
import { CONTENT_KINDS, refuse, type InboundRequest, type Provider } from './provider.ts';

const HEADER_DEFAULT = 'x-api-key';

export const apiKey: Provider = {
  name: 'api_key',
  summary: 'A shared key in a header (`x-api-key` by default) or in the query.',
  settings: {
    ...fieldSettings,
    header: {
      type: 'string',
      pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
      description: 'The header with the key.',
      default: HEADER_DEFAULT,
    },
    query: { type: 'string', minLength: 1, description: 'The query parameter with the key, instead of a header.' },
  },
  needsSecret: true,
  verifier: (settings) => (request, secrets) => {
    if (secrets.length === 0) return refuse(401, 'secret_not_set');
    const key = readKey(request, settings);
    if (key === CONFLICT) return refuse(400, 'header_conflict');
    if (key === undefined || key === '') return refuse(401, 'credential_missing');
    return anySecretEquals(secrets, key) ? { ok: true } : refuse(401, 'credential_mismatch');
  },
  credentials: (settings) =>
    typeof settings['query'] === 'string'
      ? { headers: [], query: [settings['query']] }
      : { headers: [headerName(settings)], query: [] },
  contentKinds: CONTENT_KINDS,
  success: { status: 202, body: 'id' },
  eventType: () => undefined,
  deliveryIdPlace: IDEMPOTENCY_KEY_PLACE,
  deliveryId: idempotencyKey,
};

function headerName(settings: JsonObject): string {
  return typeof settings['header'] === 'string' ? settings['header'].toLowerCase() : HEADER_DEFAULT;
}

function readKey(request: InboundRequest, settings: JsonObject): string | undefined | typeof CONFLICT {
  const parameter = settings['query'];
  if (typeof parameter !== 'string') return singleHeader(request, headerName(settings));
  const value = Object.hasOwn(request.query, parameter) ? request.query[parameter] : undefined;
  return Array.isArray(value) ? CONFLICT : value;
}
