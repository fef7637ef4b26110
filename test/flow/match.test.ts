// Which flows an event starts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchEvent } from '../../src/flow/match.ts';
import type { EventData, Json } from '../../workflows/definition.ts';
import { loadText } from './load-support.ts';

function flow(name: string, triggers: string): string {
  return `flow: ${name}\ntriggers: [${triggers}]\nsteps: [{ return: 1 }]\n`;
}

function catalogOf(...flows: string[]) {
  const catalog = loadText([...flows, 'source: shop\nauth: none\n'].join('---\n'));
  assert.deepEqual(catalog.problems, []);
  return catalog;
}

function event(type: string, body: Json = {}, source = 'shop'): EventData {
  return { id: 'shop~1', type, source, time: '2026-01-01T00:00:00.000Z', body, headers: {}, query: {} };
}

test('every flow that listens to the source and type is started', () => {
  const catalog = catalogOf(
    flow('created', '{ event: order.created, source: shop }'),
    flow('orders', '{ event: "order.*", source: shop }'),
    flow('all', '{ event: "*", source: shop }'),
    flow('other', '{ event: user.created, source: shop }'),
    flow('inline', '{ webhook: elsewhere, auth: none }'),
    flow('by-hand', '{ manual: true }'),
  );
  const names = (type: string, source?: string) =>
    matchEvent(catalog, event(type, {}, source)).map(({ flow: { definition } }) => definition.flow);
  assert.deepEqual(names('order.created'), ['created', 'orders', 'all']);
  assert.deepEqual(names('order.paid'), ['orders', 'all']);
  assert.deepEqual(names('user.created'), ['all', 'other']);
  assert.deepEqual(names('anything', 'elsewhere'), ['inline']);
  assert.deepEqual(names('anything', 'nowhere'), []);
});

const globs: [pattern: string, type: string, matches: boolean][] = [
  ['a', 'a', true],
  ['a', 'ab', false],
  ['a*', 'a', true],
  ['*a', 'ba', true],
  ['a*b', 'ab', true],
  ['a*b', 'axxb', true],
  ['a*a', 'a', false],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'axbxc', true],
  ['a*bc*c', 'abc', false],
  ['*.*', 'order.paid', true],
  ['**', '', true],
  ['order.?', 'order.x', false],
  ['a.c', 'abc', false],
  ['(a+)+', 'aaaa', false],
];

test('`*` is the only wildcard of a type pattern', () => {
  for (const [pattern, type, matches] of globs) {
    const catalog = catalogOf(flow('one', `{ event: ${JSON.stringify(pattern)}, source: shop }`));
    assert.equal(matchEvent(catalog, event(type)).length === 1, matches, `${pattern} on ${type}`);
  }
});

test('a long hostile type does not take long against many wildcards', () => {
  const catalog = catalogOf(flow('one', `{ event: ${JSON.stringify(`${'*a'.repeat(50)}b`)}, source: shop }`));
  assert.deepEqual(matchEvent(catalog, event('a'.repeat(100_000))), []);
});

test('a filter keeps events away, and one that fails is told apart, without values of the event', () => {
  const catalog = catalogOf(flow('one', '{ event: paid, source: shop, if: event.body.total > 5 }'));
  const outcome = (body: Json) =>
    matchEvent(catalog, event('paid', body)).map(({ outcome: what, reason }) => [what, reason]);
  assert.deepEqual(outcome({ total: 6 }), [['matched', undefined]]);
  assert.deepEqual(outcome({ total: 5 }), [['filtered', undefined]]);
  const [[failed, reason] = []] = outcome({ sum: 'confidential' });
  assert.equal(failed, 'filter_failed');
  assert.match(String(reason), /missing_key/);
  assert.ok(!String(reason).includes('confidential'));
});

test('a filter that is no condition fails instead of starting the flow', () => {
  const catalog = catalogOf(flow('one', '{ event: paid, source: shop, if: event.body.total }'));
  assert.equal(matchEvent(catalog, event('paid', { total: 5 }))[0]?.outcome, 'filter_failed');
});

test('a flow starts once, by the first of its triggers that lets the event through', () => {
  const triggers =
    '{ event: paid, source: shop, if: event.body.a }, { event: "p*", source: shop, respond: result }, { event: paid, source: shop }';
  const matches = matchEvent(catalogOf(flow('one', triggers)), event('paid', { a: false }));
  assert.equal(matches.length, 1);
  assert.equal(matches[0]?.outcome, 'matched');
  assert.equal(matches[0]?.trigger.respond, 'result');
});
