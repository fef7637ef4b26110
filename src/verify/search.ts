// Tries the forms: alone, then two at a time. Bounded in tries and in bytes, so that a large body cannot take minutes.
import { judgeAtItsTime, type Form, type Question } from './question.ts';

/** Forms, made only as they are tried, that are about the same thing and so are not combined with each other. */
export type Dimension = (question: Question) => Iterable<Form>;

const TRIES_MAX = 20_000;
/** Every try reads the body about once. */
const TRIED_BYTES_MAX = 128 * 1024 * 1024;

/** The forms with which the request verifies: one of `alone`, else two of `paired`; undefined when none does. */
export function findForms(
  question: Question,
  alone: readonly Dimension[],
  paired: readonly Dimension[],
): Form[] | undefined {
  const budget = { tries: TRIES_MAX, bytes: TRIED_BYTES_MAX };
  for (const dimension of alone) {
    const form = firstThatVerifies(question, dimension(question), budget);
    if (form) return [form];
  }
  for (const [index, first] of paired.entries()) {
    for (const form of first(question)) {
      const changed = form.apply(question);
      if (changed === undefined) continue;
      for (const second of paired.slice(index + 1)) {
        const other = firstThatVerifies(changed, second(changed), budget);
        if (other) return [form, other];
      }
      if (budget.tries <= 0 || budget.bytes <= 0) return undefined;
    }
  }
  return undefined;
}

function firstThatVerifies(
  question: Question,
  forms: Iterable<Form>,
  budget: { tries: number; bytes: number },
): Form | undefined {
  for (const form of forms) {
    if (budget.tries <= 0 || budget.bytes <= 0) return undefined;
    const changed = form.apply(question);
    if (changed === undefined) continue;
    budget.tries -= 1;
    budget.bytes -= changed.request.body.length;
    if (judgeAtItsTime(changed).verdict.ok) return form;
  }
  return undefined;
}
