// What is wrong with a test file: every problem has its place, a caret and, where one can be guessed, the word that was meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from '../../src/flow/format.ts';
import { casesOf, flowOf, problemsOf as problemsIn, testDemo, testFiles } from './lab.ts';

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

const problemsOf = (cases: string, flow = FLOW): Promise<string[]> => problemsIn(flow, cases);

const broken: Record<string, [string, string[]]> = {
  'an unknown field': [
    '  - name: a\n    expects: {}\n',
    ['4:5 unknown_field: `expects` is not a field of a test case | Did you mean `expect`?'],
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
    [
      '4:28 wrong_value: `error` must be a code such as `network`; of an HTTP answer, write `status` | Did you mean `network`?',
    ],
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
  'fields that are called otherwise elsewhere': [
    '  - name: a\n    given: {}\n    mocks: { ask: { response: {} } }\n    expect: { fails: network, calls: [{ url: x }] }\n',
    [
      '4:5 unknown_field: `given` is not a field of a test case | What starts the run is an `event`, a `delivery` or an `input`.',
      '5:21 unknown_field: `response` is not a field of a mocked answer | Write `status` and `body`.',
      '6:15 unknown_field: `fails` is not a field of `expect` | Write `error: CODE`.',
      '6:41 unknown_field: `url` is not a field of an expected call | Write it in `with`.',
    ],
  ],
  'an expectation that is no map': [
    '  - name: a\n    expect: completed\n',
    [
      '4:13 wrong_type: `expect` must be a map, not text | What the run does: `{ calls: […], output: … }`. Without it a case passes when the run completes.',
    ],
  ],
  'an expected value that would have to be worked out': [
    '  - name: a\n    expect: { output: "Order ${{ event.body.id }}", vars: { said: "${{ secrets.NAME }} ${{ actual }}" } }\n',
    [
      '4:23 wrong_value: `event.body.id` is not worked out here: what is expected is compared as it stands | Write the value, or a condition on it: `"${{ actual > 5 }}"`.',
      '4:67 wrong_value: `actual` is not worked out here: what is expected is compared as it stands | Write the value, or a condition on it: `"${{ actual > 5 }}"`.',
    ],
  ],
  'what contradicts itself': [
    '  - name: a\n    expect: { started: false, calls: [] }\n  - name: b\n    expect: { cancelled: true }\n  - name: c\n    cancel_after: 1h\n    expect: { cancelled: true, error: network }\n',
    [
      '4:31 impossible_combination: a flow that is not started has no `calls` | Keep one of them.',
      '6:15 missing_field: nothing cancels the run | Add `cancel_after: 1h` to the case.',
      '9:32 impossible_combination: a run that is cancelled has no `error` | Keep one of them.',
    ],
  ],
  'answers in the wrong place, and for steps that take none': [
    '  - name: a\n    flows: { ask: { output: 1 } }\n    approvals: { ask: approved, choose: rejected }\n    arrives: []\n    expect: { emits: [x], asked: [ask] }\n',
    [
      '4:14 wrong_value: flow `demo` does not call `ask` | No step of the flow has `call`.',
      '5:18 wrong_value: `ask` asks nobody: it is a `uses` step | What connectors answer stands in `mocks`.',
      '5:33 wrong_value: `choose` asks nobody: it is a `if` step | No step of the flow has both `approve` and an id.',
      '6:5 wrong_value: flow `demo` waits for no event, so none can arrive for it | Only `wait_for` steps take events.',
      '7:23 wrong_value: flow `demo` emits no event of type `x` | No step of the flow has `emit`.',
      '7:35 unknown_step: step `ask` asks nobody | No step of the flow has both `approve` and an id.',
    ],
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
  'a case without a name': ['  - expect: {}\n', ['3:5 missing_field: a test case needs `name`']],
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

test('a flow that has errors is told as such', async () => {
  assert.deepEqual(await problemsOf(casesOf('  - name: a\n'), FLOW.replace('uses:', 'usse:')), [
    '1:7 wrong_value: flow `demo` has errors, so no case of it can run | Correct the flow first.',
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
