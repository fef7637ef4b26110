// GitHub and GitHub Enterprise: repository, organisation and app webhooks.
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import { hmacVerifier } from './hmac.ts';
import type { Provider } from './provider.ts';

export const github: Provider = {
  name: 'github',
  summary: 'GitHub webhooks. Types such as `issues.opened` or `push`.',
  settings: { ...fieldSettings },
  needsSecret: true,
  verifier: hmacVerifier({
    header: 'x-hub-signature-256',
    hash: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json', 'form'],
  jsonFormField: 'payload',
  success: { status: 202, body: 'id' },
  eventType(request, body) {
    const event = readHeader(request, 'x-github-event');
    const action = bodyText(body, 'action');
    return event !== undefined && action !== undefined ? `${event}.${action}` : event;
  },
  deliveryIdPlace: 'header `x-github-delivery`',
  deliveryId: (request) => readHeader(request, 'x-github-delivery'),
};
