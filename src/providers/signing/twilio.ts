// Twilio's signature: HMAC-SHA1 over the URL that Twilio called and the form's fields, or the hash of the body in the URL.
// Names and values are signed without anything between them: what else may stand for them is refused here.
// https://www.twilio.com/docs/usage/webhooks/webhooks-security
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import {
  refuse,
  SigningError,
  type InboundRequest,
  type OutboundRequest,
  type Proof,
  type Refusal,
} from '../provider.ts';
import { equalSignatures } from './constant-time.ts';
import { hmacProof } from './hmac.ts';

/** The query parameter with the hex SHA-256 of a body that is no form. */
const BODY_HASH = 'bodySHA256';
const SHA256_HEX = /^[0-9a-fA-F]{64}$/;
/** How a field is written; `=`, `&` and spaces in names and values are escaped. */
const FIELD = /^[^=\s]+=[^=\s]*$/;
/** Scheme, user, host, port and the rest of a URL as text: the signature is over its very characters. */
const URL_PARTS = /^(https?:\/\/)((?:[^/?#]*@)?)(\[[^\]/?#]*\]|[^:/?#]*)((?::[0-9]*)?)(.*)$/is;

const proof = hmacProof({
  header: 'x-twilio-signature',
  hash: 'sha1',
  encoding: 'base64',
  content: ({ url, body }) => [url, body],
  key: 'utf8',
});

/** Both sides. The URL is the source's public one, in each form in which Twilio may have signed it. */
export const twilioProof: Proof = {
  verifier(settings) {
    const verify = proof.verifier(settings);
    return (request, secrets, nowMs, trace) => {
      const signed = signedBody(request);
      const body = Buffer.isBuffer(signed) ? signed : Buffer.alloc(0);
      const [asConfigured, ...others] = urlVariants(request.url);
      let verdict = verify({ ...request, url: asConfigured!, body }, secrets, nowMs, trace);
      const content = trace?.content;
      const isJudged = verdict.ok || verdict.reason === 'signature_mismatch';
      if (!Buffer.isBuffer(signed)) return isJudged ? signed : verdict;
      for (const url of others) {
        if (verdict.ok || !isJudged) break;
        verdict = verify({ ...request, url, body }, secrets, nowMs, trace);
      }
      // People are shown the URL that they configured.
      if (trace && content) trace.content = content;
      return verdict;
    };
  },
  signer: (settings) => (request, secret, id, nowMs) => {
    const hashed = isForm(request) ? request : withBodyHash(request);
    const body = signedBody(hashed);
    if (!Buffer.isBuffer(body)) throw new SigningError('the body is no form that can be signed: a field needs a name');
    const { headers } = proof.signer(settings)({ ...hashed, body }, secret, id, nowMs);
    return { ...hashed, headers };
  },
};

type Signable = Pick<InboundRequest, 'url' | 'body'>;

/** What is signed after the URL: nothing where the URL holds the body's hash, else the fields. */
function signedBody({ url, body }: Signable): Buffer | Refusal {
  const hashes = URL.canParse(url) ? new URL(url).searchParams.getAll(BODY_HASH) : [];
  if (hashes.length === 0) return formContent(body);
  const [hash] = hashes;
  if (hashes.length > 1 || !SHA256_HEX.test(hash!)) return refuse(400, 'signature_malformed');
  return equalSignatures(sha256(body), hash!.toLowerCase()) ? Buffer.alloc(0) : refuse(401, 'body_hash_mismatch');
}

/**
 * What is signed of a form: the same fields escaped otherwise, in another order or repeated have the same signature. Undefined
 * where the body itself is what is proved.
 */
export function signedForm(request: Signable): Buffer | undefined {
  const signed = signedBody(request);
  return Buffer.isBuffer(signed) && signed.length > 0 ? signed : undefined;
}

/**
 * Fields sorted by name, each name and value after the other. Of a repeated one every value once, sorted, with its name
 * each time: as the `validateRequest` of Twilio's Node library does it.
 */
function formContent(body: Buffer): Buffer | Refusal {
  if (body.length === 0) return body;
  const text = body.toString('utf8');
  // Neither a form nor with its hash in the URL: nothing would vouch for this body.
  if (!isUtf8(body) || !text.split('&').every((field) => FIELD.test(field))) return refuse(401, 'body_hash_mismatch');
  const values = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(text)) {
    const known = values.get(name);
    if (known) known.add(value);
    else values.set(name, new Set([value]));
  }
  const pieces = [...values.keys()]
    .toSorted()
    .flatMap((name) => [...values.get(name)!].toSorted().map((value) => name + value));
  return Buffer.from(pieces.join(''));
}

/**
 * The URL with and without its port, and then as a URL parser and an old query writer normalise it: Twilio's Node library
 * tries the same, since products of Twilio sign one or the other.
 */
function urlVariants(url: string): string[] {
  const normalised = URL.canParse(url) ? new URL(url).href : url;
  const asCalled = [url, withoutPort(url), withPort(url)];
  const asParsed = [withoutPort(normalised), withPort(normalised)];
  return [...new Set([...asCalled, ...asParsed, ...asParsed.map(rewriteQuery)])];
}

function withoutPort(url: string): string {
  return url.replace(URL_PARTS, '$1$2$3$5');
}

function withPort(url: string): string {
  const parts = URL_PARTS.exec(url);
  if (!parts || parts[4] !== '') return url;
  const port = parts[1]!.toLowerCase() === 'https://' ? ':443' : ':80';
  return `${parts[1]}${parts[2]}${parts[3]}${port}${parts[5]}`;
}

function rewriteQuery(url: string): string {
  const start = url.indexOf('?');
  return start === -1 || start === url.length - 1
    ? url
    : `${url.slice(0, start)}?${stringify(parse(url.slice(start + 1)))}`;
}

function isForm({ headers, body }: OutboundRequest): boolean {
  return (
    body.length === 0 || (headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')
  );
}

function withBodyHash(request: OutboundRequest): OutboundRequest {
  const url = new URL(request.url);
  url.searchParams.set(BODY_HASH, sha256(request.body));
  return { ...request, url: url.href };
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
