// `provider: api_key`: a shared key in a header or in the query. It says who sent a request, not that nobody changed it.
import type { JsonObject } from '../../workflows/definition.ts';
import { fieldSettings } from './event-fields.ts';
import { CONFLICT, singleHeader } from './headers.ts';
import type { Provider } from './provider.ts';
import { anySender } from './senders.ts';
import { sharedSecretProof } from './signing/shared-secret.ts';

const HEADER_DEFAULT = 'x-api-key';

export const apiKey: Provider = {
  ...anySender,
  name: 'api_key',
  title: 'Any sender with an API key',
  summary: 'A shared key in a header (`x-api-key` by default) or in the query.',
  setup: [
    'Make up a long random key (`openssl rand -hex 32`) and store it as `SECRET`.',
    'Give the sender `URL`, the key, and the header to send it in.',
  ],
  proves: 'the key itself, compared in constant time; nothing proves the body',
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
  ...sharedSecretProof({
    read(request, settings) {
      const parameter = settings['query'];
      if (typeof parameter !== 'string') return singleHeader(request, headerName(settings));
      const value = Object.hasOwn(request.query, parameter) ? request.query[parameter] : undefined;
      return Array.isArray(value) ? CONFLICT : value;
    },
    write(request, settings, secret) {
      const parameter = settings['query'];
      if (typeof parameter !== 'string') {
        return { ...request, headers: { ...request.headers, [headerName(settings)]: secret } };
      }
      const url = new URL(request.url);
      url.searchParams.set(parameter, secret);
      return { ...request, url: url.href };
    },
  }),
  credentials: (settings) =>
    typeof settings['query'] === 'string'
      ? { headers: [], query: [settings['query']] }
      : { headers: [headerName(settings)], query: [] },
};

function headerName(settings: JsonObject): string {
  return typeof settings['header'] === 'string' ? settings['header'].toLowerCase() : HEADER_DEFAULT;
}
