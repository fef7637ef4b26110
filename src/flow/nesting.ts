// Looks for absurd nesting before the YAML parser does: it recurses, so a file of brackets would overflow its stack.
import { nestingMax } from './limits.ts';

/**
 * Offset of the first place nested deeper than `nestingMax`, undefined when there is none. It counts brackets, the dashes and
 * question marks that open a line, and columns of indentation; text in quotes and comments may count too, which only
 * matters for text nobody writes.
 */
export function nestingProblem(text: string): number | undefined {
  let brackets = 0;
  let offset = 0;
  for (const line of text.split('\n')) {
    const opening = /^[\s\-?:]*/.exec(line)?.[0] ?? '';
    if (opening.replace(/[^-?:]/g, '').length > nestingMax) return offset;
    if (/\S/.test(line) && opening.length > nestingMax * 8) return offset;
    brackets = Math.max(0, brackets);
    for (let at = 0; at < line.length; at += 1) {
      const character = line[at];
      if (character === '[' || character === '{') brackets += 1;
      if (character === ']' || character === '}') brackets -= 1;
      if (brackets > nestingMax) return offset + at;
    }
    offset += line.length + 1;
  }
  return undefined;
}
