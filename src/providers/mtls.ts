// `provider: mtls`: a client certificate that a proxy in front of Hookline checked and tells of in headers. Headers of anybody
// who is not a listed proxy are never believed.
import type { JsonObject } from '../../workflows/definition.ts';
import { fieldSettings } from './event-fields.ts';
import { CONFLICT, singleHeader } from './headers.ts';
import {
  refuse,
  type InboundRequest,
  type OutboundRequest,
  type Provider,
  type Refusal,
  type Trace,
  type Verdict,
} from './provider.ts';
import { anySender } from './senders.ts';
import { readClientCertificate, writeClientCertificate, type ClientCertificate } from './signing/client-certificate.ts';

const HEADER_PATTERN = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";
/** SHA-1 (nginx's `$ssl_client_fingerprint`) or SHA-256 (Envoy's `Hash`), with or without colons. */
const FINGERPRINT_PATTERN = '^([0-9a-fA-F]{2}:?){19}([0-9a-fA-F]{2}:?){0,12}[0-9a-fA-F]{2}$';
const SHA1_DIGITS = 40;
const SHA256_DIGITS = 64;

export const mtls: Provider = {
  ...anySender,
  name: 'mtls',
  title: 'Any sender with a client certificate',
  summary: 'Mutual TLS that ends at a proxy: it checks the certificate and tells of it in headers.',
  reference: 'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_verify_client',
  setup: [
    'Let the proxy ask for client certificates of the CA you trust (nginx: `ssl_client_certificate` and `ssl_verify_client on`; Envoy: `require_client_certificate` with a `validation_context`).',
    'Let it overwrite the headers, so that no sender can set them. nginx: `proxy_set_header X-SSL-Client-Verify $ssl_client_verify; proxy_set_header X-SSL-Client-Fingerprint $ssl_client_fingerprint; proxy_set_header X-SSL-Client-Subject $ssl_client_s_dn;` Envoy: `forward_client_cert_details: SANITIZE_SET` with `subject: true`.',
    'List the address of the proxy in `HOOKLINE_TRUSTED_PROXIES`, and let nobody else reach Hookline.',
    'Name the certificates that may send in `fingerprints`, `subjects` or (Envoy) `uris`. Without any, nginx takes every certificate of the CA.',
    'Give the sender `URL` at the proxy.',
  ],
  proves:
    'that a proxy listed in `HOOKLINE_TRUSTED_PROXIES` saw an allowed client certificate; the body is as safe as the connection behind the proxy',
  exampleSettings: { fingerprints: ['0b14cd2b8ba7d4a0e0d26a1fd2cb9ccc0b1d2bc5'] },
  settings: {
    ...fieldSettings,
    proxy: {
      enum: ['nginx', 'envoy'],
      description: 'Who tells: a header for each fact (nginx and most others), or `X-Forwarded-Client-Cert` (Envoy).',
      default: 'nginx',
    },
    verify_header: headerSetting('with the result of the check; must hold `verify_value`', 'x-ssl-client-verify'),
    verify_value: {
      type: 'string',
      minLength: 1,
      description: 'What `verify_header` holds for a good certificate (HAProxy: `0`).',
      default: 'SUCCESS',
    },
    fingerprint_header: headerSetting("with the certificate's fingerprint", 'x-ssl-client-fingerprint'),
    subject_header: headerSetting("with the certificate's subject", 'x-ssl-client-subject'),
    fingerprints: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', pattern: FINGERPRINT_PATTERN },
      description: 'Fingerprints that may send, in hex: SHA-1 for nginx, SHA-256 for Envoy.',
    },
    subjects: allowedSetting('Subjects that may send, exactly as the proxy writes them.'),
    uris: allowedSetting('URIs (SPIFFE ids) that may send, for Envoy.'),
  },
  settingsProblem,
  needsSecret: false,
  needsTrustedProxy: true,
  verifier(settings) {
    const allowed = allowedBy(settings);
    const isUnsound = settingsProblem(settings) !== undefined;
    return (request, _secrets, _nowMs, trace) =>
      isUnsound ? refuse(401, 'settings_invalid') : verify(request, settings, allowed, trace);
  },
  // As the proxy would tell it. Sent from elsewhere than the proxy it is still refused.
  signer: (settings) => (request) => {
    const [fingerprint] = listOf(settings, 'fingerprints');
    const [subject] = listOf(settings, 'subjects');
    const [uri] = listOf(settings, 'uris');
    return withCertificate(request, settings, { fingerprint, subject, uri });
  },
};

function headerSetting(what: string, name: string): JsonObject {
  return { type: 'string', pattern: HEADER_PATTERN, description: `nginx: the header ${what}.`, default: name };
}

function allowedSetting(description: string): JsonObject {
  return { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 }, description };
}

function settingsProblem(settings: JsonObject): string | undefined {
  const isEnvoy = settings['proxy'] === 'envoy';
  const fingerprints = listOf(settings, 'fingerprints').map(plainHex);
  const uris = listOf(settings, 'uris');
  if (!isEnvoy && uris.length > 0) return '`uris` are known to `proxy: envoy` only';
  const digits = isEnvoy ? [SHA256_DIGITS] : [SHA1_DIGITS, SHA256_DIGITS];
  if (fingerprints.some((one) => !digits.includes(one.length))) {
    return isEnvoy
      ? 'Envoy tells SHA-256 fingerprints: 64 hex digits'
      : 'a fingerprint has 40 (SHA-1) or 64 hex digits';
  }
  if (isEnvoy && fingerprints.length + uris.length + listOf(settings, 'subjects').length === 0) {
    return 'Envoy does not tell whether it checked the certificate: name `fingerprints`, `subjects` or `uris`';
  }
  return undefined;
}

/** What a certificate must have: each list that is given must hold the certificate's own value. */
type Allowed = Partial<Record<keyof ClientCertificate, Set<string>>>;

function allowedBy(settings: JsonObject): Allowed {
  const allowed: Allowed = {};
  const fingerprints = listOf(settings, 'fingerprints').map(plainHex);
  const subjects = listOf(settings, 'subjects');
  const uris = listOf(settings, 'uris');
  if (fingerprints.length > 0) allowed.fingerprint = new Set(fingerprints);
  if (subjects.length > 0) allowed.subject = new Set(subjects);
  if (uris.length > 0) allowed.uri = new Set(uris);
  return allowed;
}

function verify(request: InboundRequest, settings: JsonObject, allowed: Allowed, trace: Trace | undefined): Verdict {
  if (!request.fromTrustedProxy) return refuse(401, 'proxy_not_trusted');
  const certificate = settings['proxy'] === 'envoy' ? readClientCertificate(request) : toldByHeaders(request, settings);
  if ('ok' in certificate) return certificate;
  for (const [fact, values] of Object.entries(allowed) as [keyof ClientCertificate, Set<string>][]) {
    const told = certificate[fact];
    if (trace) Object.assign(trace, { given: told === undefined ? [] : [told], computed: [...values] });
    if (told === undefined || told === '') return refuse(401, 'credential_missing');
    // No secrets: who may look a certificate up may know its fingerprint, so there is nothing that time could tell.
    if (!values.has(fact === 'fingerprint' ? plainHex(told) : told)) return refuse(401, 'credential_mismatch');
  }
  return { ok: true };
}

function toldByHeaders(request: InboundRequest, settings: JsonObject): ClientCertificate | Refusal {
  const verified = singleHeader(request, nameOf(settings, 'verify_header'));
  const fingerprint = singleHeader(request, nameOf(settings, 'fingerprint_header'));
  const subject = singleHeader(request, nameOf(settings, 'subject_header'));
  if (verified === CONFLICT || fingerprint === CONFLICT || subject === CONFLICT) return refuse(400, 'header_conflict');
  if (verified === undefined) return refuse(401, 'credential_missing');
  // nginx says `NONE` without a certificate and `FAILED:reason` for a bad one.
  return verified === textOf(settings, 'verify_value') ? { fingerprint, subject } : refuse(401, 'credential_mismatch');
}

function withCertificate(
  request: OutboundRequest,
  settings: JsonObject,
  certificate: ClientCertificate,
): OutboundRequest {
  if (settings['proxy'] === 'envoy') return writeClientCertificate(request, certificate);
  const headers = { ...request.headers, [nameOf(settings, 'verify_header')]: textOf(settings, 'verify_value') };
  if (certificate.fingerprint !== undefined) headers[nameOf(settings, 'fingerprint_header')] = certificate.fingerprint;
  if (certificate.subject !== undefined) headers[nameOf(settings, 'subject_header')] = certificate.subject;
  return { ...request, headers };
}

const DEFAULTS = {
  verify_header: 'x-ssl-client-verify',
  verify_value: 'SUCCESS',
  fingerprint_header: 'x-ssl-client-fingerprint',
  subject_header: 'x-ssl-client-subject',
};

function textOf(settings: JsonObject, name: keyof typeof DEFAULTS): string {
  const value = settings[name];
  return typeof value === 'string' ? value : DEFAULTS[name];
}

function nameOf(settings: JsonObject, name: keyof typeof DEFAULTS): string {
  return textOf(settings, name).toLowerCase();
}

function listOf(settings: JsonObject, name: string): string[] {
  const value = settings[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
