// How an error of a run reads to people: its place in the file first, what could not be undone last. Pure text.
import type { Flow, FlowError } from './definition.ts';
import { lineOf } from './document.ts';
import { turnWord } from './turn-word.ts';

/** What could not be undone is told for so many steps; all of it is in the error's `undo`. */
const UNDO_TOLD_MAX = 5;

/** `step \`charge\` (flows/x.yaml:12), item 3: what went wrong`: an error with its place, as people read it. */
export function placedMessage(flow: Flow, error: FlowError): string {
  return `${placed(flow, error)}${notUndone(flow, error)}`;
}

function placed(flow: Flow, error: FlowError): string {
  const line = error.step === null ? undefined : lineOf(flow, error.step);
  const file = line === undefined ? flow.file : `${flow.file}:${line}`;
  const where = error.step === null ? file : `step \`${error.step}\` (${file})`;
  const branch = error.branch === undefined ? '' : `, branch ${error.branch}`;
  const item = error.index === undefined ? '' : `, ${turnWord(flow, error.step)} ${error.index}`;
  return `${where}${branch}${item}: ${error.message}`;
}

/** The failure of a `finally` has what was to be undone before it as its cause. */
function notUndone(flow: Flow, error: FlowError): string {
  let holder: FlowError | undefined = error;
  while (holder !== undefined && holder.undo === undefined) holder = holder.cause;
  const failures = holder?.undo ?? [];
  if (failures.length === 0) return '';
  const told = failures.slice(0, UNDO_TOLD_MAX).map((each) => `\`${each.step}\`, ${placed(flow, each.error)}`);
  const more = failures.length - told.length + (holder?.undo_omitted ?? 0);
  return `; not undone: ${told.join('; ')}${more === 0 ? '' : `; and ${more} more`}`;
}
