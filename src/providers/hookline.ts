// Hookline's own envelope: the signature stands in the JSON document itself, over its RFC 8785 form without `signature`.
import { createHmac } from 'node:crypto';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { canonicalJson } from './canonical-json.ts';
import { equalSignatures } from './constant-time.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { jsonDepthExceeds, JSON_DEPTH_MAX } from './json-depth.ts';
import { refuse, type InboundRequest, type Provider, type Verdict } from './provider.ts';
import { judgeTime, TOLERANCE_DEFAULT_MS, toleranceMs, toleranceSchema } from './signed-time.ts';

const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

export const hookline: Provider = {
  name: 'hookline',
  summary: 'Hookline envelopes `{id, event_type, payload, timestamp, signature}`. `event.body` is the payload.',
  settings: { ...fieldSettings, tolerance: toleranceSchema },
  needsSecret: true,
  verifier: (settings) => {
    const tolerance = toleranceMs(settings['tolerance'], TOLERANCE_DEFAULT_MS);
    return (request, secrets, nowMs) => verifyEnvelope(request, secrets, nowMs, tolerance);
  },
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'event_type'),
  deliveryIdPlace: '`id` of the envelope',
  deliveryId: (_request, body) => bodyText(body, 'id'),
  eventBody: (body) => (body as JsonObject)['payload']!,
};

function verifyEnvelope(
  request: InboundRequest,
  secrets: readonly string[],
  nowMs: number,
  tolerance: number,
): Verdict {
  const keys = secrets.filter((secret) => secret !== '');
  if (keys.length === 0) return refuse(401, 'secret_not_set');
  const envelope = parseEnvelope(request.body);
  if (envelope === undefined) return refuse(400, 'envelope_malformed');
  const { signature, ...document } = envelope;
  if (signature === undefined) return refuse(401, 'signature_missing');
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return refuse(400, 'signature_malformed');
  const refusal = judgeTime(String(document['timestamp']), 's', tolerance, nowMs);
  if (refusal) return refusal;
  const content = canonicalText(document);
  if (content === undefined) return refuse(400, 'envelope_malformed');
  return keys.some((key) => equalSignatures(sign(content, key), signature))
    ? { ok: true }
    : refuse(401, 'signature_mismatch');
}

function sign(content: string, key: string): string {
  return `sha256=${createHmac('sha256', key).update(content).digest('hex')}`;
}

/** The envelope, or undefined unless it has every field, each of its type. */
function parseEnvelope(bytes: Buffer): JsonObject | undefined {
  if (jsonDepthExceeds(bytes, JSON_DEPTH_MAX)) return undefined;
  let document: Json;
  try {
    document = JSON.parse(bytes.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
  if (document === null || typeof document !== 'object' || Array.isArray(document)) return undefined;
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
