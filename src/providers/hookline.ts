// Hookline's own envelope: the signature stands in the JSON document itself, over its RFC 8785 form without `signature`.
import { createHmac } from 'node:crypto';
import type { JsonObject } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { readObject } from './json-body.ts';
import { refuse, SigningError, type InboundRequest, type Provider, type Trace, type Verdict } from './provider.ts';
import { canonicalJson } from './signing/canonical-json.ts';
import { equalSignatures } from './signing/constant-time.ts';
import { judgeTime, TOLERANCE_DEFAULT_MS, toleranceMs, toleranceSettings, writeTime } from './signing/signed-time.ts';

const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

export const hookline: Provider = {
  name: 'hookline',
  title: 'Hookline envelope',
  summary: 'Hookline envelopes `{id, event_type, payload, timestamp, signature}`. `event.body` is the payload.',
  setup: [
    'Agree on a long random secret with the sender and store it as `SECRET`.',
    'The sender posts `{id, event_type, payload, timestamp, signature}` to `URL`: `timestamp` in Unix seconds, `signature` as `sha256=` and the hex HMAC of the RFC 8785 form of the document without `signature`.',
  ],
  proves: 'HMAC-SHA256 of the canonical JSON (RFC 8785) of the document without `signature`, at most 5 minutes old',
  eventTypes: [],
  eventTypePlace: '`event_type` of the envelope',
  deliveryIdPlace: '`id` of the envelope',
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  verifier: (settings) => {
    const tolerance = toleranceMs(settings['tolerance'], TOLERANCE_DEFAULT_MS);
    return (request, secrets, nowMs, trace) => verifyEnvelope(request, secrets, nowMs, tolerance, trace);
  },
  signer: () => (request, secret, id, nowMs) => {
    const given = readObject(request.body);
    if (given === undefined) throw new SigningError('the body is not a JSON object');
    // A file may hold the whole envelope, or only its payload.
    const isEnvelope = Object.hasOwn(given, 'payload') && typeof given['event_type'] === 'string';
    const envelope: JsonObject = isEnvelope ? { id, ...given } : { id, event_type: 'webhook', payload: given };
    const { signature: _old, ...document } = { ...envelope, timestamp: Number(writeTime(nowMs, 's')) } as JsonObject;
    const content = canonicalText(document);
    if (content === undefined) throw new SigningError('the body holds a number or a text that RFC 8785 cannot write');
    const signed = { ...document, signature: sign(content, secret) };
    return { ...request, body: Buffer.from(JSON.stringify(signed)) };
  },
  contentKinds: ['json'],
  proofInBody: true,
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event_type'),
  deliveryId: (_request, body) => bodyText(body, 'id'),
  eventBody: (body) => (body as JsonObject)['payload']!,
};

function verifyEnvelope(
  request: InboundRequest,
  secrets: readonly string[],
  nowMs: number,
  tolerance: number,
  trace: Trace | undefined,
): Verdict {
  const keys = secrets.filter((secret) => secret !== '');
  if (keys.length === 0) return refuse(401, 'secret_not_set');
  const envelope = parseEnvelope(request.body);
  if (envelope === undefined) return refuse(400, 'envelope_malformed');
  const { signature, ...document } = envelope;
  if (signature === undefined) return refuse(401, 'signature_missing');
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return refuse(400, 'signature_malformed');
  if (trace) trace.given = [signature];
  const refusal = judgeTime(String(document['timestamp']), 's', tolerance, nowMs, trace);
  if (refusal) return refusal;
  const content = canonicalText(document);
  if (content === undefined) return refuse(400, 'envelope_malformed');
  const expected = keys.map((key) => sign(content, key));
  if (trace) Object.assign(trace, { content: Buffer.from(content), computed: expected });
  return expected.some((one) => equalSignatures(one, signature)) ? { ok: true } : refuse(401, 'signature_mismatch');
}

function sign(content: string, key: string): string {
  return `sha256=${createHmac('sha256', key).update(content).digest('hex')}`;
}

/** The envelope, or undefined unless it has every field, each of its type. */
function parseEnvelope(bytes: Buffer): JsonObject | undefined {
  const document = readObject(bytes);
  if (document === undefined) return undefined;
  const { id, event_type: type, timestamp } = document;
  const complete = typeof id === 'string' && typeof type === 'string' && typeof timestamp === 'number';
  return complete && Object.hasOwn(document, 'payload') ? document : undefined;
}

function canonicalText(document: JsonObject): string | undefined {
  try {
    return canonicalJson(document);
  } catch {
    return undefined;
  }
}
