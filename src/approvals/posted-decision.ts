// Reads who decides what, and what they say about it: of the page and of the API alike.
import type { FormFault } from './form-faults.ts';

export const NAME_CHARACTERS_MAX = 200;
export const COMMENT_CHARACTERS_MAX = 4_000;

/** Who says what, checked; the form is another matter. */
export interface Said {
  decision: 'approved' | 'rejected';
  by: string;
  comment: string | null;
}

export type SaidRead = { ok: true; said: Said } | { ok: false; faults: FormFault[] };

/** No name holds controls, or what turns the direction of the text around it. */
const NOT_IN_NAMES = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
const NOT_IN_COMMENTS = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** Checks what was given, whatever it is. All faults at once. */
export function readSaid(given: { decision: unknown; by: unknown; comment: unknown }): SaidRead {
  const { decision } = given;
  const faults: FormFault[] = [];
  const by = typeof given.by === 'string' ? given.by.trim() : '';
  const comment = typeof given.comment === 'string' ? given.comment.replaceAll('\r\n', '\n').trim() : '';
  const isDecision = decision === 'approved' || decision === 'rejected';
  if (!isDecision) faults.push({ field: 'decision', message: 'Must be approved or rejected.' });
  if (by === '') faults.push({ field: 'by', message: 'Please say who decides.' });
  if (by.length > NAME_CHARACTERS_MAX)
    faults.push({ field: 'by', message: `Must have at most ${NAME_CHARACTERS_MAX} characters.` });
  if (NOT_IN_NAMES.test(by)) faults.push({ field: 'by', message: 'Must not hold control characters.' });
  if (given.comment !== undefined && given.comment !== null && typeof given.comment !== 'string')
    faults.push({ field: 'comment', message: 'Must be a text.' });
  if (comment.length > COMMENT_CHARACTERS_MAX)
    faults.push({ field: 'comment', message: `Must have at most ${COMMENT_CHARACTERS_MAX} characters.` });
  if (NOT_IN_COMMENTS.test(comment)) faults.push({ field: 'comment', message: 'Must not hold control characters.' });
  if (!isDecision || faults.length > 0) return { ok: false, faults };
  return { ok: true, said: { decision, by, comment: comment === '' ? null : comment } };
}
