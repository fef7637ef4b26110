// HubSpot's three signatures. A request with a newer one is judged by that alone, so that taking it away is all that a
// forger can do, and `version: v3` forbids.
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../workflows/definition.ts';
import { CONFLICT, singleHeader } from '../headers.ts';
import { refuse, type InboundRequest, type Proof, type Trace, type Verdict, type Verify } from '../provider.ts';
import { equalSignatures } from './constant-time.ts';
import { hmacProof } from './hmac.ts';
import { TOLERANCE_DEFAULT_MS } from './signed-time.ts';

const HEADER = 'x-hubspot-signature';
const HEADER_V3 = 'x-hubspot-signature-v3';
const VERSION_HEADER = 'x-hubspot-signature-version';
const SHA256_HEX = /^[0-9a-fA-F]{64}$/;

/** What HubSpot decodes in the URL before it signs: the table of its page on request validation. */
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

const v3 = hmacProof({
  header: HEADER_V3,
  hash: 'sha256',
  encoding: 'base64',
  content: ({ method, url, body, timestamp }) => [method, decodeUrl(url), body, timestamp],
  timestamp: { header: 'x-hubspot-request-timestamp', unit: 'ms', toleranceMs: TOLERANCE_DEFAULT_MS },
  key: 'utf8',
});

/** Both sides of all three. `version:` of the settings names the only one to take. */
export const hubspotProof: Proof = {
  verifier(settings) {
    const verifyV3 = v3.verifier(settings);
    const byVersion: Record<string, Verify> = { v1: older('v1'), v2: older('v2'), v3: verifyV3 };
    const pinned = versionOf(settings);
    if (pinned !== undefined) return byVersion[pinned]!;
    return (request, secrets, nowMs, trace) => {
      if (request.headers[HEADER_V3] !== undefined) return verifyV3(request, secrets, nowMs, trace);
      // Without a version the request is of an older app, which signs as v1.
      const version = singleHeader(request, VERSION_HEADER) ?? 'v1';
      if (version === CONFLICT) return refuse(400, 'header_conflict');
      const verify = Object.hasOwn(byVersion, version) ? byVersion[version] : undefined;
      return verify?.(request, secrets, nowMs, trace) ?? refuse(400, 'signature_malformed');
    };
  },
  signer(settings) {
    const version = versionOf(settings) ?? 'v3';
    if (version === 'v3') return v3.signer(settings);
    return (request, secret) => {
      const signature = hash(version, request, secret);
      const headers = { ...request.headers, [HEADER]: signature, [VERSION_HEADER]: version };
      return { ...request, headers };
    };
  },
};

function versionOf(settings: JsonObject): 'v1' | 'v2' | 'v3' | undefined {
  const version = settings['version'];
  return version === 'v1' || version === 'v2' || version === 'v3' ? version : undefined;
}

/**
 * SHA-256 over the secret and what it vouches for, which is no HMAC: who saw one request can extend its body, but only
 * by bytes that are not UTF-8 (a padding of 0x80), and such a body is refused when it is parsed.
 */
function older(version: 'v1' | 'v2'): Verify {
  return (request, secrets, _nowMs, trace): Verdict => {
    const usable = secrets.filter((secret) => secret !== '');
    if (usable.length === 0) return refuse(401, 'secret_not_set');
    const given = singleHeader(request, HEADER);
    if (given === CONFLICT) return refuse(400, 'header_conflict');
    if (given === undefined) return refuse(401, 'signature_missing');
    if (trace) trace.given = [given];
    if (!SHA256_HEX.test(given)) return refuse(400, 'signature_malformed');
    const expected = usable.map((secret) => hash(version, request, secret));
    if (trace) fillTrace(trace, version, request, expected);
    let matched = false;
    for (const one of expected) if (equalSignatures(one, given.toLowerCase())) matched = true;
    return matched ? { ok: true } : refuse(401, 'signature_mismatch');
  };
}

type Signable = Pick<InboundRequest, 'method' | 'url' | 'body'>;

function hash(version: 'v1' | 'v2', request: Signable, secret: string): string {
  return createHash('sha256').update(secret).update(prefix(version, request)).update(request.body).digest('hex');
}

/** What stands between the secret and the body. */
function prefix(version: 'v1' | 'v2', request: Signable): string {
  return version === 'v1' ? '' : request.method + request.url;
}

/** The secret comes first in what is hashed, and is never shown. */
function fillTrace(trace: Trace, version: 'v1' | 'v2', request: InboundRequest, computed: string[]): void {
  trace.content = Buffer.concat([Buffer.from(prefix(version, request)), request.body]);
  trace.computed = computed;
}

function decodeUrl(url: string): string {
  return url.replace(DECODED, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}
