// The id of a run. Apart from what starts runs, so that commands that only name one load no Temporal.

/** `FLOW/EVENT-ID`: the id of a run. */
export function workflowIdOf(flow: string, eventId: string): string {
  return `${flow}/${eventId}`;
}
