// The workflow bundle's entry: everything it exports is a workflow type.
export { fireSchedule } from './fire-schedule.ts';
export { runFlow } from './run-flow.ts';
