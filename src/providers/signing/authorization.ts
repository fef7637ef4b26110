// Reads `Authorization: SCHEME CREDENTIALS` (RFC 9110, 11.6.2). The scheme's name is in any case.
import { CONFLICT, singleHeader } from '../headers.ts';
import { refuse, type InboundRequest, type Proof, type Refusal } from '../provider.ts';
import { sharedSecretProof } from './shared-secret.ts';

/** The credentials after the scheme's name, or why there are none. */
export function readAuthorization(request: InboundRequest, lowerCaseScheme: string): string | Refusal {
  const header = singleHeader(request, 'authorization');
  if (header === CONFLICT) return refuse(400, 'header_conflict');
  if (header === undefined) return refuse(401, 'credential_missing');
  const space = header.indexOf(' ');
  const scheme = header.slice(0, Math.max(space, 0)).toLowerCase();
  const credentials = header.slice(space + 1).trim();
  return scheme === lowerCaseScheme && credentials !== '' ? credentials : refuse(401, 'credential_malformed');
}

/** Both sides of a shared token in `Authorization: Bearer …` (RFC 6750). */
export const bearerProof: Proof = sharedSecretProof({
  read: (request) => readAuthorization(request, 'bearer'),
  write: (request, _settings, secret) => ({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${secret}` },
  }),
});
