// What `hookline dev` says of each flow is what starts it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { banner } from '../../src/dev/banner.ts';
import { loadCatalog } from '../../src/flow/load.ts';

const FLOWS = `
flow: orders
triggers: [{ webhook: orders, auth: none }, { manual: true }]
steps: [{ emit: order.expired }]
---
flow: expired
triggers: [{ event: order.expired }, { event: run.failed }, { schedule: { every: 1h } }]
steps: [{ return: 1 }]
`;

test('each trigger has a line: a URL, a command, a time, or the events of other flows', () => {
  const catalog = loadCatalog([{ path: 'flows/a.yaml', text: FLOWS }], { readSchema: () => ({}) });
  assert.deepEqual(catalog.problems, []);
  const facts = { url: 'http://127.0.0.1:1', namespace: 'default', flowsFolder: 'flows', startedInMs: 1 };
  const text = banner({ ...facts, catalog, upcoming: [] });
  const lines = text.split('\n').map((line) => line.trim().replace(/ {2,}/g, '  '));
  const expected = [
    'orders  POST http://127.0.0.1:1/hooks/orders  none',
    'orders  npx hookline run orders',
    'expired  on order.expired',
    'expired  on run.failed',
    'expired  on its schedule',
  ];
  assert.deepEqual(
    lines.filter((line) => /^(orders|expired) /.test(line)),
    expected,
  );
});
