// Sentry: webhooks of internal and public integrations (issues, alerts, errors, comments, installations).
// https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { Provider } from './provider.ts';
import { REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';

export const sentry: Provider = {
  name: 'sentry',
  title: 'Sentry',
  summary: 'Webhooks of Sentry integrations. Types such as `issue.created` or `event_alert.triggered`.',
  reference: 'https://docs.sentry.io/organization/integrations/integration-platform/webhooks/',
  setup: [
    'Open **Settings → Developer Settings → Custom Integrations → Create New Integration** and choose *Internal Integration*.',
    'Put `URL` into *Webhook URL*, turn on *Alert Rule Action* if alerts shall come, give it read access to issues and events, and choose the webhooks.',
    'Save, and store the *Client Secret* as `SECRET`.',
  ],
  proves: 'HMAC-SHA256 of the raw body, in `Sentry-Hook-Signature`; `Sentry-Hook-Timestamp` is not signed',
  eventTypes: [
    'issue.created',
    'issue.resolved',
    'event_alert.triggered',
    'metric_alert.critical',
    'error.created',
    'comment.created',
    'installation.created',
  ],
  eventTypePlace: 'header `Sentry-Hook-Resource`, and `.` and `action` of the body',
  deliveryIdPlace: 'header `Request-ID`',
  // "your server should respond within 1 second": https://sentry.io/changelog/2023-10-3-change-to-integration-platform-webhook-handling
  deadlineMs: 1_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'sentry-hook-signature',
    hash: 'sha256',
    encoding: 'hex',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 200, body: 'empty' },
  replayWindowMs: REPLAY_WINDOW_MS,
  eventType(request, body) {
    const resource = readHeader(request, 'sentry-hook-resource');
    const action = bodyText(body, 'action');
    return resource !== undefined && action !== undefined ? `${resource}.${action}` : resource;
  },
  deliveryId: (request) => readHeader(request, 'request-id'),
  announce: (type = 'issue.created', id) => ({ 'sentry-hook-resource': type.split('.')[0]!, 'request-id': id }),
};
