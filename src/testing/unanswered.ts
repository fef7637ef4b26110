// A call that nothing answers: why what there is does not, and what to write. Text only.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { differences } from './compare.ts';
import { yamlText } from './text.ts';

/** The message is for the author of the test, and shows what to paste. */
export class UnansweredError extends Error {
  override name = 'UnansweredError';
}

/** An answer as far as it says which calls it is for. */
interface Conditional {
  with?: JsonObject;
  times: number;
}

export interface Unanswered {
  /** What happened, without a full stop. */
  head: string;
  /** What the input is called in YAML. */
  field: 'with' | 'input';
  input: Json;
  /** The answers that there are, by their keys. */
  known: { key: string; answers: Conditional[] }[];
  isUsedUp(answer: Conditional): boolean;
  /** What would answer it. */
  example: Json;
  /** What would keep the flow from running that makes the call. */
  instead?: Json;
}

/** Whether an input has the values that an answer wants. */
export function fitsInput(wanted: JsonObject | undefined, input: Json): boolean {
  return wanted === undefined || differences(wanted, input, false).length === 0;
}

/** What to throw for a call that nothing answers. */
export function missingText(unanswered: Unanswered): UnansweredError {
  const { head, field, input, known, example, instead } = unanswered;
  const reasons = known.map(({ key, answers }) => whyNot(unanswered, key, answers));
  const lines = [reasons.length === 0 ? head : `${head}: ${reasons.join('; ')}`, 'It is called with:'];
  lines.push(...indented(yamlText({ [field]: input })), 'To answer it, write:', ...indented(yamlText(example)));
  if (instead !== undefined) lines.push('Or, so that the flow does not run:', ...indented(yamlText(instead)));
  return new UnansweredError(lines.join('\n'));
}

function whyNot({ field, input, isUsedUp }: Unanswered, key: string, answers: Conditional[]): string {
  const first = answers.find((answer) => !isUsedUp(answer));
  if (first === undefined) return `those of \`${key}\` are used up (${countOf(answers)})`;
  const [different] = differences(first.with ?? {}, input, false);
  const place = different === undefined ? field : [field, ...different.path].join('.');
  return `\`${key}\` wants another input, see \`${place}\``;
}

function countOf(answers: Conditional[]): string {
  const attempts = answers.reduce((sum, { times }) => sum + times, 0);
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
