// What can never run is said, and nothing that can.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from './load-support.ts';

/** Lines of the steps that never run. */
function unreachable(steps: string, more = ''): number[] {
  const { problems } = loadText(`flow: test\ntriggers: [{ manual: true }]\nsteps:\n${steps}${more}`);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    [],
  );
  return problems.filter(({ code }) => code === 'unreachable').map(({ line }) => line);
}

const after = '  - wait: 1s\n';
const cases: Record<string, [string, number[]]> = {
  'after `return`': ['  - return: 1\n', [5]],
  'after `fail`': ['  - fail: { code: no, message: no }\n', [5]],
  'not after a `return` with a guard': ['  - if: event.body.done\n    return: 1\n', []],
  'not after a `fail` that is passed over': ['  - { fail: { code: no, message: no }, on_error: continue }\n', []],
  'not after an `if` without `else`': ['  - if: event.body.done\n    then: [{ return: 1 }]\n', []],
  'after an `if` whose both ways end': [
    '  - { if: event.body.done, then: [{ return: 1 }], else: [{ return: 2 }] }\n',
    [5],
  ],
  'not after a `switch` without `default`': ['  - switch: [{ when: event.body.a, steps: [{ return: 1 }] }]\n', []],
  'after a `switch` of which every case ends': [
    '  - switch: [{ when: event.body.a, steps: [{ return: 1 }] }]\n    default: [{ return: 2 }]\n',
    [6],
  ],
  'after a `try` whose steps and handler end': ['  - { try: [{ return: 1 }], catch: [{ return: 2 }] }\n', [5]],
  'not after a `try` whose handler goes on': ['  - { try: [{ return: 1 }], catch: [{ wait: 1s }] }\n', []],
  'after a `finally` that returns': ['  - { try: [{ wait: 1s }], finally: [{ return: 1 }] }\n', [5]],
  'after a `parallel` of which one branch fails': [
    '  - parallel: { a: [{ wait: 1s }], b: [{ fail: { code: no, message: no } }] }\n',
    [5],
  ],
  'not after a loop, whose list may be empty': ['  - { foreach: event.body, steps: [{ return: 1 }] }\n', []],
  'after a `repeat` whose only iteration returns': ['  - repeat: { max_iterations: 3, steps: [{ return: 1 }] }\n', [5]],
  'not after a `repeat` that is left': ['  - repeat: { steps: [{ break: true }] }\n', []],
  'inside a loop, after `next`': ['  - { foreach: event.body, steps: [{ next: true }, { wait: 1s }] }\n', [4]],
};

for (const [name, [steps, expected]] of Object.entries(cases)) {
  test(`a step never runs: ${name}`, () => assert.deepEqual(unreachable(steps + after), expected));
}

test('an `output` below a `return` is never worked out, unless the `return` has a guard', () => {
  assert.deepEqual(unreachable('  - return: 1\n', 'output: 2\n'), [5]);
  assert.deepEqual(unreachable('  - { if: event.body.done, return: 1 }\n', 'output: 2\n'), []);
});

test('only the first step that never runs is reported', () => {
  assert.deepEqual(unreachable('  - return: 1\n  - wait: 1s\n  - wait: 2s\n'), [5]);
});
