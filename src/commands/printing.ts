// What the commands print of what senders wrote: tables, times, bodies. No control character of a sender reaches a terminal.

/** Controls, and what turns the direction of text or breaks a line. */
const CONTROLS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
/** The same for texts of several lines. */
const CONTROLS_IN_LINES = /(?![\n\t])[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
const COLUMN_GAP = '  ';

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text for one line. */
export function printable(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** A text of several lines. */
export function printableLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(CONTROLS_IN_LINES, escaped);
}

/** Pretty JSON. */
export function json(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(CONTROLS_IN_LINES, escaped);
}

/** Cut to `charactersMax`, with a mark where it was. */
export function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}

/** Rows below a head, each column as wide as its widest cell; the last one is not padded. */
export function table(head: string[], rows: string[][]): string {
  const lines = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column]!)))
        .join(COLUMN_GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** `2026-01-15 12:00:00Z` of an ISO 8601 time. */
export function shortTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

/** `1 delivery`, `2 deliveries`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line about the answer and not part of it, so that output can be piped. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
