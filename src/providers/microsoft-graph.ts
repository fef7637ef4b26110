// Microsoft Graph: change and lifecycle notifications. Nothing is signed: each notification holds the secret we subscribed with.
// https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
import type { Json } from '../../workflows/definition.ts';
import { plainAnswer, readChallenge } from './challenge.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { isObject, readJson } from './json-body.ts';
import { refuse, SigningError, type InboundRequest, type Provider, type Trace, type Verdict } from './provider.ts';
import { bodyHash } from './senders.ts';
import { anySecretEquals } from './signing/constant-time.ts';

export const microsoftGraph: Provider = {
  name: 'microsoft-graph',
  title: 'Microsoft Graph',
  summary: 'Microsoft Graph change notifications. Types are `created`, `updated`, `deleted` and lifecycle events.',
  reference: 'https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks',
  setup: [
    'Make up a long random secret (`openssl rand -hex 32`, at most 255 characters) and store it as `SECRET`.',
    'Create the subscription: `POST https://graph.microsoft.com/v1.0/subscriptions` with the secret as `clientState`, and `URL` as `notificationUrl` and `lifecycleNotificationUrl`. Graph sends a validation token at once, which is answered.',
    'Renew it (`PATCH /subscriptions/ID`) before `expirationDateTime`; a flow on `reauthorizationRequired` can do that.',
  ],
  proves:
    '`clientState` of every notification in the request, compared in constant time; nothing proves the rest (`validationTokens` of notifications with resource data are not checked)',
  eventTypes: ['created', 'updated', 'deleted', 'reauthorizationRequired', 'subscriptionRemoved', 'missed'],
  eventTypePlace: '`changeType` of the notification, or its `lifecycleEvent`',
  deliveryIdPlace: '`id` of the notification; some resources (files, lists) send none, and then each one counts',
  // "in a timely manner": endpoints that take longer are called slow.
  deadlineMs: 10_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  verifier: () => verify,
  signer: () => (request, secret) => {
    const document = readJson(request.body);
    if (!isObject(document)) throw new SigningError('the body is not a JSON object');
    // A file may hold the whole request, or only one notification.
    const envelope = Array.isArray(document['value']) ? document : { value: [document] };
    const value = (envelope['value'] as Json[]).map((one) => (isObject(one) ? { ...one, clientState: secret } : one));
    return { ...request, body: Buffer.from(JSON.stringify({ ...envelope, value })) };
  },
  contentKinds: ['json'],
  proofInBody: true,
  // "return a 202 - Accepted status code" when it is kept for later.
  success: { status: 202, body: 'empty' },
  items: (body) => notifications(body),
  eventType: (_request, body) => bodyText(body, 'changeType') ?? bodyText(body, 'lifecycleEvent'),
  // Notifications without an id may be equal and mean two changes. Who could replay one has the secret anyhow.
  deliveryId: (request, body) =>
    notifications(body)?.every((one) => bodyText(one, 'id') !== undefined) ? bodyHash(request) : undefined,
  eventId: (body) => bodyText(body, 'id'),
  eventBody: withoutSecret,
  greeting: (request) => {
    // https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation: a POST whose
    // token comes in the query, to be returned decoded, as text/plain, within 10 seconds.
    const token = request.method === 'POST' ? readChallenge(request, 'validationToken') : undefined;
    return token === undefined ? undefined : plainAnswer(200, token);
  },
};

function notifications(body: Json | undefined): Json[] | undefined {
  return isObject(body) && Array.isArray(body['value']) ? body['value'] : undefined;
}

function withoutSecret(body: Json): Json {
  if (!isObject(body)) return body;
  const { clientState: _secret, ...rest } = body;
  return rest;
}

/** Every notification must hold the secret: one that does could otherwise bring others along. */
function verify(
  request: InboundRequest,
  secrets: readonly string[],
  _nowMs: number,
  trace: Trace | undefined,
): Verdict {
  const usable = secrets.filter((secret) => secret !== '');
  if (usable.length === 0) return refuse(401, 'secret_not_set');
  const found = notifications(readJson(request.body));
  if (found === undefined) return refuse(400, 'envelope_malformed');
  if (found.length === 0) return refuse(401, 'credential_missing');
  for (const notification of found) {
    if (!isObject(notification)) return refuse(400, 'envelope_malformed');
    const given = Object.hasOwn(notification, 'clientState') ? notification['clientState'] : undefined;
    if (given === undefined || given === null || given === '') return refuse(401, 'credential_missing');
    if (typeof given !== 'string') return refuse(400, 'credential_malformed');
    if (trace) Object.assign(trace, { given: [given], computed: usable });
    if (!anySecretEquals(usable, given)) return refuse(401, 'credential_mismatch');
  }
  return { ok: true };
}
