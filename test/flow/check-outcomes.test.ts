// A field of an output that may be null: said where nobody asked, silent where somebody did.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from './load-support.ts';

/** Messages about outputs that may be null, without the line. */
function doubts(steps: string, more = ''): string[] {
  const { problems } = loadText(`flow: test\ntriggers: [{ manual: true }]\nsteps:\n${steps}${more}`);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    [],
  );
  return problems
    .filter(({ code }) => code === 'step_may_not_run')
    .map(({ message }) => message.replace(/^.*here: (.*) \(line \d+\)$/, '$1'));
}

const call = 'uses: http.request, with: { url: "https://a.example/" }';
const read = (expression: string, around = '') => `  - { ${around}return: "\${{ ${expression} }}" }\n`;
const guarded = `  - { id: x, if: event.body.a, ${call} }\n`;
const inThen = `  - { if: event.body.a, then: [{ id: x, ${call} }] }\n`;
const field = 'steps.x.output.body';

test('a step with a guard may have been skipped', () => {
  assert.deepEqual(doubts(guarded + read(field)), ['that step is skipped when its `if` is false']);
});

test('a failure that is passed over leaves no output', () => {
  const steps = `  - { id: x, ${call}, on_error: continue }\n${read(field)}`;
  assert.deepEqual(doubts(steps), ['that step may have failed (`on_error: continue`)']);
});

test('a branch may not be taken, a loop not entered, a `try` not finished', () => {
  assert.deepEqual(doubts(inThen + read(field)), ['the `if` around that step may take another way']);
  const loop = `  - { while: event.body.a, steps: [{ id: x, ${call} }] }\n`;
  assert.deepEqual(doubts(loop + read(field)), ['the `while` around that step may end before it has run']);
  const attempt = `  - { try: [{ id: x, ${call} }], catch: [{ wait: 1s }] }\n`;
  assert.deepEqual(doubts(attempt + read(field)), ['the `try` may have failed before the end of that step']);
});

test('the handlers of a flow run when its steps failed somewhere', () => {
  const handler = 'catch:\n  - { return: "${{ steps.x.output.body }}" }\n';
  const expected = ['`catch` also runs when the flow failed before the end of that step'];
  assert.deepEqual(doubts(`  - { id: x, ${call} }\n`, handler), expected);
});

test('`while` asks before its steps have run', () => {
  const loop = `  - { while: ${field}.next != null, steps: [{ id: x, ${call} }] }\n`;
  assert.deepEqual(doubts(loop), ['the `while` around that step may end before it has run']);
  assert.deepEqual(doubts(loop.replace(field, `steps.x.output == null || ${field}`)), []);
});

test('`until` sees the steps of its iteration, unless the iteration may be left before', () => {
  const loop = (first: string) => `  - { repeat: { until: "${field}.done", steps: [${first}{ id: x, ${call} }] } }\n`;
  assert.deepEqual(doubts(loop('')), []);
  assert.deepEqual(doubts(loop('{ if: event.body.a, next: true }, ')).length, 1);
});

const silent: Record<string, string> = {
  'the output alone, which is null': guarded + read('steps.x.output'),
  '`?.`': guarded + read('steps.x.output?.body'),
  '`??`': guarded + read(`${field} ?? 1`),
  'a question in the same expression': guarded + read(`steps.x.status == 'completed' ? ${field} : 0`),
  'a guard that asks': guarded + read(field, "if: steps.x.status == 'completed', "),
  'the same guard': guarded + read(field, 'if: event.body.a, '),
  'the same condition around both': `${inThen}  - { if: event.body.a, then: [{ return: "\${{ ${field} }}" }] }\n`,
  'a run that ends when the step was skipped': `${guarded}  - { if: steps.x.output == null, then: [{ return: 0 }] }\n${read(field)}`,
  'an `else` that ends the run': `  - { if: event.body.a, then: [{ id: x, ${call} }], else: [{ return: 0 }] }\n${read(field)}`,
  'a `catch` that ends the run': `  - { try: [{ id: x, ${call} }], catch: [{ return: 0 }] }\n${read(field)}`,
  'a `try` without `catch`': `  - { try: [{ id: x, ${call} }], finally: [{ wait: 1s }] }\n${read(field)}`,
  'a branch of `parallel`': `  - { parallel: { a: [{ id: x, ${call} }] } }\n${read(field)}`,
  'a step beside it in the same branch': `  - { if: event.body.a, then: [{ id: x, ${call} }, { return: "\${{ ${field} }}" }] }\n`,
  'a loop that runs at least once': `  - { repeat: { max_iterations: 2, steps: [{ id: x, ${call} }] } }\n${read(field)}`,
};

for (const [name, steps] of Object.entries(silent)) {
  test(`nothing is said about ${name}`, () => assert.deepEqual(doubts(steps), []));
}
