// Twilio: messages and calls as forms, and Event Streams as JSON arrays of CloudEvents.
// https://www.twilio.com/docs/usage/webhooks/webhooks-security
import type { Json } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import type { InboundRequest, Provider } from './provider.ts';
import { REPLAY_WINDOW_MS } from './senders.ts';
import { signedForm, twilioProof } from './signing/twilio.ts';

const ID_HEADER = 'i-twilio-idempotency-token';

export const twilio: Provider = {
  name: 'twilio',
  title: 'Twilio',
  summary: 'Twilio webhooks. Types such as `message.received`, `call.completed` or those of Event Streams.',
  reference: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
  setup: [
    'In the Console store the *Auth Token* (**Account → API keys & tokens**) as `SECRET`. Name both tokens while you rotate it: `secret: [NEW, OLD]`.',
    'Put `URL` where the events are: **Phone Numbers → Active numbers → (number) → A message comes in / Call status changes**, a *Messaging Service*, a `statusCallback`, or an Event Streams *webhook sink*; the method is `HTTP POST`.',
    'Twilio signs the URL that it calls, with its query: set `HOOKLINE_PUBLIC_URL` to its `https://YOUR-HOST`, or say the URL without the query with `public_url` where it is another one.',
    'The answer is empty, so a message gets no reply and a call no instructions; let the flow send them with Twilio’s API.',
  ],
  proves:
    'HMAC-SHA1 of the URL and the sorted form fields in `X-Twilio-Signature`; for JSON of the URL, which holds the SHA-256 of the body as `bodySHA256`. The scheme puts nothing between names and values',
  eventTypes: [
    'message.received',
    'message.delivered',
    'call.completed',
    'recording.completed',
    'onMessageAdded',
    'com.twilio.messaging.message.sent',
  ],
  eventTypePlace:
    '`recording.`, `call.` or `message.` and the status (`RecordingStatus`, `MessageStatus`, `SmsStatus`, `CallStatus`), `EventType` of Conversations, `type` of Event Streams',
  deliveryIdPlace: 'header `I-Twilio-Idempotency-Token`, which retries keep; of each event of Event Streams its `id`',
  deadlineMs: 15_000,
  settings: { ...fieldSettings },
  needsSecret: true,
  ...twilioProof,
  contentKinds: ['form', 'json'],
  // A body that is no TwiML is an error to Twilio (12300); 204 means that there is nothing to do.
  success: { status: 204, body: 'empty' },
  replayWindowMs: REPLAY_WINDOW_MS,
  replayContent: signedForm,
  // Event Streams sends arrays: https://www.twilio.com/docs/events/webhook-quickstart
  items: (body) => (Array.isArray(body) ? body : undefined),
  hasSingles: true,
  eventType,
  deliveryId: (request) => readHeader(request, ID_HEADER),
  eventId: (body) => (isCloudEvent(body) ? bodyText(body, 'id') : undefined),
  announce: (_type, id) => ({ [ID_HEADER]: id }),
};

function eventType(_request: InboundRequest, body: Json): string | undefined {
  if (isCloudEvent(body)) return bodyText(body, 'type');
  return (
    bodyText(body, 'EventType') ??
    typed('recording', bodyText(body, 'RecordingStatus')) ??
    // Incoming messages have no MessageStatus, and status callbacks have both.
    typed('message', bodyText(body, 'MessageStatus') ?? bodyText(body, 'SmsStatus')) ??
    typed('call', bodyText(body, 'CallStatus'))
  );
}

function typed(subject: string, status: string | undefined): string | undefined {
  return status === undefined ? undefined : `${subject}.${status}`;
}

function isCloudEvent(body: Json): boolean {
  return bodyText(body, 'specversion') !== undefined;
}
