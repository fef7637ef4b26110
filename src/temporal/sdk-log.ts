// What of the SDK's log lines is kept. Messages of failed steps and calls may quote bodies and URLs, so they never are:
// the code, the status and the place say what to look for, and the run in Temporal's Web UI says the rest.

/** Fields worth keeping; others may hold payloads or whole errors. */
const FIELDS = ['workflowId', 'runId', 'workflowType', 'activityId', 'activityType', 'attempt', 'taskQueue'];
/** How a failed run's message begins: the step and where it stands in the flow's file. */
const PLACE = /^step `([^`\n]*)` \(([^)\n]*)\)/;
/** Codes of activities that look again until something has ended: each look that finds it open counts as failed. */
const STILL_WAITING = new Set(['run_open']);
const OF_FLOWS = new Set(['Workflow failed', 'Activity failed']);

/** The fields to log beside the SDK's message. */
export function sdkFields(message: string, meta: Record<string | symbol, unknown> = {}): Record<string, unknown> {
  const kept = FIELDS.filter((name) => meta[name] !== undefined).map((name) => [name, meta[name]]);
  const fields: Record<string, unknown> = Object.fromEntries(kept);
  const error = meta['error'] as { message?: string; type?: unknown; details?: unknown } | undefined;
  if (!error?.message) return fields;
  if (!OF_FLOWS.has(message)) return { ...fields, reason: error.message };
  const [, step, at] = PLACE.exec(error.message) ?? [];
  const known = Array.isArray(error.details) ? (error.details[0] as { status?: unknown } | undefined) : undefined;
  return {
    ...fields,
    ...(step === undefined ? {} : { step, at }),
    ...(typeof error.type === 'string' ? { code: error.type } : {}),
    ...(typeof known?.status === 'number' ? { status: known.status } : {}),
  };
}

/** Whether the line says no more than that an activity still waits. */
export function isRoutine(message: string, meta: Record<string | symbol, unknown> = {}): boolean {
  const { type } = (meta['error'] ?? {}) as { type?: unknown };
  return message === 'Activity failed' && typeof type === 'string' && STILL_WAITING.has(type);
}
