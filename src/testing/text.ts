// Values as people read them in reports: YAML to paste, and one-line JSON.
import { stringify } from 'yaml';
import type { Json } from '../../workflows/definition.ts';
import { cut, printable } from '../commands/printing.ts';
import type { Path } from '../flow/yaml-node.ts';

/** A longer value says no more. */
const VALUE_CHARACTERS_MAX = 300;

/** YAML without a line break at its end. */
export function yamlText(value: Json): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

/** A value in one line. */
export function valueText(value: Json | undefined): string {
  return value === undefined ? '(nothing)' : cut(printable(JSON.stringify(value)), VALUE_CHARACTERS_MAX);
}

/** `calls[1].with.body.amount`. */
export function pathText(path: Path): string {
  return path
    .map((part, position) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return position === 0 ? part : `.${part}`;
    })
    .join('');
}

/** How workflows/call-flow.ts says that a called run failed; one after the other where that run had called another. */
const FAILED_CALLS = /(the run \S+ of `[^`]+` failed: )((?:the run \S+ of `[^`]+` failed: )+)/;

/** An error's message that names the first of many calls and what went wrong in the last, and counts those in between. */
export function shortenedCalls(message: string): string {
  return message.replace(FAILED_CALLS, (_all, first: string, others: string) => {
    const deeper = others.match(/ failed: /g)!.length;
    return deeper === 1 ? first + others : `${first}… (${deeper} calls deeper) `;
  });
}
