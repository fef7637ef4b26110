// A chart shows a whole flow: every verb has a form, every step has a box, and every list of steps is drawn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forms } from '../../src/graph/forms.ts';
import { flowChart } from '../../src/graph/flow-chart.ts';
import { triggerLines } from '../../src/graph/trigger-text.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { loadGood } from '../flow/load-support.ts';
import { boxesOf, exampleCount, exampleFlows, verbFlows } from './charts.ts';

/** Steps of a definition, however deep; those that undo one are a line in its box. */
function countSteps(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((count: number, each) => count + countSteps(each), 0);
  if (value === null || typeof value !== 'object') return 0;
  const own = 'verb' in value && 'line' in value ? 1 : 0;
  const { undoSteps: _, ...parts } = value as Record<string, unknown>;
  return Object.values(parts).reduce((count: number, each) => count + countSteps(each), own);
}

test('every verb has a form of its own', () => {
  assert.deepEqual(
    [...STEP_TYPES.keys()].filter((verb) => !Object.hasOwn(forms, verb)),
    [],
  );
});

for (const [verb, flow] of verbFlows()) {
  test(`the example of \`${verb}\` has a box for each step, with a text`, () => {
    const boxes = boxesOf(flowChart(flow, []).parts);
    assert.equal(boxes.length, countSteps([flow.steps, flow.catch, flow.finally]));
    for (const box of boxes)
      assert.ok(
        box.lines.every((line) => /\S/.test(line) && !/undefined|\[object/.test(line)),
        box.lines.join(' / '),
      );
  });
}

test('every example has a box for each step, named by its id', async () => {
  const flows = await exampleFlows();
  assert.equal(flows.length, exampleCount());
  for (const { definition, triggers } of flows) {
    const chart = flowChart(definition, triggers);
    const boxes = boxesOf(chart.parts);
    const handled = definition.catch !== undefined || definition.finally !== undefined;
    assert.equal(
      boxes.length,
      countSteps([definition.steps, definition.catch, definition.finally]) + (handled ? 1 : 0),
    );
    assert.equal(chart.starts.length, triggers.length);
    const ids = boxes.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const step of definition.steps) if (step.id !== undefined) assert.ok(ids.includes(`s_${step.id}`), step.id);
  }
});

function partsOf(steps: string) {
  const { definition, triggers } = loadGood(`flow: test\ntriggers: [{ manual: true }]\nsteps:\n${steps}`);
  return flowChart(definition, triggers).parts;
}

test('an `if` without `else` has a way that goes straight on, one with `else` has none', () => {
  const [open] = partsOf('  - { if: event.body.a, then: [{ wait: 1s }] }\n');
  assert.ok(open?.kind === 'choice');
  assert.deepEqual(
    open.ways.map(({ label, parts }) => [label, parts.length]),
    [
      ['yes', 1],
      ['no', 0],
    ],
  );
  const [closed] = partsOf('  - { if: event.body.a, then: [{ wait: 1s }], else: [{ wait: 2s }] }\n');
  assert.ok(closed?.kind === 'choice');
  assert.deepEqual(
    closed.ways.map(({ label, parts }) => [label, parts.length]),
    [
      ['yes', 1],
      ['no', 1],
    ],
  );
});

test('a step is shown by its name, what it does, and what may skip it', () => {
  const [box] = partsOf('  - { id: pause, name: Give them time, if: event.body.a, wait: 90m }\n');
  assert.ok(box?.kind === 'box');
  assert.deepEqual(box.lines, ['Give them time', 'wait 90m', 'only if event.body.a']);
  assert.deepEqual([box.id, box.isGuarded, box.goesOn], ['s_pause', true, true]);
});

test('nothing follows a `return`, unless it may be skipped', () => {
  const [ends] = partsOf('  - return: 1\n');
  const [may] = partsOf('  - { if: event.body.a, return: 1 }\n');
  assert.ok(ends?.kind === 'box' && may?.kind === 'box');
  assert.deepEqual([ends.goesOn, may.goesOn], [false, true]);
});

test('what starts a flow is told in words', () => {
  const text = `flow: test\ntriggers:
  - { webhook: shop/orders, auth: none, events: [orders/create, orders/paid], if: event.body.total > 0, respond: result }
  - manual: true\nsteps: [{ wait: 1s }]\n`;
  assert.deepEqual(loadGood(text).triggers.map(triggerLines), [
    ['/hooks/shop/orders, answered with the result', 'orders/create, orders/paid', 'only if event.body.total > 0'],
    ['started by hand'],
  ]);
});
