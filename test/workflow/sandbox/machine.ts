// The sandbox that a worker runs workflows in, without the worker: activations go in, commands come out. It is the SDK's own,
// with the bundle of production; nothing of it is replaced.
import { TypedSearchAttributes, type Payload } from '@temporalio/common';
import type { coresdk } from '@temporalio/proto';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import type { Workflow, WorkflowCreateOptions } from '@temporalio/worker/lib/workflow/interface.js';
import { loadWorkflowBundle } from '../../../src/temporal/bundle.ts';

export type Activation = coresdk.workflow_activation.IWorkflowActivation;
export type Job = coresdk.workflow_activation.IWorkflowActivationJob;
export type Command = coresdk.workflow_commands.IWorkflowCommand;

/** What one activation made a workflow do. */
export interface Reaction {
  commands: Command[];
  /** Flags of the SDK that it went by; a replay must know them. */
  flags: number[];
}

/** One life of a workflow in memory. */
export interface Life {
  /** Rejects with what made the workflow task fail. */
  activate(activation: Activation): Promise<Reaction>;
  /** It is gone from memory, as when its worker dies. */
  end(): Promise<void>;
}

/** Who a run is. */
export interface RunIdentity {
  workflowId: string;
  runId: string;
  /** Unix milliseconds. */
  startedAt: number;
  /** What `uuid()` and the like are made from. */
  seed: number;
  args: Payload[];
}

export interface Machine {
  begin(identity: RunIdentity): Promise<Life>;
  stop(): Promise<void>;
}

const EXECUTION_TIMEOUT_MS = 10_000;
export const WORKFLOW_TYPE = 'runFlow';
const TASK_TIMEOUT_MS = 5_000;

export async function createMachine(): Promise<Machine> {
  const bundle = parseWorkflowCode((await loadWorkflowBundle()).code);
  const creator = await ReusableVMWorkflowCreator.create(bundle, EXECUTION_TIMEOUT_MS, new Set<string>());
  return {
    begin: async (identity) => lifeOf(await creator.createWorkflow(optionsOf(identity))),
    stop: () => creator.destroy(),
  };
}

function lifeOf(workflow: Workflow): Life {
  return {
    async activate(activation) {
      const { failed, successful } = await workflow.activate(activation);
      await workflow.getAndResetSinkCalls();
      if (failed)
        throw new Error(`the workflow task failed: ${failed.failure?.message}\n${failed.failure?.stackTrace}`);
      return { commands: successful?.commands ?? [], flags: successful?.usedInternalFlags ?? [] };
    },
    end: () => workflow.dispose(),
  };
}

function optionsOf({ workflowId, runId, startedAt, seed }: RunIdentity): WorkflowCreateOptions {
  const startTime = new Date(startedAt);
  return {
    randomnessSeed: [seed & 255, (seed >> 8) & 255, (seed >> 16) & 255, 1, 2, 3, 4, 5],
    now: startedAt,
    showStackTraceSources: false,
    info: {
      workflowId,
      runId,
      workflowType: WORKFLOW_TYPE,
      searchAttributes: {},
      typedSearchAttributes: new TypedSearchAttributes(),
      taskQueue: 'test',
      namespace: 'default',
      firstExecutionRunId: runId,
      originalExecutionRunId: runId,
      startTime,
      runStartTime: startTime,
      taskTimeoutMs: TASK_TIMEOUT_MS,
      attempt: 1,
      historyLength: 0,
      historySize: 0,
      continueAsNewSuggested: false,
      targetWorkerDeploymentVersionChanged: false,
      unsafe: { now: () => Date.now(), isReplaying: false, isReplayingHistoryEvents: false },
    } as unknown as WorkflowCreateOptions['info'],
  };
}
