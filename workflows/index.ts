// The workflow bundle's entry: everything it exports is a workflow type.
export { runFlow } from './run-flow.ts';
