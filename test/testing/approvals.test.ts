// People whom a tested run asks: what the case says that they decide, when, and what the run told them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, testDemo } from './lab.ts';

const ASKING = `flow: demo
triggers: [{ manual: true }]
vars: { late: false }
steps:
  - id: release
    approve:
      title: "Refund \${{ input.amount }}?"
      who: [finance@example.com, Ada]
      form:
        type: object
        required: [reason]
        properties: { reason: { type: string }, urgent: { type: boolean, default: false } }
        additionalProperties: false
      notify:
        - id: tell
          uses: email.send
          connection: mail
          with: { to: a@b.example, subject: "Reminder \${{ reminder }}", text: "\${{ steps.release.links.page }}" }
      remind_every: 1d
    timeout: 3d
    on_timeout: [{ set: { late: true } }]
output: { decided: "\${{ steps.release.output }}", late: "\${{ vars.late }}" }
`;
const SHARED = 'input: { amount: 5 }\nmocks: { tell: {} }\n';

async function wrongOf(cases: string, flow = ASKING, shared = SHARED): Promise<Record<string, string[]>> {
  return (await testDemo(flow, casesOf(cases, shared))).wrong;
}

test('a person decides after the run told people, by default at once', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: approved
    approvals: { release: { decision: approved, by: Ada, comment: fine, form: { reason: broken }, after: 2h } }
    expect:
      calls: [{ step: tell, with: { subject: Reminder 0 } }]
      asked: [{ step: release, title: 'Refund 5?', who: [finance@example.com, Ada], at: 0s }]
      output:
        late: false
        decided:
          approved: true
          decision: approved
          by: Ada
          at: '2026-01-05T11:00:00.000Z'
          comment: fine
          form: { reason: broken, urgent: false }
          via: link
      taken: [release.in_time]
      waits: [2h]
  - name: rejected in short
    approvals: { release: rejected }
    expect: { calls: [tell], output: { decided: { approved: false, by: null } }, took: 0s }
`),
    { approved: [], 'rejected in short': [] },
  );
});

test('reminders come on the clock of the test until somebody decides', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: after two reminders
    approvals: { release: { decision: approved, form: { reason: x }, after: 2d 12h, via: signal } }
    expect:
      calls: [tell, { step: tell, at: 1d, with: { subject: Reminder 1 } }, { step: tell, at: 2d }]
      waits: [1d, 1d, 12h]
      output: { decided: { via: signal } }
  - name: nobody
    expect:
      calls: [tell, tell, tell]
      took: 3d
      taken: [release.on_timeout]
      output: { decided: null, late: true }
  - name: too late
    approvals: { release: { decision: rejected, after: 4d } }
    expect: { output: { late: true } }
`),
    { 'after two reminders': [], nobody: [], 'too late': [] },
  );
});

test('links are the same in every run of a test', async () => {
  const links: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const { suite } = await testDemo(ASKING, casesOf('  - name: a\n    approvals: { release: rejected }\n', SHARED));
    links.push((suite.results[0]!.run.calls[0]!.input as { text: string }).text);
  }

  assert.match(links[0]!, /^https:\/\/hookline\.test\/approvals\/demo%2F[^/]+\/0\?expires=\d+&signature=[\w-]{43}$/);
  assert.equal(links[1], links[0]);
});

test('what is filled in is checked as on the page', async () => {
  const wrong = await wrongOf(`  - name: left out
    approvals: { release: approved }
  - name: not asked for
    approvals: { release: { decision: rejected, form: { colour: red } } }
`);

  assert.match(
    wrong['left out']![0]!,
    /^: demo\.yaml:5 \(step `release`\) does not take the `form` that `approvals` fills in: `reason`: This is needed\.$/,
  );
  assert.match(wrong['not asked for']![0]!, /There is no colour here/i);
});

const LOOP = `flow: demo
triggers: [{ manual: true }]
steps:
  - id: all
    foreach: range(0, 3)
    steps: [{ id: release, approve: { title: "Number \${{ item }}?" } }]
    output: "\${{ steps.release.output.decision }}"
output: "\${{ steps.all.output }}"
`;

test('a list of decisions is one for each time that the step asks', async () => {
  assert.deepEqual(
    await wrongOf(
      `  - name: one after the other
    approvals: { release: [approved, { decision: rejected, times: 2, after: 1h }] }
    expect: { output: [approved, rejected, rejected], asked: [release, release, { title: Number 2?, at: 1h }], took: 2h }
  - name: always
    approvals: { release: approved }
    expect: { output: [approved, approved, approved] }
`,
      LOOP,
      '',
    ),
    { 'one after the other': [], always: [] },
  );
});

test('a run that waits for a person for ever says for whom, and what to write', async () => {
  assert.deepEqual(await wrongOf('  - name: a\n', LOOP, ''), {
    a: [
      ": the run never ends: demo.yaml:6 (step `release`) waits for a person's decision. Say in `approvals` what is decided, or give the step a `timeout`.",
    ],
  });
});

test('a run that is cancelled while it waits ends, and asks nobody any more', async () => {
  assert.deepEqual(
    await wrongOf(`  - name: a
    cancel_after: 1d 1h
    approvals: { release: { decision: approved, form: { reason: x }, after: 2d } }
    expect: { cancelled: true, calls: [tell, tell], took: 1d 1h }
`),
    { a: [] },
  );
});
