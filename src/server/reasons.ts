// What every reason means, in words for the author of a flow: why a request was refused, why an event started nothing, and what to do.
// The one place that explains them; it never decides anything.
import { APPROVAL_SOURCE } from '../../workflows/decision.ts';
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import { RUN_SOURCE } from '../../workflows/run-life.ts';
import type { StartWait } from '../inbox/slots.ts';
import type { NewEvent } from '../inbox/store.ts';
import type { RefusalReason } from '../providers/provider.ts';

/** A reason in one sentence, and the likely remedy. */
export interface Explanation {
  sentence: string;
  remedy: string;
}

const SECRET =
  "Compare the secret with the one in the sender's console; `hookline verify` shows what was computed and compared.";
const CLOCK = 'Check the clocks of both sides; where the sender delivers late, widen `tolerance:` of the source.';
const SETTINGS = 'Run `hookline validate`, and correct the fields of the source that it names.';
const SENDER =
  'Send what the source expects; `hookline sources` tells its provider, and `hookline send` shows a right request.';
const RETRY = 'The sender was told to try again; nothing was lost if it does.';
const BODY = 'The sender has to send a well-formed body; the first bytes of what came are kept in the rejected list.';

/** Why a provider's check refused a request. */
const proofReasons: Record<RefusalReason, Explanation> = {
  secret_not_set: {
    sentence: 'No secret of this source is set, so nothing can be verified and everything is refused.',
    remedy:
      'Set HOOKLINE_SECRET_NAME for the name in `secret:` (`hookline sources` tells which); a restart is needed for the environment.',
  },
  settings_invalid: { sentence: "The source's settings cannot be used for verifying.", remedy: SETTINGS },
  signature_missing: {
    sentence: 'The request carries no signature.',
    remedy:
      "Set the secret in the sender's console too, so that it signs, and check `provider:`: another one reads other headers.",
  },
  signature_malformed: {
    sentence: 'The signature header is not in the form that this provider writes.',
    remedy: 'Check `provider:` of the source, and that no proxy changes the header.',
  },
  signature_mismatch: {
    sentence: 'The signature is not the one that our secret gives for this body.',
    remedy: `${SECRET} A proxy that rewrites the body, and a \`public_url:\` that is not what the sender calls, give this too.`,
  },
  timestamp_missing: {
    sentence: 'The request does not say when it was signed.',
    remedy: `Check \`provider:\` of the source. ${SENDER}`,
  },
  timestamp_malformed: { sentence: 'The time at which the request was signed cannot be read.', remedy: SENDER },
  timestamp_stale: {
    sentence: 'The request was signed too long ago, or in the future: it may be a captured one.',
    remedy: CLOCK,
  },
  id_missing: {
    sentence: 'The request lacks the id that is part of what is signed.',
    remedy: `Check that no proxy drops headers. ${SENDER}`,
  },
  header_conflict: {
    sentence: 'A header that decides came twice with different values.',
    remedy: 'Look for a proxy that adds it a second time.',
  },
  credential_missing: {
    sentence: 'The request carries no credential (token, API key or password).',
    remedy: 'Give the sender the credential, and check the name of the header in the source.',
  },
  credential_malformed: { sentence: 'The credential is not in the form that the source expects.', remedy: SENDER },
  credential_mismatch: {
    sentence: "The credential is not the source's.",
    remedy: 'Compare it with the secret that is set; a space or line end copied along is enough to differ.',
  },
  proxy_not_trusted: {
    sentence: 'The proof is a header that only a proxy may set, and the request did not come from a listed proxy.',
    remedy: "Put the proxy's address into HOOKLINE_TRUSTED_PROXIES.",
  },
  body_hash_mismatch: {
    sentence: 'The body is not the one whose hash was signed.',
    remedy: 'Look for a proxy that rewrites bodies; the bytes must arrive as they were sent.',
  },
  envelope_malformed: {
    sentence: 'The body is not the signed envelope that this provider sends.',
    remedy: `Check \`provider:\`. ${SENDER}`,
  },
};

/** Why the receiver refused a request before or after that check. */
const receiverReasons: Record<string, Explanation> = {
  not_found: {
    sentence: 'No source has this path.',
    remedy: 'Compare it with the URLs that `hookline sources` lists; a flow with errors declares no source.',
  },
  retired: {
    sentence: 'The source is retired.',
    remedy: 'Remove the URL from the sender, or `retired: true` from the source.',
  },
  method_not_allowed: {
    sentence: 'The source does not take this method.',
    remedy: 'Send POST, or list the method under `methods:` of the source.',
  },
  address_not_allowed: {
    sentence: "The sender's address is not among `ip_allow:` of the source.",
    remedy:
      "Add the address; behind a proxy, HOOKLINE_TRUSTED_PROXIES must name the proxy, or its address is taken for the sender's.",
  },
  unsupported_content_type: {
    sentence: 'The source does not take this content type.',
    remedy:
      'Let the sender send another one (mostly application/json), or list it under `content_types:` of the source.',
  },
  unsupported_encoding: {
    sentence: 'The body is compressed, and the source does not take that.',
    remedy: 'Set `decompress: true` at the source, or switch compression off at the sender.',
  },
  invalid_encoding: { sentence: 'The body is not what its content-encoding says.', remedy: BODY },
  too_large: {
    sentence: 'The body is larger than the source takes.',
    remedy: 'Raise `body_bytes_max:` of the source, or HOOKLINE_BODY_BYTES_MAX for all.',
  },
  too_many_events: {
    sentence: 'The request carries more events than one may.',
    remedy: 'Let the sender send smaller batches.',
  },
  handshake_refused: {
    sentence: 'A handshake was refused: it does not carry the token of this source, or lacks what it asks about.',
    remedy: "Compare the token in the sender's console with the secret that the source's settings name.",
  },
  cut_off: {
    sentence: 'The body ended before its announced length, or came too slowly.',
    remedy: 'Look for a proxy with a short timeout between the sender and here.',
  },
  rate_limited: {
    sentence: 'More requests came than `rate:` of the source takes.',
    remedy: `${RETRY} Raise \`rate:\` where so many are right.`,
  },
  invalid_utf8: { sentence: 'The body is not valid UTF-8.', remedy: BODY },
  invalid_text: { sentence: 'The body is not valid text in the charset that its content type names.', remedy: BODY },
  invalid_json: { sentence: 'The body is not valid JSON.', remedy: BODY },
  too_deep: { sentence: 'The body nests too deep.', remedy: 'Let the sender send a flatter document.' },
  schema_mismatch: {
    sentence: "The body does not follow the source's `schema:`.",
    remedy: 'Correct the schema or the sender; `on_invalid: park` keeps such deliveries instead of refusing them.',
  },
  source_broken: {
    sentence: 'The source, or the only flow that declares it, has errors.',
    remedy: 'Run `hookline validate` and correct what it names.',
  },
  store_unavailable: {
    sentence: 'The delivery could not be stored.',
    remedy: `${RETRY} Check the disk of the data folder.`,
  },
  in_flight_bytes: { sentence: 'Too many bytes were being received at that moment.', remedy: RETRY },
  stopping: { sentence: 'Hookline was shutting down.', remedy: RETRY },
  internal: { sentence: 'Handling the request failed here.', remedy: 'The log has the error; please report it.' },
};

const reasons: ReadonlyMap<string, Explanation> = new Map(Object.entries({ ...proofReasons, ...receiverReasons }));

/** Why a request was refused; a reason that is not in the table (of another version's record) is shown as it is. */
export function explainRejection(reason: string): Explanation {
  return reasons.get(reason) ?? { sentence: `It was refused: ${reason}.`, remedy: 'The log has more at that time.' };
}

/** Every reason with its explanation, for the documentation. */
export function refusalReasons(): Iterable<[reason: string, explanation: Explanation]> {
  return reasons;
}

/** Whether the table knows a reason; for the test that says it is complete. */
export function isExplained(reason: string): boolean {
  return reasons.has(reason);
}

const outcomes: Record<NewEvent['outcome'], Explanation> = {
  matched: { sentence: 'At least one flow takes this event.', remedy: '' },
  unmatched: {
    sentence: 'No flow starts with this event type of this source.',
    remedy:
      'Compare the type with those that the flows of `hookline sources` take; a flow with errors listens to nothing (`hookline validate`).',
  },
  filtered: {
    sentence: 'The `if:` of every flow that listens (or of the source) said no.',
    remedy: 'Compare the body below with the `if:` expressions; a field that is not there is not true.',
  },
  filter_failed: {
    sentence: 'An `if:` expression could not be evaluated for this event, so that nothing was started.',
    remedy:
      'Correct the expression, e.g. with `?.` or `??` for fields that may be missing, and send the delivery again.',
  },
  parked: {
    sentence:
      "The body does not follow the source's `schema:`, and `on_invalid: park` keeps it without starting anything.",
    remedy: 'Correct the schema or the sender, and send the delivery again.',
  },
};

/** Where a start stands, in the words that people are shown. */
export type StartStatus = 'waiting' | 'started' | 'gathered' | 'failed' | 'skipped';

const starts: Record<StartStatus, Explanation> = {
  started: { sentence: 'The run was started.', remedy: '' },
  gathered: { sentence: 'It was gathered with other events: one run was started for them all.', remedy: '' },
  waiting: {
    sentence: 'The start waits: it is not lost, and is tried until Temporal takes it.',
    remedy:
      'See `temporal` at /readyz; HOOKLINE_DISPATCH=false and a Temporal server that is away keep starts waiting.',
  },
  failed: {
    sentence: 'Temporal refused the start for good, so it is not tried again.',
    remedy: 'Correct what the error names, and send the delivery again under another id.',
  },
  skipped: {
    sentence: 'No run was started: its flow wanted none, whoever called it waits no more, or somebody dropped it.',
    remedy:
      'Where the reason is `on_limit` and every event is to have its run, say `on_limit: queue` under `concurrency:`.',
  },
};

/** Events that Hookline made for runs that wait, by their source: that no flow starts is as it should be. */
const forRuns: Record<string, string> = {
  [APPROVAL_SOURCE]: 'A decision: it is for the run that asked for it.',
  [EMIT_SOURCE]: 'No flow starts with this type of event; runs that wait for it are told.',
  [RUN_SOURCE]: 'The end of a run, with which no flow starts; runs that wait for it are told.',
};

/** Why an event of this source started what it started. `woke`: runs waited for it. An empty remedy: nothing is amiss. */
export function explainOutcome(outcome: NewEvent['outcome'], source: string, woke = false): Explanation {
  if (outcome !== 'unmatched') return outcomes[outcome];
  if (Object.hasOwn(forRuns, source)) return { sentence: forRuns[source]!, remedy: '' };
  return woke ? { sentence: 'No flow starts with it; a run waited for it.', remedy: '' } : outcomes.unmatched;
}

/** Where a start stands. */
export function explainStart(status: StartStatus): Explanation {
  return starts[status];
}

const kept: Record<StartStatus, string> = {
  waiting: 'its turn has come: it is being started, or waits for Temporal only; cancel its run instead',
  started: 'its run was started: cancel that instead',
  gathered: 'one run was started for it and others',
  failed: 'it was refused for good',
  skipped: 'it starts no run anyway',
};

/** Why a start was not dropped, by where it stands. */
export function explainKept(status: StartStatus): string {
  return kept[status];
}

const waits: Record<StartWait['for'], string> = {
  concurrency: 'It waits for concurrency: its flow limits how many runs there are at once.',
  rate: 'It waits for rate: its flow limits how many runs start in a time.',
  debounce: 'It waits for debounce: one run starts with the last of many events.',
  batch: 'It waits for batch: one run starts with many events.',
};

/** Why a start waits for other runs of its flow, or for other events. */
export function explainWait(kind: StartWait['for']): string {
  return waits[kind];
}
