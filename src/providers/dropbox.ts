// Dropbox: notices that the files of an account changed, with the GET challenge. They say who, never what.
// https://www.dropbox.com/developers/reference/webhooks
import type { Json } from '../../workflows/definition.ts';
import { plainAnswer, readChallenge } from './challenge.ts';
import { fieldSettings } from './event-fields.ts';
import { isObject } from './json-body.ts';
import type { HandshakeAnswer, InboundRequest, Provider } from './provider.ts';
import { hmacProof } from './signing/hmac.ts';

export const dropbox: Provider = {
  name: 'dropbox',
  title: 'Dropbox',
  summary: 'Dropbox notices of changed accounts. The type is `list_folder`; ask the API for what changed.',
  reference: 'https://www.dropbox.com/developers/reference/webhooks',
  setup: [
    'Open the app in the App Console (dropbox.com/developers/apps) and store its *App secret* (**Settings**) as `SECRET`.',
    'Put `URL` into *Webhook URIs* and choose **Add**: Dropbox sends a challenge at once, which is answered.',
    'Accounts that connected the app are watched from then on; call `/files/list_folder/continue` with the cursor you kept.',
  ],
  proves: 'HMAC-SHA256 of the raw body, in `X-Dropbox-Signature`',
  eventTypes: ['list_folder'],
  eventTypePlace: 'the first field of the body',
  deliveryIdPlace:
    'none: two notices about one account are the same bytes and both count (`replay_window` can join those of a time)',
  // "Your app has up to ten seconds to respond".
  deadlineMs: 10_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...hmacProof({
    header: 'x-dropbox-signature',
    hash: 'sha256',
    encoding: 'hex',
    content: '{body}',
    key: 'utf8',
  }),
  contentKinds: ['json'],
  success: { status: 200, body: 'empty' },
  eventType: (_request, body: Json) => (isObject(body) ? Object.keys(body)[0] : undefined),
  // The body is only `{"list_folder": {"accounts": […]}, …}`, without a time: were its hash an id, or were there a replay window,
  // all but the first change of an account would be lost. A replayed notice only makes a flow look once more.
  deliveryId: () => undefined,
  handshakeMethods: ['GET'],
  greeting,
};

/** "Your app needs to respond by echoing back that challenge", as text/plain with nosniff. */
function greeting(request: InboundRequest): HandshakeAnswer | undefined {
  const challenge = request.method === 'GET' ? readChallenge(request, 'challenge') : undefined;
  return challenge === undefined ? undefined : plainAnswer(200, challenge);
}
