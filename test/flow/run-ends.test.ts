// Whose runs tell of their end: those that somebody waits for or listens to, and no others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '../../src/flow/catalog.ts';
import { matchEvent } from '../../src/flow/match.ts';
import { endMatters } from '../../src/flow/run-ends.ts';
import { loadText } from './load-support.ts';

const plain = (name: string): string => `flow: ${name}\ntriggers: [{ manual: true }]\nsteps: [{ wait: 1s }]\n---\n`;
const listener = (event: string, condition = ''): string =>
  `flow: listener\ntriggers: [{ event: "${event}"${condition && `, if: '${condition}'`} }]\nsteps: [{ wait: 1s }]\n---\n`;
const waiter = (where: string): string =>
  `flow: waiter\ntriggers: [{ manual: true }]\nsteps: [{ wait_for: run.completed, where: ${where} }]\n---\n`;

function load(...documents: string[]): Catalog {
  return loadText([...documents, plain('a'), plain('b')].join(''));
}

function matters(catalog: Catalog, flow: string, source = 'shop', headers: Record<string, string> = {}): boolean {
  return endMatters(catalog, { flow, source, headers });
}

test('nobody asks, so nobody is told', () => {
  assert.equal(matters(load(), 'a'), false);
  assert.equal(matters(load(listener('order.*')), 'a'), false);
  assert.equal(matters(load(listener('*')), 'a'), false);
});

test('a run that was called tells its caller, one that was called and left does not', () => {
  assert.equal(matters(load(), 'a', 'call', { 'hookline-await': 'true' }), true);
  assert.equal(matters(load(), 'a', 'call', { 'hookline-await': 'false' }), false);
  // What a sender outside writes into its headers means nothing.
  assert.equal(matters(load(), 'a', 'shop', { 'hookline-await': 'true' }), false);
});

test('a flow that listens is told of the runs of all others, but of none that an end started', () => {
  for (const event of ['run.failed', 'run.*', 'run.c*']) {
    const catalog = load(listener(event));
    assert.deepEqual(
      [matters(catalog, 'a'), matters(catalog, 'listener'), matters(catalog, 'a', 'run')],
      [true, false, false],
    );
  }
});

test('a filter that begins with the name of a flow asks after that flow alone', () => {
  const asked = (condition: string): boolean[] => {
    const catalog = load(listener('run.failed', condition));
    assert.deepEqual(catalog.problems, []);
    return ['a', 'b'].map((flow) => matters(catalog, flow));
  };
  assert.deepEqual(asked('event.body.flow == "a"'), [true, false]);
  assert.deepEqual(asked('event.body.flow === "a" && event.body.error.code != "x"'), [true, false]);
  assert.deepEqual(asked('event.body.flow == "a" && true || event.body.flow == "b"'), [true, true]);
  assert.deepEqual(asked('event.body.flow == "a" ? true : true'), [true, true]);
  assert.deepEqual(asked('["b"].includes(event.body.flow)'), [true, true]);
});

test('a wait for ends asks after the flow that it names, else after all', () => {
  const asked = (where: string): boolean[] => ['a', 'b'].map((flow) => matters(load(waiter(where)), flow));
  assert.deepEqual(asked('{ body.flow: a }'), [true, false]);
  assert.deepEqual(asked('{ body.id: "${{ event.body.run }}" }'), [true, true]);
  assert.deepEqual(asked('{ body.flow: "${{ event.body.flow }}" }'), [true, true]);
});

test('the end of a run reaches those who listen without a source, and no event of a flow has such a type', () => {
  const catalog = load(listener('run.*'), listener('order.*').replace('listener', 'other'));
  const event = { id: '1', type: 'run.failed', source: 'run', time: '', body: {}, headers: {}, query: {} };
  const names = (source: string): string[] =>
    matchEvent(catalog, { ...event, source }).map(({ flow }) => flow.definition.flow);
  assert.deepEqual(names('run'), ['listener']);
  assert.deepEqual(names('shop'), []);
});
