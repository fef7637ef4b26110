// Linear webhooks. The signature covers the body alone, and the time to judge stands in it: `webhookTimestamp`.
// https://linear.app/developers/webhooks#securing-webhooks
import { bodyText, fieldSettings } from './event-fields.ts';
import { readHeader } from './headers.ts';
import { readObject } from './json-body.ts';
import { refuse, SigningError, type Provider, type Refusal, type Trace } from './provider.ts';
import { REPLAY_WINDOW_MS } from './senders.ts';
import { hmacProof } from './signing/hmac.ts';
import { judgeTime, toleranceMs, toleranceSettings } from './signing/signed-time.ts';

/** "Verify that it's within a minute of the time your system sees it": the page above. */
const TOLERANCE_MS = 60_000;
const TIME_FIELD = 'webhookTimestamp';

const signature = hmacProof({
  header: 'linear-signature',
  hash: 'sha256',
  encoding: 'hex',
  content: '{body}',
  key: 'utf8',
});

export const linear: Provider = {
  name: 'linear',
  title: 'Linear',
  summary: 'Linear webhooks. Types such as `Issue.create`.',
  reference: 'https://linear.app/developers/webhooks#securing-webhooks',
  setup: [
    'Open **Settings → API → Webhooks → New webhook** (an admin can).',
    'Put `URL` into *URL*, choose the data change events and the teams, and create it.',
    "Store the *Signing secret* of the webhook's page as `SECRET`.",
    'The signed time may be a minute from ours, as Linear advises: keep the clock right (NTP). Linear sends again after a minute, an hour and six hours; should `hookline deliveries rejected` show a retry refused as `timestamp_stale`, allow it with `tolerance: 7h`.',
  ],
  proves: 'HMAC-SHA256 of the raw body, in `Linear-Signature`, and `webhookTimestamp` of the body at most a minute old',
  eventTypes: ['Issue.create', 'Issue.update', 'Comment.create', 'Project.update', 'Cycle.remove'],
  eventTypePlace: '`type` of the body, `.` and its `action`',
  deliveryIdPlace: 'header `Linear-Delivery`',
  deadlineMs: 5_000,
  settings: { ...fieldSettings, ...toleranceSettings('1m') },
  needsSecret: true,
  verifier(settings) {
    const verifySignature = signature.verifier(settings);
    const tolerance = toleranceMs(settings['tolerance'], TOLERANCE_MS);
    return (request, secrets, nowMs, trace) => {
      const verdict = verifySignature(request, secrets, nowMs, trace);
      // Only what was proved is parsed.
      if (!verdict.ok) return verdict;
      return judgeBodyTime(request.body, tolerance, nowMs, trace) ?? verdict;
    };
  },
  signer: (settings) => (request, secret, id, nowMs) => {
    const body = readObject(request.body);
    if (body === undefined) throw new SigningError('the body is not a JSON object');
    const timed = Buffer.from(JSON.stringify({ ...body, [TIME_FIELD]: nowMs }));
    return signature.signer(settings)({ ...request, body: timed }, secret, id, nowMs);
  },
  contentKinds: ['json'],
  // Linear sends again unless the status is 200.
  success: { status: 200, body: 'id' },
  // The id is unsigned, so that within the tolerance a captured request could come under another one.
  replayWindowMs: REPLAY_WINDOW_MS,
  eventType(_request, body) {
    const type = bodyText(body, 'type');
    const action = bodyText(body, 'action');
    return type !== undefined && action !== undefined ? `${type}.${action}` : type;
  },
  deliveryId: (request) => readHeader(request, 'linear-delivery'),
  announce: (type = 'Issue.create', id) => ({ 'linear-event': type.split('.')[0]!, 'linear-delivery': id }),
};

function judgeBodyTime(bytes: Buffer, tolerance: number, nowMs: number, trace: Trace | undefined): Refusal | undefined {
  const body = readObject(bytes);
  const time = body !== undefined && Object.hasOwn(body, TIME_FIELD) ? body[TIME_FIELD] : undefined;
  if (time === undefined) return refuse(401, 'timestamp_missing');
  if (typeof time !== 'number') return refuse(400, 'timestamp_malformed');
  return judgeTime(String(time), 'ms', tolerance, nowMs, trace);
}
