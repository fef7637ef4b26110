// Runs that began with this code go on with the next: every recorded history must replay, whatever is changed here.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { temporal } from '@temporalio/proto';
import { loadWorkflowBundle } from '../../src/temporal/bundle.ts';
import type { RunInput } from '../../workflows/definition.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { RECORDED } from './recorded-flows.ts';
import { RECORDED_FIRINGS } from './recorded-schedules.ts';

type History = temporal.api.history.v1.IHistory;

const folder = new URL('../histories/', import.meta.url);
const schedules = new URL('schedules/', folder);
/** Recorded by code of before, which did something else; nothing records them anew. */
const older = new URL('older/', folder);

Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
});

async function recorded(from = folder): Promise<Map<string, History>> {
  const histories = new Map<string, History>();
  for (const file of (await readdir(from)).filter((name) => name.endsWith('.json'))) {
    histories.set(file.replace('.json', ''), historyFromJSON(JSON.parse(await readFile(new URL(file, from), 'utf8'))));
  }
  return histories;
}

/** What replay found wrong, by the name of the history; all go through one sandbox, as in the worker. */
async function replay(histories: Map<string, History>): Promise<Map<string, string>> {
  const wrong = new Map<string, string>();
  const listed = [...histories].map(([workflowId, history]) => ({ workflowId, history }));
  const options = { workflowBundle: await loadWorkflowBundle(), reuseV8Context: true };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, listed)) {
    if (error !== undefined) wrong.set(workflowId, error.message);
  }
  return wrong;
}

describe('recorded histories', () => {
  it('replay', async () => {
    assert.deepEqual(await replay(await recorded()), new Map());
  });

  it('would not, if the run did anything else', async () => {
    const histories = await recorded();
    const names = ['uses', 'foreach', 'parallel', 'try', 'cancelled'];
    const forged = new Map(names.map((name) => [name, forge(histories.get(name)!)]));
    assert.deepEqual([...(await replay(forged)).keys()].sort(), names.sort());
  });

  it('of older code replay too: runs that were reset then did not ask again', async () => {
    const histories = await recorded(older);
    assert.deepEqual([...histories.keys()], ['reset']);
    assert.deepEqual(await replay(histories), new Map());
  });

  it('hold every verb', async () => {
    const all = [...(await recorded()).values()].map((history) => JSON.stringify(inputOf(history).flow));
    for (const verb of STEP_TYPES.keys()) {
      assert.ok(
        all.some((flow) => flow.includes(`"verb":"${verb}"`)),
        `no recorded history has the verb ${verb}`,
      );
    }
  });

  it('are those of the flows they are recorded from', async () => {
    assert.deepEqual([...(await recorded()).keys()].sort(), RECORDED.map(({ name }) => name).sort());
  });
});

describe('recorded firings of schedules', () => {
  it('replay', async () => {
    assert.deepEqual(await replay(await recorded(schedules)), new Map());
  });

  it('would not, if the firing did anything else', async () => {
    const forged = new Map([...(await recorded(schedules))].map(([name, history]) => [name, forge(history)]));
    assert.deepEqual([...(await replay(forged)).keys()].sort(), [...forged.keys()].sort());
  });

  it('are those that are recorded', async () => {
    const names = [...(await recorded(schedules)).keys()];
    assert.deepEqual(names.sort(), RECORDED_FIRINGS.map(({ name }) => name).sort());
  });
});

function inputOf({ events }: History): RunInput {
  const payload = events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!;
  return defaultPayloadConverter.fromPayload<RunInput>(payload);
}

/** The same history with its first call made to another connector. */
function forge(history: History): History {
  const call = history.events?.find((event) => event.activityTaskScheduledEventAttributes);
  call!.activityTaskScheduledEventAttributes!.activityType!.name = 'demo.other';
  return history;
}
