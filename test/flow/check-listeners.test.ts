// What only shows over all files: who listens, who is used, who answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternsMeet } from '../../src/flow/event-patterns.ts';
import { loadCatalog } from '../../src/flow/load.ts';

const shared = 'source: shop\nauth: none\n---\nconnection: stock\nconnector: http\n';
const flow = `flow: orders\ntriggers: [{ event: order.created, source: shop }]
steps: [{ uses: http.request, connection: stock, with: { url: "https://a.example/" } }]\n`;

function codes(texts: string[], isWhole = true): string[] {
  const files = texts.map((text, index) => ({ path: `flows/${index}.yaml`, text }));
  return loadCatalog(files, { readSchema: () => ({}), isWhole }).problems.map(({ code }) => code);
}

test('a source without a listener and a connection without a user are told, over all files', () => {
  assert.deepEqual(codes([shared]), ['unused_source', 'unused_connection']);
  assert.deepEqual(codes([shared, flow]), []);
});

test('nothing is missed in a part of the files, nor beside a file that cannot be read', () => {
  assert.deepEqual(codes([shared], false), []);
  assert.ok(!codes([shared, 'flow: [']).includes('unused_source'));
});

test('a broken flow still counts as a listener', () => {
  assert.deepEqual(codes([shared, flow.replace('url:', 'ulr:')]).includes('unused_source'), false);
});

const answering = (name: string, event: string, more = '') =>
  `flow: ${name}\ntriggers: [{ event: ${event}, source: shop, respond: result${more} }]\nsteps: [{ return: 1 }]\n`;
const source = 'source: shop\nauth: none\n';

test('two flows that would answer the same request are told; those that cannot meet are not', () => {
  assert.deepEqual(codes([source, answering('one', 'order.created'), answering('two', '"order.*"')]), ['two_answers']);
  assert.deepEqual(codes([source, answering('one', 'order.created'), answering('two', 'order.paid')]), []);
});

test('two filters may exclude one another; one filter alone cannot', () => {
  const filtered = (name: string) => answering(name, 'order.created', ', if: event.body.a');
  assert.deepEqual(codes([source, filtered('one'), filtered('two')]), []);
  assert.deepEqual(codes([source, filtered('one'), answering('two', 'order.created')]), ['two_answers']);
});

test('patterns meet when one text fits both', () => {
  const meeting = [
    ['order.created', 'order.created'],
    ['order.*', '*.created'],
    ['*', 'a'],
    ['a*c', '*b*'],
    ['a*', 'a'],
    ['**', 'a*b'],
  ];
  const apart = [
    ['order.created', 'order.paid'],
    ['a*b', 'a*c'],
    ['a*', 'b*'],
    ['order.*', 'orders'],
  ];
  for (const [one, other] of meeting)
    assert.ok(patternsMeet(one!, other!) && patternsMeet(other!, one!), `${one} ${other}`);
  for (const [one, other] of apart)
    assert.ok(!patternsMeet(one!, other!) && !patternsMeet(other!, one!), `${one} ${other}`);
});
