// One step where it stands in a run, and how it is called before people.
import type { Step } from './definition.ts';
import type { JournalNode } from './journal.ts';
import { summaryText } from './run-path.ts';
import type { Frame, Run } from './run.ts';

export interface Place {
  run: Run;
  step: Step;
  frame: Frame;
  path: string;
  node: JournalNode;
}

/** What people see beside a call or a timer: name, id, or verb and path; the iteration it belongs to. */
export function labelOf({ step, path, frame }: Place): string {
  const name = step.name ?? step.id;
  if (name === undefined) return summaryText(`${step.verb} ${path}`);
  return summaryText(frame.label === '' ? name : `${name} ${frame.label}`);
}

/** The step's id, else its path. */
export function nameOf({ step, path }: Place): string {
  return step.id ?? path;
}
