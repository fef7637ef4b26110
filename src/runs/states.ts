// How runs end, in the words of commands. Data only: it loads nothing of Temporal.

/** States by the words of commands → as Temporal's queries have them. */
export const RUN_STATES = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Canceled',
  terminated: 'Terminated',
  timed_out: 'TimedOut',
} as const;
export type RunState = keyof typeof RUN_STATES;

/** The state of a run by the SDK's name of it, such as `TIMED_OUT`. */
export function stateOf(name: string): RunState | 'unknown' {
  const state = name.toLowerCase();
  return Object.hasOwn(RUN_STATES, state) ? (state as RunState) : 'unknown';
}
