// A case that forgets a setting is told which one and how it is given, once, whatever came of that in the run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, flowOf, testDemo, testFiles } from './lab.ts';

const CALL = `  - id: fetch
    uses: http.request
    with: { method: GET, url: "\${{ config.CRM_URL }}/people" }
`;
const CASE = `  - name: people are fetched
    mocks: { fetch: { status: 200 } }
    expect: { calls: [fetch], output: null }
`;
const REMEDY = '\nGive it in the case, or above `cases` for all of them:\n  config: { CRM_URL: … }';

test('a setting that the case does not give is told with its name, the place that needs it and how to give it', async () => {
  const { text } = await testDemo(flowOf(CALL), casesOf(CASE));
  const line = 'demo.test.yaml:3:11 the case gives no `config.CRM_URL`, which step `fetch` (demo.yaml:5) needs';
  assert.ok(text.includes(line), text);
  assert.match(text, /Give it in the case, or above `cases` for all of them:\n +config: \{ CRM_URL: … \}/);
  assert.doesNotMatch(text, /calls\[0\]|`\?\.`/);
});

test('it is told where the flow catches the failure, or a flow that it calls has it', async () => {
  const caught = await testDemo(flowOf(CALL, 'catch: [{ return: failed }]\n'), casesOf(CASE));
  assert.match(
    caught.wrong['people are fetched']!.join(),
    /no `config\.CRM_URL`, which step `fetch` \(.*demo\.yaml:6\)/,
  );
  const nested = await testFiles({
    'demo.yaml': flowOf('  - id: ask\n    call: people\n'),
    'people.yaml': flowOf(CALL).replace('demo', 'people'),
    'demo.test.yaml': casesOf('  - name: people are fetched\n    mocks: { http.request: { status: 200 } }\n'),
  });
  const [only, ...others] = nested.wrong['people are fetched']!;
  assert.match(only!, /the case gives no `config\.CRM_URL`/);
  assert.deepEqual(others, []);
});

test('where the case gives it, or expects that it is missing, nothing is told', async () => {
  const given = '    config: { CRM_URL: "https://crm.example" }\n';
  const expecting = '  - name: missing\n    expect: { error: { code: missing_key } }\n';
  const { wrong } = await testDemo(flowOf(CALL), casesOf(`${CASE}${given}${expecting}`));
  assert.deepEqual(wrong, { 'people are fetched': [], missing: [] });
});

test('of another failure the report says what it said before', async () => {
  const { wrong } = await testDemo(
    flowOf('  - return: "${{ event.body.name }}"\n'),
    casesOf('  - name: nameless\n    expect: { output: Ada }\n'),
  );
  assert.match(wrong['nameless']!.join(), /the run failed with `missing_key`/);
  assert.ok(!wrong['nameless']!.join().includes(REMEDY));
});
