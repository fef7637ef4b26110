// Keeps secrets out of what `hookline verify` prints: signed contents, URLs and proofs may hold them.
import type { NamedSecret } from './question.ts';

const SHOWN_INSTEAD = '‹secret›';
const USERINFO = /(:\/\/)[^/@\s]*@/g;

/** A function that replaces every secret in a text, in each form in which it could stand there. */
export function createMask(secrets: readonly NamedSecret[]): (text: string) => string {
  const forms = new Set<string>();
  for (const { value } of secrets) {
    for (const text of [value, value.trim(), value.replace(/^whsec_/, '')]) {
      const base64 = Buffer.from(text).toString('base64');
      for (const form of [text, encodeURIComponent(text), base64, base64.replace(/=+$/, '')]) {
        if (form !== '') forms.add(form);
      }
    }
  }
  // The longest first: a form that another one begins with must not leave the rest of it behind.
  const ordered = [...forms].sort((left, right) => right.length - left.length);
  return (text) => {
    let masked = text.replace(USERINFO, '$1…@');
    for (const form of ordered) masked = masked.replaceAll(form, SHOWN_INSTEAD);
    return masked;
  };
}

/** Whether a proof is the secret itself (an API key, a token), so that neither side of the comparison may be shown. */
export function isCredential(proofs: readonly string[], secrets: readonly NamedSecret[]): boolean {
  return proofs.some((proof) => secrets.some(({ value }) => proof === value));
}
