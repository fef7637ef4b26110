// The whole answer of `hookline verify`, as data: the verdict, what was computed and compared, and why. It holds no secret:
// where the proof is the secret itself, both sides are left out.
import type { Provider, RefusalReason, Trace } from '../providers/provider.ts';
import { explainRejection } from '../server/reasons.ts';
import { causesOf } from './causes.ts';
import { repeatedHeaders } from './hints.ts';
import { createMask, isCredential } from './mask.ts';
import { judge, judgeAtItsTime, type Cause, type Question } from './question.ts';

/** What one secret said. */
export interface SecretResult {
  name: string;
  result: 'matches' | 'does_not_match' | 'not_usable' | 'not_asked';
  /** The proof that a right request would carry under this secret. */
  computed?: string[];
}

/** The answer as data; `--json` prints it. Texts are free of secrets. */
export interface Diagnosis {
  valid: boolean;
  reason?: RefusalReason;
  /** What the reason means. */
  meaning?: string;
  provider: string;
  proves: string;
  request: { method: string; url?: string; bodyBytes: number };
  secrets: SecretResult[];
  /** The proofs that the request carries. */
  given: string[];
  /** The proof is the secret itself, so it is not shown. */
  credential: boolean;
  /** The bytes that are signed, as text. Absent when it did not come to that. */
  signed?: { bytes: number; text: string };
  time?: { signedAtMs: number; judgedAtMs: number; toleranceMs: number };
  causes: Cause[];
  notes: string[];
}

/** Of the signed bytes no more is shown from their start and from their end. */
const SIGNED_START_CHARACTERS = 240;
const SIGNED_END_CHARACTERS = 80;

/** Judges the request, and finds out why it does not verify. `providers`: the table, for whose signature it could be. */
export function diagnose(question: Question, providers: readonly Provider[]): Diagnosis {
  const judged = judge(question);
  // A stale time is refused before the signature is looked at; for people both are looked at.
  const { trace } = judgeAtItsTime(question);
  const mask = createMask(question.secrets);
  const credential = isCredential(trace.computed ?? [], question.secrets);
  const { provider, request, urlGiven } = question;
  const { verdict } = judged;
  return {
    valid: verdict.ok,
    ...(verdict.ok ? {} : { reason: verdict.reason, meaning: explainRejection(verdict.reason).sentence }),
    provider: provider.name,
    proves: provider.proves,
    request: { method: request.method, url: urlGiven ? mask(request.url) : undefined, bodyBytes: request.body.length },
    secrets: question.secrets.map((secret) => secretResult(question, secret, credential, mask)),
    given: credential ? [] : (trace.given ?? []).map(mask),
    credential,
    signed: trace.content && signedText(trace.content, mask),
    time: timeOf(judged.trace, question.nowMs),
    causes: causesOf(question, judged, providers).map((cause) => maskCause(cause, mask)),
    notes: notesOf(question),
  };
}

/** Only URLs and settings come from the request; other texts are ours, and words in them may happen to be a secret. */
function maskCause(cause: Cause, mask: (text: string) => string): Cause {
  if (cause.kind !== 'url' && cause.kind !== 'setting') return cause;
  return { ...cause, what: mask(cause.what), fix: mask(cause.fix) };
}

function secretResult(
  question: Question,
  secret: Question['secrets'][number],
  credential: boolean,
  mask: (text: string) => string,
): SecretResult {
  const { verdict, trace } = judgeAtItsTime({ ...question, secrets: [secret] });
  const computed = credential ? undefined : trace.computed?.map(mask);
  return { name: secret.name, result: resultOf(verdict.ok ? undefined : verdict.reason), computed };
}

function resultOf(reason: RefusalReason | undefined): SecretResult['result'] {
  if (reason === undefined) return 'matches';
  if (reason === 'secret_not_set') return 'not_usable';
  return reason === 'signature_mismatch' || reason === 'credential_mismatch' ? 'does_not_match' : 'not_asked';
}

function signedText(content: Buffer, mask: (text: string) => string): Diagnosis['signed'] {
  // Masked before it is cut: half a secret would not be recognised.
  const text = mask(content.toString('utf8'));
  const isShort = text.length <= SIGNED_START_CHARACTERS + SIGNED_END_CHARACTERS;
  const shown = isShort ? text : `${text.slice(0, SIGNED_START_CHARACTERS)} … ${text.slice(-SIGNED_END_CHARACTERS)}`;
  return { bytes: content.length, text: shown };
}

function timeOf({ signedAtMs, toleranceMs }: Trace, judgedAtMs: number): Diagnosis['time'] {
  return signedAtMs === undefined ? undefined : { signedAtMs, judgedAtMs, toleranceMs: toleranceMs ?? 0 };
}

/** What is worth knowing whether or not it verifies. */
function notesOf(question: Question): string[] {
  const { request } = question;
  const notes: string[] = [];
  const repeated = repeatedHeaders(question);
  if (repeated.length > 0) notes.push(`Sent more than once: ${repeated.join(', ')}.`);
  if (request.body.length === 0 && request.method !== 'GET')
    notes.push('The body is empty (give it with --body-file).');
  const untrusted = judge({ ...question, request: { ...request, fromTrustedProxy: false } }).verdict;
  if (!untrusted.ok && untrusted.reason === 'proxy_not_trusted') {
    notes.push('It counts only on a connection from a proxy that is listed in HOOKLINE_TRUSTED_PROXIES.');
  }
  if (!question.provider.needsSecret) notes.push('This provider verifies nothing: every request is taken.');
  return notes;
}
