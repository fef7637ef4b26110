// How the dispatcher and the receiver ask for a run to be started, and what can come of it.
import type { ClaimedStart } from './store.ts';

/**
 * What came of asking Temporal to start a run:
 * `started`: it runs now. `already`: a run of that id exists or existed, which is success too.
 * `unavailable`: Temporal did not answer or cannot take it now, or the outcome is unknown; try again (starting is idempotent).
 * `invalid`: Temporal will never take it; the start is parked for people to look at.
 */
export type StartResult =
  | { state: 'started'; workflowId: string; eager: boolean }
  | { state: 'already'; workflowId: string }
  | { state: 'unavailable'; error: string }
  | { state: 'invalid'; error: string };

/** Starts the run of a claimed start. Never rejects. */
export type StartRun = (start: ClaimedStart) => Promise<StartResult>;
