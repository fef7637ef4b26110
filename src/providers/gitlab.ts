// GitLab project, group and system hooks: signed with a signing token (Standard Webhooks), or the older secret token itself.
// https://docs.gitlab.com/user/project/integrations/webhooks/
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader, singleHeader } from './headers.ts';
import type { InboundRequest, Proof, Provider, Verify } from './provider.ts';
import { sharedSecretProof } from './signing/shared-secret.ts';
import { toleranceSettings } from './signing/signed-time.ts';
import { standardWebhooksFields } from './standard-webhooks.ts';

const SIGNING_TOKEN_PREFIX = 'whsec_';
const SECRET_TOKEN_HEADER = 'x-gitlab-token';

/** Signed with a signing token, whose id header is equal to `Idempotency-Key`. */
const signed: Proof = standardWebhooksFields('webhook-');

const secretToken: Proof = sharedSecretProof({
  read: (request) => singleHeader(request, SECRET_TOKEN_HEADER),
  write: (request, _settings, secret) => ({
    ...request,
    headers: { ...request.headers, [SECRET_TOKEN_HEADER]: secret },
  }),
});

// No replay window: a signature proves id and time, and who captured a secret token can send what they like.
export const gitlab: Provider = {
  name: 'gitlab',
  title: 'GitLab',
  summary: 'GitLab webhooks. Types such as `push` or `merge_request.open`.',
  reference: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  setup: [
    'In the project or group open **Settings → Webhooks → Add new webhook**, and put `URL` into *URL*.',
    'Set a *Signing token* (`whsec_…`) and store it, prefix included, as `SECRET`: requests are then signed, and a secret token alone is not enough.',
    'An older GitLab only has a *Secret token*: make up a long random one (`openssl rand -hex 32`) and store that as `SECRET`. It says who sent a request, not that nobody changed it.',
    'Choose the triggers, leave *Enable SSL verification* on, and save; **Test** sends a sample of a trigger.',
  ],
  proves:
    'with a signing token HMAC-SHA256 of `ID.TIMESTAMP.BODY`, in `webhook-signature`, at most 5 minutes old; with a secret token only that token, in `X-Gitlab-Token`, compared in constant time',
  eventTypes: [
    'push',
    'tag_push',
    'merge_request.open',
    'merge_request.merge',
    'issue.close',
    'pipeline',
    'note.create',
  ],
  eventTypePlace: '`object_kind` (or `event_name`), and `.` and the `action` where there is one',
  // X-Gitlab-Event-UUID is no delivery's id: hooks that are caused by another hook share it, and so do those of one request
  // (lib/gitlab/web_hooks/recursion_detection/uuid.rb). X-Gitlab-Webhook-UUID is new with each attempt.
  deliveryIdPlace: 'header `webhook-id`, else `Idempotency-Key`, which retries keep',
  deadlineMs: 10_000,
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  verifier: (settings) => signedOrToken(signed.verifier(settings), secretToken.verifier(settings)),
  signer: (settings) => (request, secret, id, nowMs) =>
    (isSigningToken(secret) ? signed : secretToken).signer(settings)(request, secret, id, nowMs),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  credentials: () => ({ headers: [SECRET_TOKEN_HEADER], query: [] }),
  eventType,
  deliveryId: (request) => readHeader(request, 'webhook-id') ?? readHeader(request, 'idempotency-key'),
  announce: (type = 'push', id) => ({ 'x-gitlab-event': hookName(type), 'idempotency-key': id }),
};

/** A signing token vouches for signatures and a secret token for itself: who knows the one is not taken for the other. */
function signedOrToken(signature: Verify, token: Verify): Verify {
  return (request, secrets, nowMs, trace) => {
    const signingTokens = secrets.filter(isSigningToken);
    const secretTokens = secrets.filter((secret) => !isSigningToken(secret));
    if (signingTokens.length === 0) return token(request, secretTokens, nowMs, trace);
    const verdict = signature(request, signingTokens, nowMs, trace);
    const bringsToken = request.headers[SECRET_TOKEN_HEADER] !== undefined;
    if (verdict.ok || secretTokens.length === 0 || !bringsToken) return verdict;
    return token(request, secretTokens, nowMs, trace);
  };
}

function isSigningToken(secret: string): boolean {
  return secret.startsWith(SIGNING_TOKEN_PREFIX);
}

/** Bodies that a custom template made may lack everything; then the header says what kind of hook it is. */
function eventType(request: InboundRequest, body: Json): string | undefined {
  const kind = bodyText(body, 'object_kind');
  if (kind === undefined) return bodyText(body, 'event_name') ?? kindOfHook(readHeader(request, 'x-gitlab-event'));
  const action = bodyText(body, 'object_attributes', 'action') ?? bodyText(body, 'action');
  return action === undefined ? kind : `${kind}.${action}`;
}

/** `Merge Request Hook` → `merge_request`. */
function kindOfHook(hook: string | undefined): string | undefined {
  return hook
    ?.replace(/ Hook$/, '')
    .toLowerCase()
    .replaceAll(' ', '_');
}

/** `merge_request.open` → `Merge Request Hook`. */
function hookName(type: string): string {
  const words = type.split('.')[0]!.split('_');
  return [...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)), 'Hook'].join(' ');
}
