// `t=TIME,v1=SIGNATURE`: the layout that Stripe began and others took over, each under a header of its own.
// https://docs.stripe.com/webhooks#verify-manually
import type { Proof } from '../provider.ts';
import { hmacProof } from './hmac.ts';
import { TOLERANCE_DEFAULT_MS } from './signed-time.ts';

/** HMAC-SHA256 of `TIME.BODY` in hex; any `v1` of the header may match, and other schemes (Stripe's `v0` of tests) never do. */
export function timedItemsProof(header: string, unit: 's' | 'ms' = 's'): Proof {
  return hmacProof({
    header,
    hash: 'sha256',
    encoding: 'hex',
    separator: ',',
    prefix: 'v1=',
    content: '{timestamp}.{body}',
    timestamp: { prefix: 't=', unit, toleranceMs: TOLERANCE_DEFAULT_MS },
    key: 'utf8',
  });
}
