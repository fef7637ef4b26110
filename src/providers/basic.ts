// `provider: basic`: HTTP Basic (RFC 7617); the secret is `user:password`. It does not protect the body.
import type { Provider } from './provider.ts';
import { refuse } from './provider.ts';
import { anySender } from './senders.ts';
import { readAuthorization } from './signing/authorization.ts';
import { sharedSecretProof } from './signing/shared-secret.ts';

export const basic: Provider = {
  ...anySender,
  name: 'basic',
  title: 'Any sender with HTTP Basic',
  summary: 'HTTP Basic; the secret is `user:password`.',
  setup: [
    'Store `user:password`, both made up by you, as `SECRET`.',
    'Give the sender `URL`, the user and the password; where it only takes a URL, `https://user:password@…`.',
  ],
  proves: 'user and password, compared in constant time; nothing proves the body',
  needsSecret: true,
  ...sharedSecretProof({
    // Without a colon the secret is no user and password, and no request could carry it.
    isUsable: (secret) => secret.includes(':'),
    read(request) {
      const credentials = readAuthorization(request, 'basic');
      if (typeof credentials !== 'string') return credentials;
      const decoded = Buffer.from(credentials, 'base64');
      // One spelling only: Node would also read what has bits left over, no padding, or anything else between.
      if (decoded.toString('base64') !== credentials) return refuse(400, 'credential_malformed');
      return decoded.toString('utf8');
    },
    write: (request, _settings, secret) => {
      const authorization = `Basic ${Buffer.from(secret).toString('base64')}`;
      return { ...request, headers: { ...request.headers, authorization } };
    },
  }),
  challenge: 'Basic realm="hookline", charset="UTF-8"',
};
