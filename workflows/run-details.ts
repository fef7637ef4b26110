// What people read of a run that is under way: everything that it waits for, the step that it came to last, and what they should
// know. Pure; it decides nothing, and no run depends on it.

/** Waits that are named; a run may wait for hundreds at once. */
const WAITS_SHOWN_MAX = 10;

export interface RunDetails {
  /** The run came to this step. */
  came(text: string): void;
  /** The step at this path waits for something outside: an event, a person, another run. */
  waits(path: string, text: string): void;
  /** The steps that a wait had run meanwhile are through: the run is where it waits. */
  waitsOn(): void;
  /** The wait of the step at this path is over. */
  over(path: string): void;
  /** Says something beside the waits, until the next one begins. */
  note(text: string): void;
}

/** @param show is given the text at each change: one line, or a Markdown list where there is more than one thing to say. */
export function createDetails(show: (text: string) => void): RunDetails {
  const waiting = new Map<string, string>();
  let last: string | undefined;
  let noted: string | undefined;
  const tell = (): void => show(textOf(waiting, last, noted));
  return {
    came(text) {
      last = text;
      tell();
    },
    waits(path, text) {
      waiting.set(path, text);
      // The wait says where the run is.
      last = undefined;
      noted = undefined;
      tell();
    },
    waitsOn() {
      last = undefined;
      tell();
    },
    over(path) {
      const text = waiting.get(path);
      if (!waiting.delete(path)) return;
      // Until another step begins, the run is where it waited.
      if (waiting.size === 0 && last === undefined) last = text;
      tell();
    },
    note(text) {
      noted = text;
      tell();
    },
  };
}

function textOf(waiting: Map<string, string>, last: string | undefined, noted: string | undefined): string {
  const places: string[] = [];
  for (const text of waiting.values()) {
    if (places.length === WAITS_SHOWN_MAX) break;
    places.push(text);
  }
  if (waiting.size > places.length) places.push(`and ${waiting.size - places.length} more`);
  if (last !== undefined) places.push(last);
  const notes = noted === undefined ? [] : [noted];
  if (places.length <= 1) return [...places, ...notes].join('; ');
  return [...places, ...notes].map((line) => `- ${line}`).join('\n');
}
