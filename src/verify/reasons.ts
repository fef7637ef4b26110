// What each reason for a refusal means, for people who look for why their webhook does not arrive.
import type { RefusalReason } from '../providers/provider.ts';

/** What was found, and what to do first. */
export interface Explanation {
  what: string;
  fix: string;
}

/** Every reason that a provider can give. */
export const explanations: Record<RefusalReason, Explanation> = {
  secret_not_set: {
    what: 'no secret that was given can be a key of this provider (none was given, it is empty, or it is not in its form)',
    fix: "Copy the secret from the provider's console again, all of it.",
  },
  settings_invalid: {
    what: 'the settings do not describe a scheme that can work',
    fix: '`hookline validate` says which of them do not fit together.',
  },
  signature_missing: {
    what: 'the request carries no signature where this provider puts one',
    fix: 'Set the same secret on the side of the sender (many sign only when one is set), and look whether a proxy drops the header.',
  },
  signature_malformed: {
    what: 'what stands where the signature should be is not one of this scheme',
    fix: 'Compare it with the form below: prefix, length, hex or base64.',
  },
  signature_mismatch: {
    what: 'the signature is another one than these bytes and this secret give',
    fix: 'Either the secret is another one, or the bytes are not those that were signed.',
  },
  timestamp_missing: {
    what: 'the request carries no time where this provider puts one',
    fix: 'Look whether a proxy drops the header, and whether this is the right provider.',
  },
  timestamp_malformed: {
    what: 'the time in the request is not written as this scheme writes it',
    fix: 'Unix seconds, Unix milliseconds and RFC 3339 are never read as one another: look at the header.',
  },
  timestamp_stale: {
    what: 'the time that was signed is too far from the time of judging',
    fix: 'For a request that was saved earlier give the time it came with `--at`.',
  },
  id_missing: {
    what: 'the request carries no id where this provider puts one, and the id is signed',
    fix: 'Look whether a proxy drops the header, and whether this is the right provider.',
  },
  header_conflict: {
    what: 'a header that decides was sent more than once with different values',
    fix: 'Find the proxy or middleware that adds the other one.',
  },
  credential_missing: {
    what: 'the request carries no credentials where they are expected',
    fix: 'Look whether the sender was given the key, and whether a proxy drops the header.',
  },
  credential_malformed: {
    what: 'what stands where the credentials should be is not in their form',
    fix: 'Look at the scheme before them (`Bearer`, `Basic`), and whether they are base64 where they should be.',
  },
  credential_mismatch: {
    what: 'the credentials are other ones than the secret',
    fix: 'Compare what the sender was given with what is stored here.',
  },
  proxy_not_trusted: {
    what: 'the proof is a header that only a listed proxy may set',
    fix: 'List the proxy in `HOOKLINE_TRUSTED_PROXIES`.',
  },
  body_hash_mismatch: {
    what: 'the hash of the body that the request carries is not that of these bytes',
    fix: 'The body is not what was sent: keep its raw bytes.',
  },
  envelope_malformed: {
    what: 'the body is not the document that carries the signature',
    fix: 'It must be the whole document as it was sent, with every field.',
  },
};
