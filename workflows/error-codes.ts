// The closed list of codes in `error.code` that are not an author's own (`fail`) and not an expression's
// (expression/error.ts has those). The docs are generated from it; a code never changes its meaning.

/** What each code means, in one sentence. Connectors use the codes below `http_status`. */
export const ERROR_CODES = {
  invalid_field: 'A field worked out at run time has a value that its verb cannot use.',
  too_many_items: 'A `foreach` got a longer list than it takes.',
  too_many_iterations: 'A loop wanted more iterations than its `max_iterations`, or than it may have without one.',
  timeout: "The step's `timeout` was over before it ended; `cause` is its last failed attempt, if there was one.",
  flow_timeout: "The flow's `timeout` was over before its steps ended.",
  undo_failed: 'Steps could not be undone, or some of them; `undo` lists them as `{step, error}`.',
  already_responded: 'A second `respond` was reached; a sender is answered once.',
  run_too_long: 'The run has so much history that it may start nothing new; split it into several runs.',
  emit_too_deep: 'Events and calls of flows started one another too often in a row: probably a circle.',
  call_failed: 'The run of a called flow failed, or could not be started; `cause` is its error.',
  not_started:
    'The called flow started no run: its `concurrency` wanted none then, or Temporal refused it; the message says which.',
  call_cancelled: 'The run of a called flow was cancelled, or terminated.',
  flow_unknown: 'A called flow is not loaded.',
  flow_broken: 'A called flow has errors, so it is not loaded; the call is tried until the flow is corrected.',
  no_response: 'The run ended, by a failure or cancellation, before it answered.',
  run_failed: 'The run failed before it answered; the cause is in the message.',
  http_status: 'The service answered with a status that means failure; `status`, `headers` and `body` are its answer.',
  network: 'The service could not be reached, or the connection broke before the whole answer was read.',
  attempt_timeout: "One attempt took longer than the step's `attempt_timeout`.",
  worker_lost: 'The process that made the call died or hung; whether the call reached the service is unknown.',
  invalid_input: 'The input does not follow the schema of the action, or `input` of the called flow.',
  invalid_output: "The service's answer is not what the action needs to make its output.",
  service_rejected: 'The service answered, but said in its own words that it did not do it; `body` is its answer.',
  email_rejected: 'The mail server did not take the message; `status` is its SMTP reply code.',
  too_many_redirects: 'The service redirected more often than is followed, or in a way that is not followed.',
  host_busy: 'Too many calls to one outside host are under way already; the attempt never left.',
  response_too_large: 'The service sent more than the action accepts.',
  address_refused: 'The address is private or not allowed, and `HOOKLINE_ALLOW_PRIVATE_NETWORK` is not set.',
  connection_missing: 'The `connection:` document that the step names is not loaded.',
  secret_missing: 'A secret that the call needs is not set.',
  connector_missing: 'No running worker knows the connector.',
  connector_failed: 'The connector failed in a way it has no code for.',
} as const;

/** A code of Hookline's own. */
export type ErrorCode = keyof typeof ERROR_CODES;
