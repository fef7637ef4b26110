// A diagnosis as people read it: the verdict first, then what was computed and compared, then why and what to do.
import { counted, printable } from '../commands/printing.ts';
import type { Diagnosis, SecretResult } from './diagnosis.ts';
import type { Cause } from './question.ts';
import { durationText, isoTime } from './time-cause.ts';

const RESULTS: Record<SecretResult['result'], string> = {
  matches: 'matches',
  does_not_match: 'does not match',
  not_usable: 'cannot be a key of this provider',
  not_asked: 'not asked: the request was refused before',
};

/** The text that `hookline verify` prints; its first line is `valid` or `invalid: REASON`. */
export function reportText(diagnosis: Diagnosis): string {
  const head = diagnosis.valid ? 'valid' : `invalid: ${diagnosis.reason}`;
  const lines = [head, ...factLines(diagnosis)];
  if (diagnosis.causes.length > 0) lines.push('', ...diagnosis.causes.flatMap(causeLines));
  if (diagnosis.notes.length > 0) lines.push('', ...diagnosis.notes.map((note) => `  note: ${note}`));
  return `${lines.join('\n')}\n`;
}

function factLines(diagnosis: Diagnosis): string[] {
  const { request, secrets, given, signed, time, credential } = diagnosis;
  const facts: [string, string][] = [
    ['provider', `${diagnosis.provider}: ${diagnosis.proves}`],
    ['request', `${request.method} ${request.url ?? '(no URL given)'}, body of ${counted(request.bodyBytes, 'byte')}`],
  ];
  if (diagnosis.meaning !== undefined) facts.unshift(['that is', diagnosis.meaning]);
  if (signed) facts.push(['signed', `${counted(signed.bytes, 'byte')}: ${JSON.stringify(signed.text)}`]);
  for (const { name, result, computed } of secrets) {
    facts.push(['secret', `${name}: ${RESULTS[result]}`]);
    for (const proof of computed ?? []) facts.push(['computed', proof]);
  }
  if (secrets.length === 0) facts.push(['secret', 'none was given']);
  for (const proof of given) facts.push(['given', proof]);
  if (credential) facts.push(['given', '(not shown: the proof is the secret itself)']);
  if (time) facts.push(['time', timeText(time)]);
  return facts.map(([name, text]) => `  ${name.padEnd(9)} ${printable(text)}`);
}

function timeText({ signedAtMs, judgedAtMs, toleranceMs }: NonNullable<Diagnosis['time']>): string {
  const off = judgedAtMs - signedAtMs;
  const distance = `${durationText(Math.abs(off))} ${off < 0 ? 'after' : 'before'} ${isoTime(judgedAtMs)}`;
  return `signed ${isoTime(signedAtMs)}, ${distance} (at most ${durationText(toleranceMs)})`;
}

function causeLines({ kind, certain, what, fix }: Cause): string[] {
  const opening = certain ? `It is the ${kind}` : `Look at the ${kind}`;
  return [`  ${opening}: ${printable(what.charAt(0).toLowerCase() + what.slice(1))}.`, `    → ${printable(fix)}`];
}
