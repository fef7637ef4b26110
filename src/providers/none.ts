// `auth: none`: anybody may send. The loader lets it through only when the author says it.
import type { Provider } from './provider.ts';
import { anySender } from './senders.ts';

export const none: Provider = {
  ...anySender,
  name: 'none',
  title: 'Anybody (`auth: none`)',
  summary: 'Accepts requests from anybody, unverified.',
  setup: ['Only for what anybody may start. `ip_allow` and `rate` still hold.'],
  proves: 'nothing',
  needsSecret: false,
  verifier: () => () => ({ ok: true }),
  signer: () => (request) => request,
};
