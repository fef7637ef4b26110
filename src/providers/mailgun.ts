// Mailgun: webhooks (JSON) and messages forwarded by routes (forms). Only a time and a token are signed, never what is said: so
// a token counts once, whatever comes with it. https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
import { createHmac } from 'node:crypto';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { isForm, isObject, readJson } from './json-body.ts';
import { refuse, SigningError, type InboundRequest, type Provider, type Trace, type Verdict } from './provider.ts';
import { equalSignatures } from './signing/constant-time.ts';
import { judgeTime, toleranceMs, toleranceSettings, writeTime } from './signing/signed-time.ts';

/**
 * Mailgun asks not to be "too aggressive" with the time, and retries for 8 hours. A day covers that, and is far shorter than
 * delivery ids (here: tokens) are remembered, so that a token which is forgotten is stale.
 */
const TOLERANCE_MS = 24 * 60 * 60_000;
/**
 * Time and token are signed without anything between them, so digits could be moved from one to the other to make a new token.
 * Exactly ten digits of time leave one way to read them (until the year 2286).
 */
const TIMESTAMP = /^[0-9]{10}$/;
/** "Randomly generated string with length of 50". */
const TOKEN = /^[0-9A-Za-z_-]{20,128}$/;
const SIGNATURE = /^[0-9a-f]{64}$/i;
/** Routes forward messages without saying so; every other request names its event. */
const INBOUND_MESSAGE = 'inbound';

export const mailgun: Provider = {
  name: 'mailgun',
  title: 'Mailgun',
  summary: 'Events of Mailgun mail, such as `delivered` or `failed`, and mail that routes forward (`inbound`).',
  reference: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
  setup: [
    'Open **Send → Sending → Webhooks**, choose the domain, **Add webhook**, the event type, and put `URL` into *URL*.',
    'Store the *HTTP webhook signing key* (below the webhooks, or **API Security**; 32 hex digits, or `key-…` of older accounts) as `SECRET`. It is not the API key, and a subaccount has its own.',
    'For incoming mail make a route (**Receiving → Create route**) that stores or forwards to `URL`. Messages with attachments are only taken as *Store and notify*, since forwarded files come as `multipart`.',
  ],
  proves:
    'HMAC-SHA256 of the timestamp and the token in the body, at most a day old. The rest of the body is not signed: a token that was seen starts nothing again',
  eventTypes: ['accepted', 'delivered', 'failed', 'opened', 'clicked', 'unsubscribed', 'complained', INBOUND_MESSAGE],
  eventTypePlace: '`event` of `event-data`; of forwarded messages `inbound`',
  deliveryIdPlace: '`signature.token` (in forms `token`), always; of the event `event-data.id`',
  settings: { ...fieldSettings, ...toleranceSettings('1d') },
  settingsProblem,
  needsSecret: true,
  verifier(settings) {
    if (settingsProblem(settings) !== undefined) return () => refuse(401, 'settings_invalid');
    const tolerance = toleranceMs(settings['tolerance'], TOLERANCE_MS);
    return (request, secrets, nowMs, trace) => verify(request, secrets, nowMs, tolerance, trace);
  },
  signer: () => (request, key, id, nowMs) => {
    const timestamp = writeTime(nowMs, 's');
    const token = tokenOf(id);
    const fields = { timestamp, token, signature: sign(timestamp + token, key) };
    return { ...request, body: withProof(request.headers['content-type'], request.body, fields) };
  },
  contentKinds: ['json', 'form'],
  proofInBody: true,
  // 200 and 406 end the retries; anything else is sent again for 8 hours.
  success: { status: 200, body: 'empty' },
  eventType: (_request, body) =>
    bodyText(body, 'event-data', 'event') ??
    bodyText(body, 'event') ??
    (bodyText(body, 'recipient') === undefined ? undefined : INBOUND_MESSAGE),
  deliveryId: signedToken,
  eventId: (body) => bodyText(body, 'event-data', 'id'),
  eventBody: (body) => (isObject(body) && isObject(body['event-data']) ? body['event-data'] : body),
};

/** Any other delivery id is one that nobody signed: a captured token could be sent again with another. */
function settingsProblem(settings: JsonObject): string | undefined {
  if (settings['delivery_id'] === undefined) return undefined;
  return '`delivery_id` cannot be set: only the token is signed, so only by it a replayed request is known again';
}

function verify(
  request: InboundRequest,
  secrets: readonly string[],
  nowMs: number,
  tolerance: number,
  trace: Trace | undefined,
): Verdict {
  const keys = secrets.filter((secret) => secret !== '');
  if (keys.length === 0) return refuse(401, 'secret_not_set');
  const proof = readProof(request);
  if (proof === undefined) return refuse(400, 'envelope_malformed');
  const { timestamp, token, signature } = proof;
  if (signature === undefined) return refuse(401, 'signature_missing');
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return refuse(400, 'signature_malformed');
  if (trace) trace.given = [signature];
  if (token === undefined) return refuse(401, 'id_missing');
  if (typeof token !== 'string' || !TOKEN.test(token)) return refuse(400, 'signature_malformed');
  if (timestamp === undefined) return refuse(401, 'timestamp_missing');
  const time = typeof timestamp === 'number' ? String(timestamp) : timestamp;
  if (typeof time !== 'string' || !TIMESTAMP.test(time)) return refuse(400, 'timestamp_malformed');
  const refusal = judgeTime(time, 's', tolerance, nowMs, trace);
  if (refusal) return refusal;
  const content = time + token;
  const expected = keys.map((key) => sign(content, key));
  if (trace) Object.assign(trace, { content: Buffer.from(content), computed: expected });
  const given = signature.toLowerCase();
  return expected.some((one) => equalSignatures(one, given)) ? { ok: true } : refuse(401, 'signature_mismatch');
}

function sign(content: string, key: string): string {
  return createHmac('sha256', key).update(content).digest('hex');
}

interface BodyProof {
  timestamp?: Json;
  token?: Json;
  signature?: Json;
}

function readProof({ headers, body }: InboundRequest): BodyProof | undefined {
  return isForm(headers['content-type']) ? formProof(body) : jsonProof(body);
}

/** Read as the check reads it: were it another token than the one that was proved, a captured request would never be a repeat. */
function signedToken(request: InboundRequest): string | undefined {
  const token = readProof(request)?.token;
  return typeof token === 'string' ? token : undefined;
}

/** `{"signature": {"timestamp", "token", "signature"}, "event-data": …}` */
function jsonProof(bytes: Buffer): BodyProof | undefined {
  const document = readJson(bytes);
  if (!isObject(document)) return undefined;
  const proof = Object.hasOwn(document, 'signature') ? document['signature'] : {};
  return isObject(proof) ? ownFields(proof) : undefined;
}

/** The same three as fields of the form, each at most once. */
function formProof(bytes: Buffer): BodyProof | undefined {
  const fields = new URLSearchParams(bytes.toString('utf8'));
  const proof: JsonObject = {};
  for (const name of ['timestamp', 'token', 'signature']) {
    const values = fields.getAll(name);
    if (values.length > 1) return undefined;
    if (values.length === 1) proof[name] = values[0]!;
  }
  return ownFields(proof);
}

function ownFields(proof: JsonObject): BodyProof {
  return Object.fromEntries(['timestamp', 'token', 'signature'].flatMap((name) => field(proof, name)));
}

function field(proof: JsonObject, name: string): [string, Json][] {
  return Object.hasOwn(proof, name) ? [[name, proof[name]!]] : [];
}

/** An id that can be a token stays as it is, so that a delivery can be repeated on purpose. */
function tokenOf(id: string): string {
  return TOKEN.test(id) ? id : createHmac('sha256', 'token').update(id).digest('hex').slice(0, 50);
}

function withProof(contentType: string | undefined, bytes: Buffer, proof: Record<string, string>): Buffer {
  if (isForm(contentType)) {
    const fields = new URLSearchParams(bytes.toString('utf8'));
    for (const [name, value] of Object.entries(proof)) fields.set(name, value);
    return Buffer.from(fields.toString());
  }
  const document = readJson(bytes);
  if (!isObject(document)) throw new SigningError('the body is not a JSON object');
  // A file may hold the whole request, or only its `event-data`.
  const envelope = Object.hasOwn(document, 'event-data') ? document : { 'event-data': document };
  return Buffer.from(JSON.stringify({ ...envelope, signature: proof }));
}
