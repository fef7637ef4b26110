// What is wrong with a test file: every problem has its place, a caret and, where one can be guessed, the word that was meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from '../../src/flow/format.ts';
import { casesOf, flowOf, testDemo, testFiles } from './lab.ts';

const FLOW = flowOf(
  `  - id: ask
    uses: http.request
    with: { url: "https://x.example" }
  - id: choose
    if: event.type == "x"
    then: [{ set: { said: yes } }]
`,
  'vars: { said: "" }\n',
);

/** `line:column code: message | hint` of each problem. */
async function problemsOf(cases: string, flow = FLOW): Promise<string[]> {
  const { suite } = await testDemo(flow, cases);
  assert.equal(suite.results.length, 0);
  return suite.problems
    .filter(({ file }) => file.endsWith('.test.yaml'))
    .map(({ line, column, code, message, hint }) => `${line}:${column} ${code}: ${message}${hint ? ` | ${hint}` : ''}`);
}

const broken: Record<string, [string, string[]]> = {
  'an unknown field': [
    '  - name: a\n    expects: {}\n',
    ['4:5 unknown_field: `expects` is not a field of a case | Did you mean `expect`?'],
  ],
  'an unknown field of an answer': [
    '  - name: a\n    mocks: { ask: { staus: 200 } }\n',
    ['4:21 unknown_field: `staus` is not a field of a mocked answer | Did you mean `status`?'],
  ],
  'an unknown field of an expected call': [
    '  - name: a\n    expect: { calls: [{ step: ask, wiht: {} }] }\n',
    ['4:36 unknown_field: `wiht` is not a field of an expected call | Did you mean `with`?'],
  ],
  'a step that the flow does not have': [
    '  - name: a\n    mocks: { asks: {} }\n    expect: { steps: { aks: completed }, calls: [ask, asc] }\n',
    [
      '4:14 unknown_step: flow `demo` has no step `asks` | Did you mean `ask`?',
      '5:24 unknown_step: flow `demo` has no step `aks` | Did you mean `ask`?',
      '5:55 unknown_step: flow `demo` has no step `asc` | Did you mean `ask`?',
    ],
  ],
  'a step that calls nothing': [
    '  - name: a\n    mocks: { choose: {} }\n',
    ['4:14 wrong_value: `choose` calls no connector: it is a `if` step | There is: ask.'],
  ],
  'a connector that does not exist': [
    '  - name: a\n    mocks: { http.requests: {} }\n',
    ['4:14 unknown_connector: there is no connector `http.requests` | Did you mean `http.request`?'],
  ],
  'a branch that the flow does not have': [
    '  - name: a\n    expect: { taken: [choose.than] }\n',
    ['4:23 unknown_step: flow `demo` has no branch `choose.than` | Did you mean `choose.then`?'],
  ],
  'an error code that does not exist': [
    '  - name: a\n    mocks: { ask: { error: netwrok } }\n',
    ['4:28 wrong_value: `error` must be a code of run errors such as `network` | Did you mean `network`?'],
  ],
  'two ways to answer': [
    '  - name: a\n    mocks: { ask: { status: 200, error: network } }\n',
    [
      '4:34 impossible_combination: an attempt ends in one way, and both `status` and `error` stand here | Keep one of them.',
    ],
  ],
  'a body without a status': [
    '  - name: a\n    mocks: { ask: { body: {} } }\n',
    ['4:21 missing_field: `body` belongs to an HTTP answer, which has a `status` | Add `status: 200`.'],
  ],
  'two beginnings': [
    '  - name: a\n    event: { body: 1 }\n    input: {}\n',
    [
      '5:5 impossible_combination: a run begins with one thing, and both `event` and `input` stand here | Keep one of them.',
    ],
  ],
  'a failure with an output': [
    '  - name: a\n    expect: { error: network, output: 5 }\n',
    ['4:31 impossible_combination: a run that fails has no `output` | Keep one of them.'],
  ],
  'a condition that is none': [
    '  - name: a\n    expect: { output: "${{ actual.lenght() > 2 }}" }\n',
    ['4:35 expression_function: There is no method `lenght`.'],
  ],
  'a file that is not there': [
    '  - name: a\n    event: nowhere.json\n',
    ['4:12 file_unreadable: there is no file `nowhere.json` | Paths are relative to the test file.'],
  ],
  'a time that is none': [
    '  - name: a\n    time: 2026-02-31T25:00:00Z\n',
    ['4:11 wrong_value: `2026-02-31T25:00:00Z` is no day of the calendar'],
  ],
  'a name that is taken': ['  - name: a\n  - name: a\n', ['4:11 duplicate_name: another case has this name already']],
  'a case without a name': ['  - expect: {}\n', ['3:5 missing_field: a case needs `name`']],
  'a tab, as in any YAML': [
    '\t- name: a\n',
    ['3:1 yaml_tab: the line is indented with a tab | YAML wants spaces: two for each level.'],
  ],
};

for (const [what, [cases, expected]] of Object.entries(broken)) {
  test(`${what} is told`, async () => assert.deepEqual(await problemsOf(casesOf(cases)), expected));
}

test('a flow that does not exist is told with the one that was meant', async () => {
  assert.deepEqual(await problemsOf('test: dmeo\ncases: [{ name: a }]\n'), [
    '1:7 wrong_value: there is no flow `dmeo` | Did you mean `demo`?',
  ]);
});

test('a document that tests nothing is told', async () => {
  assert.deepEqual(await problemsOf('cases: [{ name: a }]\n'), [
    '1:1 missing_field: a test document is a map that begins with `test: FLOW` | Name the flow that it tests.',
  ]);
});

test('problems are shown with the line and a caret', async () => {
  const { suite } = await testDemo(FLOW, casesOf('  - name: a\n    expects: {}\n'));
  const [, ...lines] = formatProblem(suite.problems.at(-1)!).split('\n');

  assert.deepEqual(lines, ['      expects: {}', '      ^^^^^^^', '  hint: Did you mean `expect`?']);
});

test('a test file beside a flow is not loaded as a flow', async () => {
  const { suite } = await testFiles({
    'demo.yaml': FLOW,
    'demo.test.yaml': casesOf('  - name: a\n    mocks: { ask: {} }\n'),
  });

  assert.deepEqual(
    suite.problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  assert.equal(suite.results.length, 1);
});

test('several documents of a file test several flows', async () => {
  const { wrong } = await testFiles({
    'two.yaml': `${flowOf('  - return: 1\n')}---\n${flowOf('  - return: 2\n').replace('demo', 'other')}`,
    'two.test.yaml': `${casesOf('  - name: one\n    expect: { output: 1 }\n')}---\n${casesOf('  - name: two\n    expect: { output: 2 }\n').replace('demo', 'other')}`,
  });

  assert.deepEqual(wrong, { one: [], two: [] });
});

test('cases share what stands beside `cases`, and may say otherwise', async () => {
  const { wrong } = await testDemo(
    FLOW,
    casesOf(
      `  - name: shared
    expect: { steps: { ask: { output: { body: shared } } } }
  - name: own
    mocks: { ask: { status: 200, body: own } }
    expect: { steps: { ask: { output: { body: own } } } }
`,
      'mocks: { ask: { status: 200, body: shared } }\n',
    ),
  );

  assert.deepEqual(wrong, { shared: [], own: [] });
});
