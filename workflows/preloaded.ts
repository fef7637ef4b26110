// What the worker loads once and shares between all runs: the workflow and everything it imports. None of it may keep
// state but bounded caches of pure values, for it outlives every run.
import './index.ts';

/**
 * Frames of a stack trace in the sandbox. For every promise that a run makes, Temporal takes a trace and maps each of its
 * frames back to the source; V8's ten are most of what that costs. The first of them is Temporal's own hook.
 */
const STACK_FRAMES_MAX = 3;

(Error as { stackTraceLimit?: number }).stackTraceLimit = STACK_FRAMES_MAX;
