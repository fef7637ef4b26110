// The flows of admission.test.ts. Texts only.
/** `per` of the flow `rated`. */
export const PER_MS = 400;
const OUTSIDE = '${{ config.CRM_URL }}';
const work = `uses: http.request
    with: { method: POST, url: "${OUTSIDE}/work", body: { id: "\${{ event.body.id }}" } }`;

/** One flow for each way in which `concurrency` and `rate` hold starts back, and flows that call them. */
export const FLOWS = `
source: jobs
auth: none
event_type: body:type
delivery_id: body:id
---
flow: skipping
triggers: [{ event: skip, source: jobs }]
concurrency: { key: event.body.key, on_limit: skip }
steps:
  - ${work}
---
flow: replacing
triggers: [{ event: replace, source: jobs }]
concurrency: { key: event.body.key, on_limit: cancel_running }
steps:
  - ${work}
  - if: event.body.wait
    then:
      - wait: 1h
finally:
  - uses: http.request
    with: { method: POST, url: "${OUTSIDE}/cleaned", body: { id: "\${{ event.body.id }}" } }
---
flow: queueing
triggers: [{ event: queue, source: jobs }]
concurrency: {}
steps:
  - uses: http.request
    with: { method: POST, url: "${OUTSIDE}/queued" }
---
flow: rated
triggers: [{ event: rate, source: jobs }]
rate: { limit: 2, per: ${PER_MS}ms }
steps:
  - return: 1
---
flow: answering
triggers:
  - webhook: answering
    auth: none
    delivery_id: body:id
    respond: result
    respond_within: 60s
concurrency: { key: event.body.key }
steps:
  - ${work}
  - return: { id: "\${{ event.body.id }}" }
---
flow: answering-soon
triggers:
  - webhook: answering-soon
    auth: none
    delivery_id: body:id
    respond: result
    respond_within: 500ms
concurrency: { key: event.body.key }
steps:
  - ${work}
  - return: { id: "\${{ event.body.id }}" }
---
flow: answering-skipping
triggers:
  - webhook: answering-skipping
    auth: none
    delivery_id: body:id
    respond: result
concurrency: { on_limit: skip }
steps:
  - ${work}
---
flow: calling
triggers: [{ event: call, source: jobs }]
steps:
  - call: called
    input: { id: "\${{ event.body.id }}", key: "\${{ event.body.key }}" }
    timeout: 1m
catch:
  - return: "\${{ error }}"
---
flow: calling-in-turn
triggers: [{ event: call-in-turn, source: jobs }]
steps:
  - call: in-turn
    input: { id: "\${{ event.body.id }}" }
---
flow: in-turn
triggers: [{ manual: true }]
concurrency: { limit: 1 }
steps:
  - ${work}
---
flow: called
triggers: [{ manual: true }]
concurrency: { key: event.body.key, on_limit: skip }
steps:
  - ${work}
`;
