// Flows that a tested run calls, where the case says what comes of them: it reaches the caller as in production, and they do not run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, problemsOf, testDemo } from './lab.ts';

const CALLED = `---
flow: charge-card
triggers: [{ manual: true }]
input:
  type: object
  required: [amount]
  properties: { amount: { type: number }, currency: { type: string, default: eur } }
steps: [{ return: { id: never } }]
---
flow: audit
triggers: [{ manual: true }]
steps: [{ return: never }]
`;
const CALLING = `flow: demo
triggers: [{ manual: true }]
steps:
  - id: charge
    call: charge-card
    input: { amount: "\${{ input.amount }}" }
    timeout: 1h
    on_error: continue
  - id: tell
    call: audit
    input: { charged: "\${{ steps.charge.status }}" }
    detach: true
output:
  status: "\${{ steps.charge.status }}"
  id: "\${{ steps.charge.output?.id }}"
  error: "\${{ steps.charge.error }}"
  told: "\${{ steps.tell.output.flow }}"
${CALLED}`;
const INPUT = 'input: { amount: 5 }\n';

async function wrongOf(cases: string, flow = CALLING): Promise<Record<string, string[]>> {
  return (await testDemo(flow, casesOf(cases, INPUT))).wrong;
}

test('a called flow gives what the case says, when it says so, and its calls are expected as any other', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: charged
    flows: { charge-card: { output: { id: ch_1 }, takes: 20m } }
    expect:
      calls:
        - { step: charge, flow: charge-card, exact: true, input: { amount: 5, currency: eur } }
        - { flow: audit, at: 20m, input: { charged: completed } }
      output: { status: completed, id: ch_1, told: audit }
      waits: [20m]
      took: 20m
  - name: in short
    flows: { charge: { output: { id: ch_2 } } }
    expect: { calls: [charge, audit], output: { id: ch_2 }, took: 0s }
`),
    { charged: [], 'in short': [] },
  );
});

test('a called flow fails, is cancelled, or takes longer than the step has', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: fails
    flows: { charge-card: { error: { code: card_declined, message: no money } } }
    expect: { output: { error: { code: call_failed, cause: { code: card_declined, message: no money } } } }
  - name: fails in short
    flows: { charge-card: { error: card_declined } }
    expect: { output: { error: { cause: { code: card_declined } } } }
  - name: is cancelled
    flows: { charge-card: { cancelled: true } }
    expect: { output: { error: { code: call_cancelled } } }
  - name: hangs
    flows: { charge-card: { takes: 1d } }
    expect: { output: { status: timed_out }, took: 1h }
  - name: cannot be called so
    input: { amount: many }
    expect:
      calls: [audit]
      output: { error: { code: invalid_input, message: '\${{ actual.includes("/amount must be number") }}' } }
`),
    { fails: [], 'fails in short': [], 'is cancelled': [], hangs: [], 'cannot be called so': [] },
  );
});

const LOOP = `flow: demo
triggers: [{ manual: true }]
steps:
  - id: all
    foreach: range(0, 3)
    steps: [{ id: charge, call: charge-card, input: { amount: "\${{ item }}" } }]
output: "\${{ steps.all.output }}"
${CALLED}`;

test('a list is a sequence, and `input` chooses', async () => {
  const wrong = await wrongOf(
    `  - name: one after the other
    flows: { charge-card: [{ output: a }, { output: b, times: 2 }] }
    expect: { output: [a, b, b] }
  - name: by input
    flows: { charge: [{ input: { amount: 1 }, output: one }, { output: other, times: any }] }
    expect: { output: [other, one, other] }
  - name: used up
    flows: { charge-card: [{ output: a }] }
`,
    LOOP,
  );

  assert.deepEqual([wrong['one after the other'], wrong['by input']], [[], []]);
  assert.match(wrong['used up']![0]!, /`flows` does not say what comes of it: those of `charge-card` are used up/);
});

test('a call that what the case says is not for is shown with its input and what to write', async () => {
  const { text } = await testDemo(
    CALLING,
    casesOf('  - { name: a, flows: { charge-card: [{ input: { amount: 7 }, output: 1 }] } }\n', INPUT),
  );

  assert.match(
    text,
    /demo\.yaml:4 \(step `charge`\) calls flow `charge-card`, and `flows` does not say what comes of it: `charge-card` wants another input, see `input\.amount`\n\s+It is called with:\n\s+input:\n\s+amount: 5\n\s+currency: eur\n\s+To answer it, write:\n\s+flows:\n\s+charge-card:\n\s+output: \{\}/,
  );
});

test('what is written wrong about a called flow is told', async () => {
  const wrong = async (rest: string): Promise<string[]> => {
    const problems = await problemsOf(CALLING, casesOf(`  - name: a\n${rest}`, INPUT));
    return problems.map((text) => text.replace(/^[\d:]+ /, ''));
  };

  assert.deepEqual(await wrong('    flows: { charge-crd: { output: 1 }, tell: { output: 1, cancelled: true } }\n'), [
    'wrong_value: flow `demo` does not call `charge-crd` | Did you mean `charge-card`?',
    'impossible_combination: a run ends in one way, and both `output` and `cancelled` stand here | Keep one of them.',
  ]);
  assert.deepEqual(await wrong('    mocks: { charge: {} }\n    flows: { audit: { with: {} } }\n'), [
    'wrong_value: `charge` calls no connector: it is a `call` step | What called flows come to stands in `flows`.',
    'unknown_field: `with` is not a field of the run of a called flow | Write `input`.',
  ]);
  assert.deepEqual(await wrong('    expect: { calls: [{ step: charge, with: {} }, { flow: audits }, audti] }\n'), [
    'wrong_value: what a flow is called with is its `input` | Write `input`.',
    'wrong_value: flow `demo` does not call `audits` | Did you mean `audit`?',
    'unknown_step: flow `demo` has no step `audti` | Did you mean `audit`?',
  ]);
});

test('a caller that is cancelled asks the called run to end', async () => {
  const flow = CALLING.replace('    on_error: continue\n', '');
  assert.deepEqual(
    await wrongOf(
      `  - name: cancelled
    flows: { charge-card: { takes: 50m, output: { id: late } } }
    cancel_after: 10m
    expect: { cancelled: true, calls: [charge], took: 10m }
`,
      flow,
    ),
    { cancelled: [] },
  );
});

test('the end of a run can arrive as an event, and start a flow', async () => {
  const flow = `flow: demo
triggers:
  - event: run.failed
steps:
  - id: again
    wait_for: run.completed
    where: { body.flow: "\${{ event.body.flow }}" }
    timeout: 1d
output: "\${{ steps.again.output.body.id }}"
`;
  const { wrong } = await testDemo(
    flow,
    `test: demo
event: { body: { id: orders/1, flow: orders } }
cases:
  - name: it recovers
    arrives:
      - { after: 1h, event: { body: { id: orders/2, flow: orders } } }
    expect: { output: orders/2, took: 1h }
`,
  );

  assert.deepEqual(wrong, { 'it recovers': [] });
});
