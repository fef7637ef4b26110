// Why a request does not verify. Certain causes were tried: with the difference undone it does verify. The others are what
// to look at first. Nothing here holds a secret.
import type { Provider, RefusalReason } from '../providers/provider.ts';
import { explainRejection } from '../server/reasons.ts';
import { bodyForms } from './body-forms.ts';
import { headerForms } from './header-forms.ts';
import { madeWith } from './key-forms.ts';
import { looksLike } from './other-providers.ts';
import { judge, judgeAtItsTime, type Cause, type CauseKind, type Judged, type Question } from './question.ts';
import { findForms } from './search.ts';
import { secretForms } from './secret-forms.ts';
import { oneSettingForms, settingForms } from './setting-forms.ts';
import { hints } from './hints.ts';
import { timeCause } from './time-cause.ts';
import { urlForms } from './url-forms.ts';

const SECRET_FORMS = (): typeof secretForms => secretForms;

/** The causes, the surest first; at least one. `judged` is what the provider said as of now. */
export function causesOf(question: Question, judged: Judged, providers: readonly Provider[]): Cause[] {
  if (judged.verdict.ok) return [];
  const time = timeCause(question, judged);
  const atItsTime = judgeAtItsTime(question);
  if (atItsTime.verdict.ok) return time;
  const found = formCauses(question) ?? schemeCause(question, atItsTime);
  if (found) return [...found, ...time];
  const { reason } = atItsTime.verdict;
  const others = providerCauses(question, providers);
  return [...others, ...reasonCause(reason), ...time, ...hints(question, atItsTime)];
}

/** What the reason itself says to do. Of a proof that is wrong the hints know more. */
function reasonCause(reason: RefusalReason): Cause[] {
  if (reason === 'signature_mismatch' || reason === 'credential_mismatch' || reason === 'timestamp_stale') return [];
  const { sentence, remedy } = explainRejection(reason);
  return [{ kind: kindOf(reason), certain: false, what: sentence.replace(/\.$/, ''), fix: remedy }];
}

function kindOf(reason: RefusalReason): CauseKind {
  if (reason.startsWith('timestamp')) return 'time';
  if (reason === 'secret_not_set') return 'secret';
  if (reason === 'settings_invalid') return 'setting';
  return reason.startsWith('body') || reason.startsWith('envelope') ? 'body' : 'header';
}

/** The differences that, undone, make it verify. */
function formCauses(question: Question): Cause[] | undefined {
  const forms = findForms(
    question,
    [SECRET_FORMS, bodyForms, headerForms, urlForms, settingForms],
    [SECRET_FORMS, headerForms, oneSettingForms, urlForms, bodyForms],
  );
  return forms?.map(({ kind, what, fix }) => ({ kind, certain: true, what: `it verifies with ${what}`, fix }));
}

/** The signature is right over these bytes, but made with another hash, encoding or reading of the secret than this scheme's. */
function schemeCause(question: Question, { trace }: Judged): Cause[] | undefined {
  const found = madeWith(trace, question.secrets);
  if (found === undefined) return undefined;
  const what = `the signature is the HMAC-${found.hash.toUpperCase()} (${found.encoding}) of exactly these bytes, with ${found.key} as the key`;
  const settings = `\`hash: ${found.hash}\`, \`encoding: ${found.encoding}\`, \`key: ${found.keySetting}\``;
  const fix = `${question.provider.title} does not sign so: this sender is another one. Use \`provider: hmac\` with ${settings}.`;
  return [{ kind: 'setting', certain: true, what, fix }];
}

function providerCauses(question: Question, providers: readonly Provider[]): Cause[] {
  const found = looksLike(question, providers);
  if (found.length === 0) return [];
  const names = found.map(({ provider }) => provider.name);
  const titles = found.map(({ provider }) => provider.title).join(' or ');
  const fix = `Use \`provider: ${names[0]!}\`${names.length > 1 ? ` (or ${names.slice(1).join(', ')})` : ''} if it is from there.`;
  if (found[0]!.verifies) {
    return [{ kind: 'provider', certain: true, what: `it verifies as a request from ${titles}`, fix }];
  }
  // Where the provider's own headers are all there, that others share them says nothing.
  const { verdict } = judge(question);
  const ownIsThere = verdict.ok || verdict.reason === 'signature_mismatch' || verdict.reason === 'credential_mismatch';
  const what = `the request carries what ${titles} sends`;
  return ownIsThere ? [] : [{ kind: 'provider', certain: false, what, fix }];
}
