// Proofs that send the secret itself: they say who sent a request, not that nobody changed it. Compared in constant time.
import { CONFLICT } from '../headers.ts';
import { refuse, type InboundRequest, type OutboundRequest, type Proof, type Refusal } from '../provider.ts';
import type { JsonObject } from '../../../workflows/definition.ts';
import { anySecretEquals } from './constant-time.ts';

/** Where a shared secret stands in a request. */
export interface SecretPlace {
  /** Reads it; undefined without one, CONFLICT when it was sent with different values. */
  read(request: InboundRequest, settings: JsonObject): string | undefined | typeof CONFLICT | Refusal;
  /** Puts it where it belongs. */
  write(request: OutboundRequest, settings: JsonObject, secret: string): OutboundRequest;
  /** Whether a secret can be one at all (`user:password`). */
  isUsable?(secret: string): boolean;
}

/** Both sides of a shared secret. */
export function sharedSecretProof(place: SecretPlace): Proof {
  const isUsable = (secret: string): boolean => secret !== '' && (place.isUsable?.(secret) ?? true);
  return {
    verifier: (settings) => (request, secrets, _nowMs, trace) => {
      const usable = secrets.filter(isUsable);
      if (usable.length === 0) return refuse(401, 'secret_not_set');
      const given = place.read(request, settings);
      if (given === CONFLICT) return refuse(400, 'header_conflict');
      if (given === undefined || given === '') return refuse(401, 'credential_missing');
      if (typeof given !== 'string') return given;
      if (trace) Object.assign(trace, { given: [given], computed: usable });
      return anySecretEquals(usable, given) ? { ok: true } : refuse(401, 'credential_mismatch');
    },
    signer: (settings) => (request, secret) => place.write(request, settings, secret),
  };
}
