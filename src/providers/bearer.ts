// `provider: bearer`: a shared token in `Authorization: Bearer …`. It says who sent a request, not that nobody changed it.
import type { Provider } from './provider.ts';
import { anySender } from './senders.ts';
import { bearerProof } from './signing/authorization.ts';

export const bearer: Provider = {
  ...anySender,
  name: 'bearer',
  title: 'Any sender with a bearer token',
  summary: 'A shared token in `Authorization: Bearer TOKEN`.',
  setup: [
    'Make up a long random token (`openssl rand -hex 32`) and store it as `SECRET`.',
    'Give the sender `URL` and the header `Authorization: Bearer TOKEN`.',
  ],
  proves: 'the token itself, compared in constant time; nothing proves the body',
  needsSecret: true,
  ...bearerProof,
  challenge: 'Bearer',
};
