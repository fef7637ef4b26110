// One run in the sandbox, whose worker may die before any activation: then a new life is told everything anew, and must do
// what the lives before it did, command for command, as on a replay of the run's history.
import assert from 'node:assert/strict';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Activation, Command, Job, Life, Machine, RunIdentity } from './machine.ts';
import { WORKFLOW_TYPE } from './machine.ts';

/** What was told to a run, and what it did. */
interface Told {
  activation: Activation;
  commands: string;
  flags: number[];
  patches: string[];
}

export interface Execution {
  identity: RunIdentity;
  /** Tells the run of these jobs; the result is what it does now. */
  tell(jobs: Job[], how: { nowMs: number; dies: boolean; continues: boolean }): Promise<Command[]>;
  end(): Promise<void>;
}

/** Events that an activation adds to a history, about: what `run.historyEvents()` sees grow. */
const EVENTS_AN_ACTIVATION = 6;

export async function beginExecution(machine: Machine, identity: RunIdentity): Promise<Execution> {
  const told: Told[] = [];
  let life: Life = await machine.begin(identity);
  const again = async (): Promise<void> => {
    await life.end();
    life = await machine.begin(identity);
    for (const { activation, commands, flags, patches } of told) {
      const jobs = [...patches.map((patchId): Job => ({ notifyHasPatch: { patchId } })), ...(activation.jobs ?? [])];
      const reaction = await life.activate({ ...activation, jobs, isReplaying: true, availableInternalFlags: flags });
      assert.equal(textOf(reaction.commands), commands, 'a replay does what was done before');
    }
  };
  return {
    identity,
    async tell(jobs, { nowMs, dies, continues }) {
      if (dies) await again();
      const first: Job[] = told.length === 0 ? [beginning(identity)] : [];
      const activation: Activation = {
        runId: identity.runId,
        timestamp: msToTs(nowMs),
        historyLength: 3 + told.length * EVENTS_AN_ACTIVATION,
        continueAsNewSuggested: continues,
        isReplaying: false,
        jobs: [...first, ...jobs],
      };
      const { commands, flags } = await life.activate(activation);
      const patches = commands.flatMap(({ setPatchMarker }) => setPatchMarker?.patchId ?? []);
      told.push({ activation, commands: textOf(commands), flags, patches });
      return commands;
    },
    end: () => life.end(),
  };
}

function beginning({ workflowId, startedAt, args, runId }: RunIdentity): Job {
  return {
    initializeWorkflow: {
      workflowId,
      workflowType: WORKFLOW_TYPE,
      arguments: args,
      firstExecutionRunId: runId,
      attempt: 1,
      startTime: msToTs(startedAt),
    },
  };
}

/** Commands as text to compare; bytes as base64. */
function textOf(commands: Command[]): string {
  return JSON.stringify(commands, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}
