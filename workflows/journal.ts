// A run's position as data: what was finished and decided, in a tree shaped like the flow. A continued run walks its
// steps from the top over this tree and does again only what is not in it. Pure JSON; never holds a secret.
import type { FlowError, Json, JsonObject } from './definition.ts';

/** How a step, branch or iteration ended. */
export type Outcome = { output: Json } | { error: FlowError };

/** One step, block, branch or iteration. Absent parts mean that nothing was recorded. */
export interface JournalNode {
  /** It is finished; the rest of the node is gone then. */
  outcome?: Outcome;
  /** What it decided while running, by name: a branch taken, a deadline, a list. */
  decided?: JsonObject;
  /** The table of `steps.ID` that begins here (the run's and each iteration's); filled in place. */
  results?: Results;
  /** What is inside it, by position or name. */
  inside?: Record<string, JournalNode>;
}

/** A table of `steps`. The map is replaced, never changed, so that values taken from it stay as they were. */
export interface Results {
  steps: JsonObject;
}

/** The node inside `node`, made when it is not there. */
export function nodeInside(node: JournalNode, name: string): JournalNode {
  node.inside ??= {};
  return (node.inside[name] ??= {});
}

/** What was decided under this name, decided now if it was not. */
export function decide<T extends Json>(node: JournalNode, name: string, make: () => T): T {
  const decided = (node.decided ??= {});
  const known = decided[name];
  if (known !== undefined) return known as T;
  const made = make();
  decided[name] = made;
  return made;
}

/** Records the end of a node; what led to it is no longer needed. */
export function finish(node: JournalNode, outcome: Outcome): void {
  node.outcome = outcome;
  delete node.decided;
  delete node.results;
  delete node.inside;
}
