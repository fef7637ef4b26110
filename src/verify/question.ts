// What `hookline verify` asks a provider: would this request be accepted? Pure; it judges with the provider's own verifier,
// so that its answer is the receiver's.
import type { JsonObject } from '../../workflows/definition.ts';
import type { InboundRequest, Provider, Trace, Verdict } from '../providers/provider.ts';

/** A secret and what people call it. Only the name may ever be shown. */
export interface NamedSecret {
  name: string;
  value: string;
}

/** A request, who is said to have sent it, and when it is judged. */
export interface Question {
  provider: Provider;
  settings: JsonObject;
  secrets: readonly NamedSecret[];
  request: InboundRequest;
  /** False when nobody said at which URL it came; `request.url` then is URL_NOT_GIVEN. */
  urlGiven: boolean;
  /** Unix milliseconds. */
  nowMs: number;
}

/** Stands where no URL is known; a name that can never exist (RFC 2606). */
export const URL_NOT_GIVEN = 'https://url-not-given.invalid/';

/** What the provider says, and what it looked at. */
export interface Judged {
  verdict: Verdict;
  trace: Trace;
}

/** Judges the request as the receiver would. */
export function judge({ provider, settings, secrets, request, nowMs }: Question): Judged {
  const trace: Trace = {};
  const values = secrets.map(({ value }) => value);
  return { verdict: provider.verifier(settings)(request, values, nowMs, trace), trace };
}

/** Judges the request as of the time that it was signed, when it is only too old (or too new) as of `nowMs`. */
export function judgeAtItsTime(question: Question): Judged & { stale: boolean } {
  const judged = judge(question);
  const { signedAtMs } = judged.trace;
  const stale = !judged.verdict.ok && judged.verdict.reason === 'timestamp_stale' && signedAtMs !== undefined;
  return stale ? { ...judge({ ...question, nowMs: signedAtMs }), stale } : { ...judged, stale };
}

/** Whether what is signed depends on the URL: another one would need another signature. */
export function signsUrl(question: Question): boolean {
  const here = judgeAtItsTime(question).trace.content;
  const elsewhere = { ...question.request, url: 'https://elsewhere.invalid/other' };
  const there = judgeAtItsTime({ ...question, request: elsewhere }).trace.content;
  return here !== undefined && there !== undefined && !here.equals(there);
}

/** What a difference between what was sent and what is here can be about. */
export type CauseKind = 'body' | 'secret' | 'header' | 'url' | 'setting' | 'time' | 'provider';

/** One thing that keeps the request from verifying, or may. Never with a secret in it. */
export interface Cause {
  kind: CauseKind;
  /** It was tried: with this undone the request verifies (as of the time it was signed). */
  certain: boolean;
  what: string;
  fix: string;
}

/** One way in which what is here may differ from what was signed. */
export interface Form {
  kind: CauseKind;
  /** What it verifies with: half a sentence, never with a secret in it. */
  what: string;
  /** What to do if this is it: a sentence. */
  fix: string;
  /** The question with that difference undone; undefined when it makes none. */
  apply(question: Question): Question | undefined;
}

/** The same question about a request with other headers; `pairs` are names and values in turn. */
export function withHeaders(question: Question, pairs: readonly (readonly [string, string])[]): Question {
  const headers: InboundRequest['headers'] = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const before = headers[key];
    // Node joins repeats; only rawHeaders can tell, and that is what verifiers ask.
    headers[key] = before === undefined ? value : `${String(before)}, ${value}`;
  }
  return { ...question, request: { ...question.request, headers, rawHeaders: pairs.flat() } };
}

/** Headers as pairs, as received. */
export function headerPairs({ rawHeaders }: InboundRequest): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) pairs.push([rawHeaders[index]!, rawHeaders[index + 1]!]);
  return pairs;
}

/** The same question about another body. */
export function withBody(question: Question, body: Buffer): Question {
  return { ...question, request: { ...question.request, body } };
}

/** The headers that the provider looks at before it has an answer, in lower case, in its order. */
export function headersRead(question: Question): string[] {
  const read = new Set<string>();
  const headers = new Proxy(question.request.headers, {
    get(target, name) {
      if (typeof name === 'string') read.add(name);
      return Reflect.get(target, name) as unknown;
    },
  });
  judgeAtItsTime({ ...question, request: { ...question.request, headers } });
  return [...read];
}
