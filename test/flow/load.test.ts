// What a sound file becomes: definitions, triggers, sources, connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCatalog } from '../../src/flow/load.ts';
import { RETRY_DEFAULT } from '../../workflows/limits.ts';
import { loadGood, loadText, problemsOf } from './load-support.ts';

const head = 'flow: test\ntriggers: [{ manual: true }]\n';

test('a flow becomes a definition with durations in milliseconds, bare expressions and lines', () => {
  const { definition } = loadGood(
    `flow: order-to-cash
description: From order to cash
triggers: [{ manual: true }]
input: { type: object, properties: { total: { type: number } } }
vars: { team: "#sales" }
timeout: 7d
retry: { max_attempts: 3, delay: 2s }
steps:
  - id: stock
    name: Reserve
    if: \${{ input.total > 0 }}
    uses: http.request
    with: { url: "https://stock.example/\${{ event.id }}" }
    timeout: 10m
    attempt_timeout: 1.5s
    retry: { backoff: 1, max_delay: 1s }
    on_error: continue
  - switch:
      - when: vars.team == "#sales"
        steps: [{ wait: 500ms }]
    default:
      - parallel:
          left: [{ wait: "\${{ input.total }}" }]
output: \${{ steps.stock.output?.status }}
`,
  );
  const { steps, ...rest } = definition;
  assert.deepEqual(rest, {
    language: 1,
    flow: 'order-to-cash',
    description: 'From order to cash',
    file: 'flows/test.yaml',
    vars: { team: '#sales' },
    input: { type: 'object', properties: { total: { type: 'number' } } },
    timeoutMs: 7 * 24 * 60 * 60 * 1000,
    retry: { ...RETRY_DEFAULT, maxAttempts: 3, delayMs: 2000 },
    output: '${{ steps.stock.output?.status }}',
    configNames: [],
    respondsEarly: false,
  });
  assert.deepEqual(steps, [
    {
      verb: 'uses',
      id: 'stock',
      name: 'Reserve',
      line: 9,
      guard: 'input.total > 0',
      timeoutMs: 600_000,
      attemptTimeoutMs: 1500,
      // What a step's retry leaves out is the flow's; the longest delay is never below the first.
      retry: { maxAttempts: 3, delayMs: 2000, backoff: 1, maxDelayMs: 2000 },
      onError: 'continue',
      uses: 'http.request',
      with: { url: 'https://stock.example/${{ event.id }}' },
    },
    {
      verb: 'switch',
      line: 18,
      switch: [{ when: 'vars.team == "#sales"', steps: [{ verb: 'wait', line: 20, wait: 500 }] }],
      default: [
        {
          verb: 'parallel',
          line: 22,
          parallel: { left: [{ verb: 'wait', line: 23, wait: '${{ input.total }}' }] },
        },
      ],
    },
  ]);
});

test('`if` is the verb with `then`, and a guard beside another verb', () => {
  const { definition } = loadGood(`${head}steps:
  - if: event.body.a
    then: [{ return: 1 }]
    else: [{ wait: 1s }]
  - if: event.body.b
    return: 3
`);
  const [first, second] = definition.steps;
  assert.equal(first?.verb, 'if');
  assert.equal(first?.['if'], 'event.body.a');
  assert.equal(first?.guard, undefined);
  assert.equal(second?.verb, 'return');
  assert.equal(second?.guard, 'event.body.b');
});

test('`retry: none` is one attempt', () => {
  const { definition } = loadGood(`${head}steps:\n  - uses: log.write\n    with: { message: hi }\n    retry: none\n`);
  assert.equal(definition.steps[0]?.retry?.maxAttempts, 1);
});

test('settings that expressions use are collected, each once', () => {
  const { definition } = loadGood(`${head}steps:
  - return: { a: "\${{ config.TEAM }} \${{ config.REGION }}", b: "\${{ config.TEAM }}" }
`);
  assert.deepEqual(definition.configNames, ['TEAM', 'REGION']);
});

test('a `respond` anywhere in the flow makes it answer early', () => {
  const { definition } = loadGood(`${head}steps:
  - foreach: event.body
    steps: [{ if: item.a, then: [{ respond: { status: 200 } }] }]
`);
  assert.equal(definition.respondsEarly, true);
});

test('anchors, `<<` and `x-*` keys are for reuse', () => {
  const { definition } = loadGood(`${head}x-patient: &patient { timeout: 1h, retry: { max_attempts: 20 } }
steps:
  - <<: *patient
    uses: log.write
    with: { message: hi }
  - <<: [*patient, { on_error: continue }]
    uses: log.write
    with: { message: hi }
    timeout: 5m
`);
  assert.equal(definition.steps[0]?.timeoutMs, 3_600_000);
  assert.equal(definition.steps[0]?.retry?.maxAttempts, 20);
  assert.equal(definition.steps[1]?.timeoutMs, 300_000);
  assert.equal(definition.steps[1]?.onError, 'continue');
});

test('YAML is 1.2: `yes`, `no` and `on` are text, octal-looking times are text', () => {
  const { definition } = loadGood(
    `${head}steps:\n  - return: { a: yes, b: no, c: on, d: 12:30, e: true, f: 0x1F, g: ~ }\n`,
  );
  assert.deepEqual(definition.steps[0]?.['return'], {
    a: 'yes',
    b: 'no',
    c: 'on',
    d: '12:30',
    e: true,
    f: 31,
    g: null,
  });
});

test('a webhook trigger is a source of its own', () => {
  const catalog = loadText(`flow: test
triggers:
  - webhook: shop/orders
    provider: hmac
    secret: [NEW_SECRET, OLD_SECRET]
    header: x-shop-signature
    events: [orders/*]
    schema: { type: object }
    if: event.body.total > 0
    respond: result
    respond_within: 3s
    on_invalid: park
    body_bytes_max: 2048
steps: [{ return: 1 }]
`);
  assert.deepEqual(catalog.problems, []);
  assert.deepEqual(catalog.sources.get('shop/orders'), {
    name: 'shop/orders',
    auth: { provider: 'hmac', secrets: ['NEW_SECRET', 'OLD_SECRET'], settings: { header: 'x-shop-signature' } },
    schema: { type: 'object' },
    onInvalid: 'park',
    bodyBytesMax: 2048,
    decompress: false,
    retired: false,
    file: 'flows/test.yaml',
    line: 3,
  });
  assert.deepEqual(catalog.flows.get('test')?.triggers, [
    {
      kind: 'webhook',
      source: 'shop/orders',
      events: ['orders/*'],
      if: 'event.body.total > 0',
      respond: 'result',
      respondWithinMs: 3000,
    },
  ]);
});

test('sources and connections are documents that flows of other files use, in any order', () => {
  const flow = {
    path: 'flows/a.yaml',
    text: `flow: test
triggers: [{ event: order.created, source: shop }, { manual: true }]
steps:
  - uses: http.request
    connection: stock
    with: { url: / }
`,
  };
  const shared = {
    path: 'flows/z.yaml',
    text: `source: shop
auth: none
event_type: body:type
---
connection: stock
connector: http
with: { base_url: "https://stock.example", auth: { bearer: "\${{ secrets.STOCK_TOKEN }}" } }
`,
  };
  const catalog = loadCatalog([flow, shared], { readSchema: () => ({}) });
  assert.deepEqual(catalog.problems, []);
  assert.deepEqual(catalog.sources.get('shop')?.auth, {
    provider: 'none',
    secrets: [],
    settings: { event_type: 'body:type' },
  });
  assert.equal(catalog.sources.get('shop')?.onInvalid, 'reject');
  assert.deepEqual(catalog.connections.get('stock'), {
    connection: 'stock',
    connector: 'http',
    with: { base_url: 'https://stock.example', auth: { bearer: '${{ secrets.STOCK_TOKEN }}' } },
    file: 'flows/z.yaml',
    line: 5,
  });
  assert.deepEqual(catalog.flows.get('test')?.triggers, [
    { kind: 'webhook', source: 'shop', events: ['order.created'], respond: 'immediately', respondWithinMs: 10_000 },
    { kind: 'manual', respond: 'immediately', respondWithinMs: 10_000 },
  ]);
});

test('a schema file is read relative to the flow and its fields are known', () => {
  const asked: string[][] = [];
  const readSchema = (path: string, from: string) => {
    asked.push([path, from]);
    return { type: 'object', additionalProperties: false, properties: { id: {} } };
  };
  const text = `flow: test
triggers: [{ webhook: shop, auth: none, schema: ./order.json }]
steps: [{ return: "\${{ event.body.nr }}" }]
`;
  assert.deepEqual(problemsOf(text, { readSchema }), ['3:24 unknown_property']);
  assert.deepEqual(asked, [['./order.json', 'flows/test.yaml']]);
});

test('the hash names the definition: the same for the same text, another for another', () => {
  const text = `${head}steps: [{ return: { b: 1, a: 2 } }]\n`;
  const { hash, definition } = loadGood(text);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(loadGood(text).hash, hash);
  assert.notEqual(loadGood(text.replace('a: 2', 'a: 3')).hash, hash);
  assert.deepEqual(JSON.parse(JSON.stringify(definition)), definition);
});

test('flows may have schemas of the same `$id`, and load again and again', () => {
  const flow = (name: string, type: string) =>
    `flow: ${name}\ntriggers: [{ webhook: ${name}, auth: none, schema: { $id: "https://shop.example/order", type: ${type} } }]\nsteps: [{ return: 1 }]\n`;
  const text = `${flow('one', 'object')}---\n${flow('two', 'array')}`;
  for (let time = 0; time < 3; time += 1) assert.deepEqual(problemsOf(text), []);
});

test('the address of a run is captured only for flows that read it', () => {
  const flow = (expression: string): string => `flow: a
triggers: [{ manual: true }]
steps: [{ id: b, set: { c: '\${{ ${expression} }}' } }]
vars: { c: null }
`;
  const isCaptured = (expression: string): boolean | undefined =>
    loadText(flow(expression)).flows.get('a')?.definition.runUrl;
  assert.equal(isCaptured('run.url'), true);
  assert.equal(isCaptured('json.stringify(run)'), true);
  assert.equal(isCaptured('run.id'), undefined);
});

test('an undo that would wait for ever has a day', () => {
  const timeoutOf = (undo: string): number | undefined => {
    const text = `flow: a
triggers: [{ manual: true }]
steps: [{ id: b, emit: b.done, undo: [${undo}] }]
`;
    return loadText(text).flows.get('a')?.definition.steps[0]?.undoSteps?.[0]?.timeoutMs;
  };
  const dayMs = 24 * 60 * 60 * 1000;
  assert.equal(timeoutOf('{ wait_for: c }'), dayMs);
  assert.equal(timeoutOf('{ approve: { title: Really? } }'), dayMs);
  assert.equal(timeoutOf('{ wait_for: c, timeout: 1h }'), dayMs / 24);
  assert.equal(timeoutOf('{ emit: c }'), undefined);
  assert.equal(timeoutOf('{ wait_for: c }, { wait: 1s }'), undefined); // the interpreter's timer is around both
});
