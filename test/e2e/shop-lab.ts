// The whole of Hookline with flows of a test's own that start on events of one source, `shop`, which says an event's type and id in its
// body. Nothing is replaced.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { runCommands, type CommandRunner } from '../commands/runs-lab.ts';
import { startHarness, type Harness } from '../support/harness.ts';

const SOURCE = `
source: shop
auth: none
event_type: body:type
delivery_id: body:id
---`;

export interface Shop {
  /** Of now: another one after `restart`. */
  harness: Harness;
  /** The folder of the flows. */
  folder: string;
  /** Posts an event of the shop; the id of the event. */
  post(type: string, body?: JsonObject): Promise<string>;
  /** What the run of an event gave; it must have completed. */
  outputOf<T extends Json = JsonObject>(flow: string, eventId: string): Promise<T>;
  /** Stops Hookline and starts it again. */
  restart(): Promise<void>;
  /** Commands that find this Hookline; to be ended before it is stopped. */
  commands(): Promise<CommandRunner>;
  stop(): Promise<void>;
}

/** Starts it. `flows`: documents of a flow file; they must have no errors. `env`: more environment. */
export async function openShop(flows: string, env: Record<string, string> = {}): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-shop-'));
  await writeFile(join(folder, 'flows.yaml'), SOURCE + flows);
  const harness = await startHarness({ flows: folder, env });
  const errors = harness.hookline.catalog().problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  let count = 0;
  const shop: Shop = {
    harness,
    folder,
    async post(type, body = {}) {
      const id = `e${(count += 1)}`;
      const answer = await shop.harness.post('shop', { id, type, ...body });
      assert.equal(answer.status, 202, JSON.stringify(answer.body));
      return `shop~${id}`;
    },
    async outputOf<T>(flow: string, eventId: string) {
      const outcome = await shop.harness.waitForRun(flow, eventId);
      assert.equal(outcome.state, 'completed', JSON.stringify(outcome));
      return (outcome as { output: Json }).output as T;
    },
    async restart() {
      shop.harness = await shop.harness.restart();
    },
    commands: () =>
      runCommands({ HOOKLINE_DATA_DIR: harness.dataDir, HOOKLINE_FLOWS: folder, HOOKLINE_LOG_LEVEL: 'silent' }),
    async stop() {
      await shop.harness.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return shop;
}
