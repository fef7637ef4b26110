// Every example has its cases, and they pass through the command with every step and branch covered.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, type Running } from '../commands/running.ts';

const FLOWS = join(import.meta.dirname, '../../flows');
/** Documents that flows share; they hold no flow. */
const SHARED = ['connections.yaml', 'sources.yaml'];

let running: Running;
before(async () => {
  running = await open({ receives: false, copy: FLOWS });
});
after(() => running?.end());

test('all cases of all examples pass, and nothing in them never ran', async () => {
  const { code, stdout, stderr } = await running.hookline(['test', '--coverage-min', '100']);

  assert.equal(code, 0, stdout + stderr);
});

test('no example is without cases', () => {
  const names = readdirSync(FLOWS);
  const flows = names.filter(
    (name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml') && !SHARED.includes(name),
  );

  assert.ok(flows.length > 0);
  assert.deepEqual(
    flows.filter((name) => !names.includes(name.replace('.yaml', '.test.yaml'))),
    [],
  );
});
