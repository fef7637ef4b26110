// Which waits the store knows of, as far as the run can tell. A wait that was asked for before the run was last reset must be asked for
// again. It is journaled, so that a run that continues as new in between asks all the same.
import type { JournalNode } from './journal.ts';
import type { Place } from './place.ts';

/** Where it is journaled. */
const REGISTERED = 'registered';

/** Whether the store was asked at all: then it may know of the wait, and has shown what came before. */
export function wasAsked({ decided }: JournalNode): boolean {
  return decided?.[REGISTERED] !== undefined;
}

/** Whether the store was asked since the last reset. */
export function isAsked({ run, node }: Pick<Place, 'run' | 'node'>): boolean {
  const asked = node.decided?.[REGISTERED];
  if (asked === undefined) return false;
  return run.resets() <= (typeof asked === 'number' ? asked : 0);
}

/** The store is to be asked again. */
export function forgetAsked({ decided }: JournalNode): void {
  delete decided?.[REGISTERED];
}

/** The store was asked, when the run had been reset so often. */
export function noteAsked(node: JournalNode, resets: number): void {
  (node.decided ??= {})[REGISTERED] = resets === 0 ? true : resets;
}
