// Where in a flow a step stands, as text: step positions, names of blocks and branches, `[index]` of iterations
// (`2/then/0`, `4[17]/1`). Idempotency keys are made of it, so its form never changes.
import { sha256Hex } from './expression/sha256.ts';
import { bytesFromText } from './expression/utf8.ts';
import { SUMMARY_BYTES_MAX } from './limits.ts';

/** Hex digits of an idempotency key: 128 bits. */
const KEY_DIGITS = 32;

/** Name of the steps that undo a step. */
export const UNDO_BLOCK = 'undo';

/** The path of something inside `path`. An iteration's name is `[index]` and sticks to its step. */
export function pathInside(path: string, name: string): string {
  if (path === '' || name.startsWith('[')) return path + name;
  return `${path}/${name}`;
}

/** The key of the call at `path`: the same across retries, crashes, replays and continued runs; different for any two calls. */
export function idempotencyKey(workflowId: string, path: string): string {
  return sha256Hex(bytesFromText(`${workflowId}\n${path}`)).slice(0, KEY_DIGITS);
}

/** Text cut to the bytes that Temporal shows as a summary, never inside a character. */
export function summaryText(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8Bytes(character.codePointAt(0)!);
    if (bytes > SUMMARY_BYTES_MAX) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

function utf8Bytes(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
