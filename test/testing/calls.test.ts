// Mocked calls: which answer an attempt gets, what is tried again and when, and what a call without an answer says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf, flowOf, testDemo } from './lab.ts';

const ASK = `  - id: ask
    uses: http.request
    with: { method: POST, url: "https://shop.example/orders", body: { size: 5 } }
`;

test('a call without a mock fails the case and shows the YAML to paste', async () => {
  const { wrong, text } = await testDemo(flowOf(ASK), casesOf('  - name: unmocked\n'));

  assert.deepEqual(Object.keys(wrong), ['unmocked']);
  assert.equal(
    wrong['unmocked']?.[0],
    [
      ': demo.yaml:5 (step `ask`) calls http.request, and no mock answers',
      'It is called with:',
      '  with:',
      '    method: POST',
      '    url: https://shop.example/orders',
      '    body:',
      '      size: 5',
      'To answer it, write:',
      '  mocks:',
      '    ask:',
      '      status: 200',
      '      body: {}',
    ].join('\n'),
  );
  assert.match(text, /✗ unmocked\n {6}demo\.test\.yaml:3:5 demo\.yaml:5/);
});

test('what it says to paste is an answer', async () => {
  const flow = flowOf(
    '  - id: tell\n    uses: slack.post_message\n    connection: chat\n    with: { text: hi, channel: "#a" }\n',
  );
  const first = await testDemo(flow, casesOf('  - name: case\n'));
  const pasted = /write:\n([\s\S]*)$/.exec(first.wrong['case']![0]!)![1]!;
  const second = await testDemo(flow, casesOf(`  - name: case\n${pasted.replace(/^/gm, '  ')}\n`));

  assert.deepEqual(second.wrong, { case: [] });
});

test("a step's own mock comes before its connector's, and a list serves one attempt each", async () => {
  const flow = flowOf(`${ASK}${ASK.replace('ask', 'again')}`);
  const cases = casesOf(`  - name: both
    mocks:
      http.request: { status: 200, body: connector }
      ask: { status: 200, body: step }
    expect:
      steps:
        ask: { output: { body: step } }
        again: { output: { body: connector } }
  - name: used up
    mocks: { http.request: [{ status: 200 }] }
`);
  const { wrong } = await testDemo(flow, cases);

  assert.deepEqual(wrong['both'], []);
  assert.match(
    wrong['used up']![0]!,
    /step `again`\) calls .*no mock answers: those of `http.request` are used up \(1 attempt\)/,
  );
});

test('an answer with `with` is for calls that have these values, and says which one did not', async () => {
  const flow = flowOf(`  - foreach: "[1, 2, 3]"
    id: all
    steps:
      - uses: http.request
        with: { url: "https://x.example/\${{ item }}", query: { page: "\${{ item }}" } }
    output: "\${{ steps == null ? 0 : item }}"
`).replace('\n    output: "${{ steps == null ? 0 : item }}"', '');
  const mocks = (third: string): string => `    mocks:
      http.request:
        - { with: { query: { page: 2 } }, status: 200, body: two }
        - { with: { url: '\${{ actual.endsWith("/1") }}' }, status: 200, body: one }
${third}`;
  const cases = casesOf(
    `  - name: by input\n${mocks('        - { status: 200, body: other, times: any }\n')}    expect:
      steps: { all: { output: [{ body: one }, { body: two }, { body: other }] } }
  - name: none for the third\n${mocks('')}`,
  );
  const { wrong } = await testDemo(flow, cases);

  assert.deepEqual(wrong['by input'], []);
  assert.match(wrong['none for the third']![0]!, /no mock answers: those of `http.request` are used up/);
});

test('retries follow the policy of the step on the virtual clock, without jitter', async () => {
  const flow = flowOf(`${ASK}    retry: { max_attempts: 5, delay: 1s, backoff: 3, max_delay: 10s }\n`);
  const cases = casesOf(`  - name: four failures
    mocks: { ask: [{ error: network, times: 2 }, { status: 503, times: 2 }, { status: 200, body: done }] }
    expect: { took: 23s, calls: [{ step: ask, attempts: 5, at: 0s }] } # 1 + 3 + 9 + 10
  - name: five
    mocks: { ask: { status: 503 } }
    expect:
      error: { code: http_status, status: 503, attempt: 5, step: ask, message: POST https://shop.example/orders answered 503 (attempt 5) }
  - name: not tried again
    mocks: { ask: { status: 404, body: { gone: true } } }
    expect:
      error: { code: http_status, attempt: 1, body: { gone: true } }
      took: 0s
  - name: told when to come back
    mocks: { ask: [{ status: 429, headers: { Retry-After: '90' } }, { status: 200 }] }
    expect: { took: 1m 30s }
  - name: told when to come back by a date
    time: '2026-03-01T00:00:00Z'
    mocks: { ask: [{ status: 429, headers: { Retry-After: 'Sun, 01 Mar 2026 00:05:00 GMT' } }, { status: 200 }] }
    expect: { took: 5m }
  - name: the author knows better
    mocks: { ask: [{ error: { code: http_status, status: 404, retryable: true } }, { status: 200 }] }
    expect: { took: 1s }
`);

  assert.deepEqual(Object.values((await testDemo(flow, cases)).wrong).flat(), []);
});

test('attempts have their time, and all of them together have theirs', async () => {
  const flow = flowOf(
    `${ASK}    attempt_timeout: 10s\n    timeout: 1m\n    retry: { max_attempts: 9, delay: 5s, backoff: 1 }\n`,
  );
  const cases = casesOf(`  - name: one hangs
    mocks: { ask: [{ takes: 1d }, { takes: 9s, status: 200 }] }
    expect: { took: 24s, calls: [{ attempts: 2 }] }
  - name: all hang
    mocks: { ask: { takes: 1d } }
    expect:
      error: { code: timeout, cause: { code: attempt_timeout, attempt: 4 } }
      steps: { ask: timed_out }
      took: 1m
  - name: the next would be too late
    mocks: { ask: { takes: 9s, status: 503, headers: { retry-after: '60' } } }
    expect:
      error: { code: timeout, cause: { code: http_status } }
      took: 9s
`);
  const { wrong } = await testDemo(flow, cases);

  assert.deepEqual(wrong, { 'one hangs': [], 'all hang': [], 'the next would be too late': [] });
});

test('the input of a call is checked as the worker checks it', async () => {
  const flow = flowOf(
    '  - id: tell\n    uses: email.send\n    connection: mail\n    with: { to: a@b.example, subject: "${{ input.subject }}", text: hi }\n',
  );
  const cases = casesOf(`  - name: a number is no subject
    input: { subject: 5 }
    mocks: { tell: {} }
    expect: { error: { code: invalid_input, message: with/subject must be string (attempt 1) } }
`);

  assert.deepEqual((await testDemo(flow, cases)).wrong, { 'a number is no subject': [] });
});

test('secrets are shown by their names, and one that is not set fails the call', async () => {
  const flow = flowOf(
    ASK.replace('body: { size: 5 }', 'headers: { authorization: "Bearer ${{ secrets.SHOP_TOKEN }}" }') +
      '    retry: none\n',
  );
  const cases = casesOf(`  - name: by name
    mocks: { ask: { status: 200 } }
    secrets: { SHOP_TOKEN: never-shown-7281 }
    expect: { calls: [{ with: { headers: { authorization: 'Bearer \${{secrets.SHOP_TOKEN}}' } } }] }
  - name: another
    mocks: { ask: { status: 200 } }
    secrets: { SHOP_TOKEN: never-shown-7281 }
    expect: { calls: [{ with: { headers: { authorization: Bearer other } } }] }
  - name: not set
    mocks: { ask: { status: 200 } }
    secrets: { SHOP_TOKEN: null }
    expect: { error: secret_missing }
`);
  const { wrong, text } = await testDemo(flow, cases);

  assert.deepEqual([wrong['by name'], wrong['not set']], [[], []]);
  assert.deepEqual(wrong['another'], [
    'calls.0.with.headers.authorization: "Bearer other" / "Bearer ${{ secrets.SHOP_TOKEN }}"',
  ]);
  assert.doesNotMatch(text, /never-shown/);
});

test('an output that the connector could never give fails the case', async () => {
  const flow = flowOf('  - id: tell\n    uses: slack.post_message\n    connection: chat\n    with: { text: hi }\n');
  const cases = casesOf(`  - name: misspelt
    mocks: { tell: { output: { tss: 5 } } }
  - name: a status is not all of it
    mocks: { tell: { status: 200 } }
  - name: what is left out is filled in
    mocks: { tell: { output: { ts: '17.1' } } }
    expect: { steps: { tell: { output: { ok: true, ts: '17.1', channel: null } } } }
`);
  const { wrong } = await testDemo(flow, cases);

  assert.match(wrong['misspelt']![0]!, /`slack.post_message` gives no `tss`; its output has ok, ts, channel/);
  assert.match(
    wrong['a status is not all of it']![0]!,
    /has an output of its own: write `output` instead of `status: 200`/,
  );
  assert.deepEqual(wrong['what is left out is filled in'], []);
});

test('attempts that the run makes itself, by `retry.on` and `retry.until`, are one call', async () => {
  const flow = flowOf(
    `${ASK}    retry: { max_attempts: 4, delay: 10s, backoff: 2, on: error.status == 404, until: error.body == "gone" }\n`,
  );
  const cases = casesOf(`  - name: a 404 is tried again
    mocks: { ask: [{ status: 404, times: 2 }, { status: 200, body: done }] }
    expect: { calls: [{ step: ask, attempts: 3 }], took: 30s, waits: [] }
  - name: until it is gone
    mocks: { ask: [{ status: 404 }, { status: 404, body: gone }] }
    expect: { calls: [{ attempts: 2 }], error: { code: http_status, attempt: 2, body: gone } }
  - name: a 503 is not
    mocks: { ask: { status: 503 } }
    expect: { calls: [{ attempts: 1 }], error: { status: 503 } }
`);

  assert.deepEqual((await testDemo(flow, cases)).wrong, {
    'a 404 is tried again': [],
    'until it is gone': [],
    'a 503 is not': [],
  });
});
