// Every limit and default of a run, in one place. Times are milliseconds. A change here changes runs in flight on replay:
// values that reach Temporal commands may change only together with ENGINE_VERSION.
import type { Retry } from './definition.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Time of one attempt of a connector when the step sets no `attempt_timeout`. */
export const ATTEMPT_TIMEOUT_MS = 30 * SECOND_MS;
/** The activity enforces the attempt timeout itself; Temporal's own limit is this much later, for workers that died. */
export const ATTEMPT_GRACE_MS = 5 * SECOND_MS;
/** Total time of a connector step with its retries when the step sets no `timeout`. */
export const STEP_TIMEOUT_MS = 24 * HOUR_MS;
/** Connectors heartbeat every 1.5 s; a worker silent for this long is taken for dead and the attempt is made elsewhere. */
export const HEARTBEAT_TIMEOUT_MS = 5 * SECOND_MS;
/** Retry of connector steps when neither the step nor the flow sets one. */
export const RETRY_DEFAULT: Retry = { maxAttempts: 10, delayMs: SECOND_MS, backoff: 2, maxDelayMs: 5 * MINUTE_MS };
/** `finally` may take this long, whatever happened before; so may `catch` after the flow's timeout. */
export const FINALLY_TIMEOUT_MS = 5 * MINUTE_MS;
/** Undoing one step may take this long, whatever happened before; each has this time of its own. */
export const UNDO_TIMEOUT_MS = 24 * HOUR_MS;
/** Failures of undoing that an error tells in full; of the others it has the number, for errors go into histories. */
export const UNDO_FAILURES_TOLD_MAX = 100;
/** A wait longer than this tells the dispatcher that the run no longer occupies the worker. */
export const WAIT_NOTICED_MS_MIN = 100;
/** The longest wait: Temporal timers go further, but a century is a typing error. */
export const WAIT_MS_MAX = 10 * 365 * 24 * HOUR_MS;
/** Steps that a run takes in one go, without a call or a wait, before it lets other runs have the workflow thread. */
export const STEPS_IN_ONE_GO_MAX = 500;
/** How long it then pauses: the shortest timer there is. */
export const PAUSE_MS = 1;
/** With less than this until the answer is due, a call gets the time of one attempt instead: it would only be wasted. */
export const CALL_TIME_MS_MIN = SECOND_MS;
/** Calls in flight in one run, over all its nested blocks. Temporal refuses more than 2,000 pending activities. */
export const CALLS_IN_FLIGHT_MAX = 500;
/** Items of one `foreach`. */
export const ITEMS_MAX = 10_000;
/** Iterations of one loop when it sets no `max_iterations`: a loop that nobody meant to be endless ends. */
export const ITERATIONS_DEFAULT = 10_000;
/** Most that `max_iterations` may ask for: a poll every minute for two years. */
export const ITERATIONS_MAX = 1_000_000;
/** A `wait_until` before this (the year 2000) is no moment in time but an amount of it, or two dates subtracted. Unix milliseconds. */
export const WAIT_UNTIL_MS_MIN = 946_684_800_000;
/** History events after which a run starts nothing new. Temporal terminates a run at 51,200. */
export const HISTORY_EVENTS_MAX = 20_000;
/** While a run undoes what it did, it may go on to this: what is not undone then, nobody undoes. */
export const UNDO_HISTORY_EVENTS_MAX = 45_000;
/** Events of flows that start one another in a row: an exchange that nobody meant to be endless ends. */
export const EMIT_DEPTH_MAX = 100;
/** How long a run tries to tell the store that a wait is over; after that it expires there, or is swept. */
export const FORGET_TIMEOUT_MS = 30 * SECOND_MS;
/** How long a run tries to ask for the end of a run that it called: that one may still be about to start. */
export const CANCEL_CALL_TIMEOUT_MS = MINUTE_MS;
/** A step that stops waits so long for the end of the run that it called. Less than the store keeps a wait after its time. */
export const CALL_END_WAIT_MS = 30 * SECOND_MS;
/** For how long the links of an approval are good when nothing says it otherwise. */
export const APPROVAL_LINKS_MS = 30 * 24 * HOUR_MS;
/** A decision is looked for from so long before the run: its links do not exist earlier, but clocks differ. */
export const APPROVAL_LOOKBACK_MS = 24 * HOUR_MS;
/** Time between two reminders of an approval. */
export const REMIND_EVERY_MS_MIN = SECOND_MS;
/** How often one step may ask again because a reset run finds its approval closed. */
export const APPROVALS_AGAIN_MAX = 100;
/** Longer titles of approvals are cut. */
export const APPROVAL_TITLE_CHARACTERS_MAX = 500;
/** People or groups that an approval is for. */
export const APPROVAL_WHO_MAX = 50;
/** Summaries longer than this are refused by the server (400 by default); bytes of UTF-8. */
export const SUMMARY_BYTES_MAX = 200;
/** A `cause` chain is cut here, so that failing handlers in a loop cannot grow an error without end. */
export const CAUSE_DEPTH_MAX = 5;
