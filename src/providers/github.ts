// GitHub and GitHub Enterprise: repository, organisation and app webhooks.
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { Provider } from './provider.ts';
import { REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';

export const github: Provider = {
  name: 'github',
  title: 'GitHub',
  summary: 'GitHub webhooks. Types such as `issues.opened` or `push`.',
  reference: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
  setup: [
    'In the repository, organisation or app open **Settings → Webhooks → Add webhook**.',
    'Put `URL` into *Payload URL* and choose the content type `application/json` (forms are read too).',
    'Make up a long random *Secret* (`openssl rand -hex 32`) and store it as `SECRET`.',
    'Choose the events to send. GitHub sends a `ping` at once, which starts nothing unless a flow listens for it. **Recent Deliveries → Redeliver** keeps the delivery id, so that what was accepted starts nothing again.',
  ],
  proves: 'HMAC-SHA256 of the raw body, in `X-Hub-Signature-256`',
  eventTypes: ['push', 'issues.opened', 'pull_request.closed', 'workflow_run.completed'],
  eventTypePlace: 'header `X-GitHub-Event`, and `.` and `action` of the body where there is one',
  deliveryIdPlace: 'header `X-GitHub-Delivery`',
  deadlineMs: 10_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
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
  replayWindowMs: REPLAY_WINDOW_MS,
  eventType(request, body) {
    const event = readHeader(request, 'x-github-event');
    const action = bodyText(body, 'action');
    return event !== undefined && action !== undefined ? `${event}.${action}` : event;
  },
  deliveryId: (request) => readHeader(request, 'x-github-delivery'),
  announce: (type = 'ping', id) => ({ 'x-github-event': type.split('.')[0]!, 'x-github-delivery': id }),
};
