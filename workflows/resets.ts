// Whether somebody set the run back to an earlier point of its history (`hookline runs rerun --from`, or Temporal's own pages). The run that
// was set back forgets nothing, but the store has forgotten its waits, which ended with it: each is to be asked again. It asks nobody itself.
//
// Temporal tells workflows of a reset in one way only: their randomness has another seed from there on, in every replay at the same place
// (`UpdateRandomSeed` in temporal/sdk-core, coresdk/workflow_activation.proto). The SDK replaces the array that holds it.
import { patched, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

/** What a run's randomness began with. Only which array it is matters. */
export type Seed = readonly number[];

/** Marks histories of runs that ask again for what they wait for. */
const ASKS_AGAIN_PATCH = 'asks-again-after-reset';
/** The workflow that is told its first seed. */
const TOLD_WORKFLOW = 'runFlow';

/**
 * Counts the resets of one execution that it heeds. `first` is the seed that it was made with: when the very first task is reset, the
 * workflow begins with another one. The count follows from the history alone. It leaves a mark there when there was a reset, and only then.
 */
export function createResets(first: Seed = getActivator().randomnessSeed): () => number {
  let seen = first;
  let count = 0;
  return () => {
    const { randomnessSeed } = getActivator();
    if (randomnessSeed === seen) return count;
    seen = randomnessSeed;
    if (patched(ASKS_AGAIN_PATCH)) count += 1;
    return count;
  };
}

/**
 * Hands `runFlow` its first seed, behind its own arguments. The SDK calls this before it reads the first task.
 * @public It is named in src/temporal/build-bundle.ts.
 */
export function interceptors(): WorkflowInterceptors {
  const first: Seed = getActivator().randomnessSeed;
  return {
    inbound: [
      {
        execute(input, next) {
          if (workflowInfo().workflowType !== TOLD_WORKFLOW) return next(input);
          const [started, continued] = input.args;
          return next({ ...input, args: [started, continued, first] });
        },
      },
    ],
  };
}
