// Envoy's `X-Forwarded-Client-Cert`: what a proxy tells of a client's certificate. It only reads; whom to believe is not its to say.
// https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
import { CONFLICT, singleHeader } from '../headers.ts';
import { refuse, type InboundRequest, type OutboundRequest, type Refusal } from '../provider.ts';

/** What is told of a certificate; fields that are not told are undefined. */
export interface ClientCertificate {
  /** Hex, as it was written. */
  fingerprint?: string;
  subject?: string;
  /** The first of its URI alternative names. */
  uri?: string;
}

const HEADER = 'x-forwarded-client-cert';
const FACTS: Record<string, keyof ClientCertificate> = { hash: 'fingerprint', subject: 'subject', uri: 'uri' };
/** `Key=value` or `Key="va\"lue"`: quotes are needed where a value holds `,`, `;` or `=`. */
const PAIR = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))([,;]|$)/y;

/**
 * The certificate that the header tells of. Each proxy on the way may add an element after a comma, and nothing says which of
 * them the sender made up, so only one element is taken (`forward_client_cert_details: SANITIZE_SET`).
 */
export function readClientCertificate(request: InboundRequest): ClientCertificate | Refusal {
  const header = singleHeader(request, HEADER);
  if (header === CONFLICT) return refuse(400, 'header_conflict');
  if (header === undefined || header === '') return refuse(401, 'credential_missing');
  const certificate: ClientCertificate = {};
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < header.length) {
    const pair = PAIR.exec(header);
    if (pair === null) return refuse(400, 'credential_malformed');
    const [, key, quoted, plain, end] = pair;
    if (end === ',') return refuse(400, 'credential_malformed');
    const fact = FACTS[key!.toLowerCase()];
    const value = quoted === undefined ? plain! : quoted.replace(/\\(.)/g, '$1');
    if (fact !== undefined && certificate[fact] !== undefined && fact !== 'uri') {
      return refuse(400, 'credential_malformed');
    }
    if (fact !== undefined) certificate[fact] ??= value;
  }
  return certificate;
}

/** The request as Envoy would pass it on. */
export function writeClientCertificate(request: OutboundRequest, certificate: ClientCertificate): OutboundRequest {
  const { fingerprint, subject, uri } = certificate;
  const pairs = [
    ...(fingerprint === undefined ? [] : [`Hash=${fingerprint.replaceAll(':', '').toLowerCase()}`]),
    ...(subject === undefined ? [] : [`Subject=${quote(subject)}`]),
    ...(uri === undefined ? [] : [`URI=${/[,;="]/.test(uri) ? quote(uri) : uri}`]),
  ];
  return { ...request, headers: { ...request.headers, [HEADER]: pairs.join(';') } };
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
