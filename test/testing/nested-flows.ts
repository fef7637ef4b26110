// Flows that call flows, for tests that let them run in `hookline test` and on a real server. Every call to the outside says in its path
// which scenario it belongs to; what differs between two servers (ids, times) is not in an output.

/** Source `shop` sends an event of the name of each flow that begins a scenario. */
export const NESTED = `
flow: leaf
triggers: [{ manual: true }]
input:
  type: object
  required: [path]
  additionalProperties: false
  properties: { path: { type: string }, n: { type: integer, default: 7 } }
steps:
  - id: ask
    uses: http.request
    with: { url: "\${{ config.BANK_URL }}/\${{ input.path }}" }
    retry: { max_attempts: 3, delay: 40ms, backoff: 2 }
output: { n: "\${{ input.n }}", got: "\${{ steps.ask.output.body }}" }
---
flow: middle
triggers: [{ manual: true }]
undo_on_failure: true
steps:
  - id: reserve
    uses: http.request
    with: { method: PUT, url: "\${{ config.BANK_URL }}/\${{ input.path }}/reserve" }
    undo:
      - uses: http.request
        with: { method: DELETE, url: "\${{ config.BANK_URL }}/\${{ input.path }}/reserve" }
  - wait: 200ms
  - id: below
    call: leaf
    input: { path: "\${{ input.path }}/leaf" }
finally:
  - uses: http.request
    with: { method: POST, url: "\${{ config.BANK_URL }}/\${{ input.path }}/over", body: { status: "\${{ run.status }}" } }
output: { below: "\${{ steps.below.output }}" }
---
flow: sleeper
triggers: [{ manual: true }]
steps:
  - uses: http.request
    with: { method: POST, url: "\${{ config.BANK_URL }}/\${{ input.path }}/sleeps" }
  - wait: 1h
finally:
  - uses: http.request
    with: { method: POST, url: "\${{ config.BANK_URL }}/\${{ input.path }}/slept", body: { status: "\${{ run.status }}" } }
---
flow: nap
triggers: [{ manual: true }]
steps: [{ call: sleeper, input: { path: "\${{ input.path }}" } }]
---
flow: asker
triggers: [{ manual: true }]
steps:
  - id: sure
    approve:
      title: Sure?
      form: { type: object, properties: { why: { type: string, default: because } } }
      notify:
        - uses: http.request
          with: { method: POST, url: "\${{ config.BANK_URL }}/\${{ input.path }}/asked", body: { run: "\${{ run.id }}" } }
    timeout: 1h
output: "\${{ pick(steps.sure.output, ['decision', 'by', 'form', 'via']) }}"
---
flow: deep
triggers: [{ event: deep, source: shop }]
steps: [{ id: all, call: middle, input: { path: deep } }]
output: \${{ steps.all.output }}
---
flow: failing
triggers: [{ event: failing, source: shop }]
steps: [{ id: all, call: middle, input: { path: failing } }]
catch:
  - return:
      error: "\${{ pick(error, ['code', 'step', 'attempt']) }}"
      cause: "\${{ pick(error.cause, ['code', 'step', 'attempt']) }}"
      first: "\${{ pick(error.cause.cause, ['code', 'step', 'attempt', 'status']) }}"
---
flow: refused
triggers: [{ event: refused, source: shop }]
steps: [{ id: all, call: leaf, input: { path: "\${{ event.body.path }}" }, on_error: continue }]
output: \${{ steps.all.error }}
---
flow: spread
triggers: [{ event: spread, source: shop }]
steps:
  - id: all
    foreach: range(0, 5)
    max_parallel: 2
    on_error: continue
    steps: [{ id: one, call: leaf, input: { path: "spread/\${{ item }}", n: "\${{ item }}" } }]
    output: \${{ steps.one.output }}
output: { all: "\${{ steps.all.output }}", failed: "\${{ steps.all.errors.map(each => [each.item, each.error.code, each.error.cause.code, each.error.cause.status]) }}" }
---
flow: beside
triggers: [{ event: beside, source: shop }]
steps:
  - { id: good, call: leaf, input: { path: beside/good }, detach: true }
  - { id: bad, call: leaf, input: { path: beside/bad }, detach: true }
  - id: ended
    wait_for: run.completed
    where: { body.id: "\${{ steps.good.output.run }}" }
    timeout: 20s
  - id: failed
    wait_for: [run.failed, run.cancelled]
    where: { body.flow: leaf, body.id: "\${{ steps.bad.output.run }}" }
    timeout: 20s
output:
  good: "\${{ pick(steps.ended.output.body, ['flow', 'status', 'output']) }}"
  by: "\${{ pick(steps.ended.output.body.event, ['type', 'source']) }}"
  bad: "\${{ pick(steps.failed.output.body.error, ['code', 'status', 'step']) }}"
  told: "\${{ [steps.ended.output.type, steps.failed.output.type, steps.failed.output.source] }}"
---
flow: impatient
triggers: [{ event: impatient, source: shop }]
steps: [{ id: slow, call: nap, input: { path: impatient }, timeout: 5s, on_error: continue }]
output: { status: "\${{ steps.slow.status }}", code: "\${{ steps.slow.error.code }}" }
---
flow: asking
triggers: [{ event: asking, source: shop }]
steps: [{ id: asked, call: asker, input: { path: asking } }]
output: \${{ steps.asked.output }}
---
flow: deciding
triggers: [{ event: deciding, source: shop }]
steps:
  - parallel:
      left: [{ call: middle, input: { path: deciding/left } }]
      right: [{ call: nap, input: { path: deciding/right } }]
    on_error: fail
catch: [{ return: "\${{ pick(error, ['code', 'branch']) }}" }]
`;

/** What the outside answers, one after the other; the last answer repeats. All else is answered with 200. */
export const ANSWERS: Record<string, { status: number; body?: object }[]> = {
  'GET /deep/leaf': [{ status: 503 }, { status: 200, body: { deep: true } }],
  'GET /failing/leaf': [{ status: 500 }],
  'GET /spread/3': [{ status: 404 }],
  'GET /spread/4': [{ status: 500 }, { status: 500 }, { status: 200, body: { late: true } }],
  'GET /beside/bad': [{ status: 403 }],
  'GET /deciding/left/leaf': [{ status: 404 }],
};

/** Flows that begin a scenario, and what their event says. */
export const SCENARIOS: Record<string, object> = {
  deep: {},
  failing: {},
  refused: { path: 5 },
  spread: {},
  beside: {},
  impatient: {},
  asking: {},
  deciding: {},
};
