// What people and build servers read: only what differs, JUnit that any parser takes, JSON with everything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../../src/testing/compare.ts';
import { jsonReport, junitReport } from '../../src/testing/report-files.ts';
import { casesOf, CONNECTIONS, flowOf, testDemo, testFiles } from './lab.ts';

const MAIL = flowOf(`  - id: mail
    uses: email.send
    connection: mail
    with: { to: a@b.example, subject: "Order \${{ input.id }}", text: "\${{ input.text }}" }
`);

test('of a long text only the lines that differ are shown', async () => {
  const { text } = await testDemo(
    MAIL,
    casesOf(`  - name: text
    input: { id: 1, text: "Hello,\\n\\nyou bought 3 things.\\nBye" }
    mocks: { mail: {} }
    expect: { calls: [{ step: mail, with: { text: "Hello,\\n\\nyou bought 2 things.\\nBye" } }] }
`),
  );

  assert.match(
    text,
    /demo\.test\.yaml:6:51 calls\[0\]\.with\.text\n +line 3\n +expected {2}"you bought 2 things\."\n +actual {4}"you bought 3 things\."\n\n/,
  );
});

test('only the paths that differ are told, each with its place', async () => {
  const { text } = await testDemo(
    MAIL,
    casesOf(`  - name: two of three
    input: { id: 1, text: hi }
    mocks: { mail: { output: { message_id: m-1 } } }
    expect:
      calls:
        - step: mail
          attempts: 2
          with: { to: a@b.example, subject: Order 2 }
      steps: { mail: { output: { message_id: m-1 } } }
`),
  );

  const shown = text.split('\n').filter((line) => line.includes('demo.test.yaml:'));
  assert.deepEqual(
    shown.map((line) => line.trim()),
    ['demo.test.yaml:9:21 calls[0].attempts', 'demo.test.yaml:10:45 calls[0].with.subject'],
  );
});

test('calls that were not expected and calls that were not made are told', async () => {
  const { wrong } = await testDemo(
    MAIL,
    casesOf(`  - name: none expected
    input: { id: 1, text: hi }
    mocks: { mail: {} }
    expect: { calls: [] }
  - name: two expected
    input: { id: 1, text: hi }
    mocks: { mail: {} }
    expect: { calls: [slack.post_message, mail] }
`),
  );

  assert.deepEqual(wrong['none expected'], ['calls.0: undefined / "mail (email.send)"']);
  assert.deepEqual(wrong['two expected'], [
    'calls.0: "slack.post_message" / "mail (email.send)"',
    'calls.1: "mail" / undefined',
  ]);
});

test('`exact` leaves no room for more', async () => {
  const { wrong } = await testDemo(
    MAIL,
    casesOf(`  - name: one call
    input: { id: 1, text: hi }
    mocks: { mail: {} }
    expect: { calls: [{ step: mail, exact: true, with: { to: a@b.example, subject: Order 1 } }] }
  - name: everything
    input: { id: 1, text: hi }
    mocks: { mail: {} }
    expect: { exact: true, steps: { mail: { status: completed } } }
`),
  );

  assert.deepEqual(wrong['one call'], ['calls.0.with.text: undefined / "hi"']);
  assert.deepEqual(
    wrong['everything']?.map((line) => line.split(':')[0]),
    ['steps.mail.output', 'steps.mail.error'],
  );
});

test('values are compared by what they are: no text is a number, no null is nothing', () => {
  const cases = [
    [{ a: '5' }, { a: 5 }, 1],
    [{ a: null }, {}, 1],
    [{ a: null }, { a: null }, 0],
    [{}, { a: 1 }, 0],
    [[], {}, 1],
    [[1], [1, 2], 1],
    [[{ a: 1 }], [{ a: 1, b: 2 }], 0],
    ['${{ actual > 3 }}', 4, 0],
    ['${{ actual > 3 }}', 'x', 1],
    ['${{ 3 }} actual', '${{ 3 }} actual', 0],
  ] as const;
  for (const [expected, actual, count] of cases) {
    const found = differences(structuredClone(expected) as never, structuredClone(actual) as never, false);
    assert.equal(found.length, count, JSON.stringify([expected, actual]));
  }
});

const NASTY = `${casesOf(`  - name: "<&\\"' \\u0007"
    input: { id: 1, text: hi }
    mocks: { mail: {} }
  - name: fails
    input: { id: 1, text: "<b>]]>" }
    mocks: { mail: {} }
    expect: { calls: [{ step: mail, with: { text: "</b>" } }] }
`)}`;

test('JUnit: a suite a file, a failure a case that failed, nothing that XML cannot hold', async () => {
  const { suite } = await testFiles({
    'connections.yaml': CONNECTIONS,
    'demo.yaml': MAIL,
    'demo.test.yaml': NASTY,
    'bad.test.yaml': 'test: demo\ncases: []\n',
  });
  const xml = junitReport(suite);

  assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>\n/);
  assert.match(xml, /<testsuite name="[^"]*bad\.test\.yaml" tests="1" failures="0" errors="1"/);
  assert.match(
    xml,
    /<testcase classname="[^"]*" name="loads: wrong_value at line 2" time="0">\n\s*<error message="[^"]*bad\.test\.yaml:2:1: /,
  );
  assert.match(xml, /<testsuite name="[^"]*demo\.test\.yaml" tests="2" failures="1" errors="0" time="[\d.]+">/);
  assert.match(xml, /name="&lt;&amp;&quot;' \ufffd"[^>]*\/>/);
  assert.match(
    xml,
    /<failure message="[^"<]*calls\[0\]\.with\.text">[^<]*expected &quot;&lt;\/b&gt;&quot;\nactual &quot;&lt;b&gt;\]\]&gt;&quot;<\/failure>/,
  );
  assert.deepEqual([...xml.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)].reduce(openTags, []), []);
});

/** The tags that are open after this one. */
function openTags(open: string[], [, closes, name, single]: RegExpMatchArray): string[] {
  if (single === '/') return open;
  if (closes === '') return [...open, name!];
  assert.equal(open.at(-1), name);
  return open.slice(0, -1);
}

test('JSON: cases with their differences, coverage with the lines that never ran', async () => {
  const { suite } = await testDemo(
    `${MAIL}  - { id: more, if: input.id == 2, set: { n: 1 } }\n`.replace('steps:', 'vars: { n: 0 }\nsteps:'),
    NASTY,
  );
  const report = JSON.parse(JSON.stringify(jsonReport(suite)));

  assert.deepEqual([report.passed, report.failed, report.problems], [1, 1, []]);
  const [, failed] = report.cases;
  assert.deepEqual(
    [failed.name, failed.passed, failed.ending, failed.calls],
    ['fails', false, 'completed', [{ step: 'mail', uses: 'email.send', attempts: 1 }]],
  );
  assert.equal(failed.differences.length, 1);
  assert.deepEqual(
    { ...failed.differences[0], at: failed.differences[0].at.replace(/.*\//, '') },
    { at: 'demo.test.yaml:9:51', path: 'calls[0].with.text', expected: '</b>', actual: '<b>]]>' },
  );
  const [flow] = report.coverage.flows;
  assert.deepEqual([report.coverage.percent, flow.missed_lines, flow.missed_branches], ['50%', [10], ['more.if true']]);
});

test('JSON: what a run called, emitted and asked, in its order', async () => {
  const { suite } = await testFiles({
    'demo.yaml': flowOf(`  - { id: part, call: other }
  - { id: tell, emit: done }
  - { id: sure, approve: { title: Sure? } }
`),
    'other.yaml': flowOf('  - return: 1\n').replace('demo', 'other'),
    'demo.test.yaml': casesOf('  - name: a\n    flows: { other: { output: 2 } }\n    approvals: { sure: approved }\n'),
  });
  const [{ calls, emits, asked, passed }] = JSON.parse(JSON.stringify(jsonReport(suite))).cases;

  assert.deepEqual(
    [calls, emits, asked, passed],
    [
      [{ step: 'part', flow: 'other', attempts: 1 }],
      [{ step: 'tell', type: 'done' }],
      [{ step: 'sure', title: 'Sure?' }],
      true,
    ],
  );
});

test('a terminal gets no control character of a test or a flow', async () => {
  const { text } = await testDemo(
    MAIL,
    casesOf(`  - name: "clears \\u001b[2J the screen"
    input: { id: 1, text: "\\u001b[31mred" }
    mocks: { mail: {} }
    expect: { calls: [{ step: mail, with: { text: black } }] }
`),
  );

  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f]/);
});
