// The flows of the soak of calls and approvals: a root calls branches, branches call leaves, and all of it fails, waits, asks people and
// continues as new as its input says.
const TOLD = `{ name: "\${{ input.name }}", reminder: "\${{ reminder }}", run: "\${{ run.id }}", step: "\${{ STEP }}", link: "\${{ steps.STEP.links.page }}" }`;

/** `notify` of a step: tried again for as long as the outside says so. */
function notify(step: string): string {
  const body = TOLD.replace('"${{ STEP }}"', step).replaceAll('STEP', step);
  return `
            - uses: http.request
              with: { method: POST, url: "\${{ config.CRM_URL }}/asked", body: ${body} }
              retry: { max_attempts: 100, delay: 150ms, backoff: 1.5, max_delay: 1s }
              attempt_timeout: 5s`;
}

/** A leaf in one of the ways in which it may be called. */
function callOf(id: string, flow: string, rest = ''): string {
  return `
      - id: ${id}
        if: item.way == "${id}"
        call: ${flow}
        input: \${{ item }}
        on_error: continue
        ${rest}`;
}

const LEAF_STEPS = `
input: { type: object }
triggers: [{ manual: true }]
steps:
  - uses: http.request
    with: { method: POST, url: "\${{ config.CRM_URL }}/begun", body: { name: "\${{ input.name }}", run: "\${{ run.id }}" } }
    retry: { max_attempts: 100, delay: 100ms, backoff: 1.5, max_delay: 1s }
  - if: input.does == "fail"
    then: [{ fail: { code: refused, message: "\${{ input.name }}" } }]
  - if: input.does == "sleep"
    then: [{ wait: 1h }]
  - if: input.does == "busy"
    then: [{ foreach: "range(0, 15)", steps: [{ wait: 10ms }] }]
  - id: asked
    if: input.does == "ask"
    call: ask
    input: \${{ input }}
output: { name: "\${{ input.name }}", asked: "\${{ steps.asked.output }}" }`;

/** All documents. */
export const SOAK_FLOWS = `
flow: root
triggers: [{ event: go, source: shop }]
steps:
  - id: all
    parallel:
      branches:
        - id: each
          foreach: event.body.branches
          max_parallel: 3
          steps:
            - id: called
              call: branch
              input: \${{ item }}
              on_error: continue
          output: { name: "\${{ item.name }}", status: "\${{ steps.called.status }}", error: "\${{ steps.called.error }}", output: "\${{ steps.called.output }}" }
      busy: [{ foreach: "range(0, 12)", steps: [{ wait: 60ms }] }]
output: \${{ steps.all.output.branches }}
---
flow: branch
input: { type: object }
triggers: [{ manual: true }]
steps:
  - id: leaves
    foreach: input.leaves
    max_parallel: 2
    steps:${callOf('plain', 'leaf')}${callOf('timed', 'leaf', 'timeout: 700ms')}${callOf('turned', 'turned-leaf', 'timeout: 4s')}${callOf('detached', 'leaf', 'detach: true')}
    output:
      name: \${{ item.name }}
      way: \${{ item.way }}
      status: \${{ [steps.plain, steps.timed, steps.turned, steps.detached].find(step => step.status != "skipped")?.status }}
      error: \${{ [steps.plain, steps.timed, steps.turned, steps.detached].find(step => step.error)?.error?.code }}
      output: \${{ steps.plain.output ?? steps.timed.output ?? steps.turned.output }}
  - if: input.strict
    then:
      - parallel:
          failing: [{ wait: "\${{ input.after }}" }, { fail: { code: strict, message: stops the others } }]
          stopped: [{ call: leaf, input: { name: "\${{ input.name }}-stopped", does: sleep } }]
output: \${{ steps.leaves.output }}
---
flow: leaf${LEAF_STEPS}
---
flow: turned-leaf
concurrency: { key: "'all'", limit: 2 }${LEAF_STEPS}
---
flow: ask
input: { type: object }
triggers: [{ manual: true }]
steps:
  - id: both
    parallel:
      person:
        - id: timed
          if: input.hurried
          approve:
            title: "\${{ input.name }}?"
            remind_every: 1s
            notify:${notify('timed')}
          timeout: 1500ms
          on_timeout: [{ wait: 5ms }]
        - id: open
          if: "!input.hurried"
          approve:
            title: "\${{ input.name }}?"
            remind_every: 1s
            notify:${notify('open')}
      busy: [{ foreach: "range(0, 20)", steps: [{ wait: 50ms }] }]
output:
  status: "\${{ (input.hurried ? steps.timed : steps.open).status }}"
  decision: "\${{ (input.hurried ? steps.timed : steps.open).output }}"
`;
