// Words of the events that Hookline itself makes: of the ends of runs, and of calls between flows. Data only; they never come from outside.

/** Source of the events of runs' ends. No inbound URL can have the name. */
export const RUN_SOURCE = 'run';
/** Source and type of the events that start called flows. No inbound URL can have the name. */
export const CALL_SOURCE = 'call';
/** Header of a call's event: the run that called waits for the end. */
export const AWAIT_HEADER = 'hookline-await';

/** Header of an end's event: Temporal's id of the execution that ended, for a run may be made to run again from a step. */
export const EXECUTION_HEADER = 'hookline-execution';

/** How a run ends. */
export type RunEndStatus = 'completed' | 'failed' | 'cancelled';

/** Types of the events of runs' ends. */
export const RUN_END_TYPES: readonly string[] = ['run.completed', 'run.failed', 'run.cancelled'];

/** Type of the event of such an end. */
export function runEndType(status: RunEndStatus): string {
  return `run.${status}`;
}

/** How types begin that only Hookline itself sends: no flow may emit them. */
export const RESERVED_TYPE_PREFIXES: readonly string[] = ['run.', 'approval.', 'call.'];

/** Whether a type, or a pattern of types, is about the ends of runs: it is looked for among those and nowhere else. */
export function isRunEndPattern(pattern: string): boolean {
  return pattern.startsWith('run.');
}
