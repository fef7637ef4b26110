// `steps.ID.links`: every step that asks a person has its links before it begins, so that a message can hold them earlier. Only
// runs that were given a key have any.
import { approvalLinks, type ApprovalLinks } from './approval-link.ts';
import type { JsonObject, RunInput, Step } from './definition.ts';
import { blocksOf } from './document.ts';
import { APPROVAL_LINKS_MS } from './limits.ts';
import { pathInside } from './run-path.ts';
import type { Run } from './run.ts';
import { STEP_TYPES } from './steps/index.ts';

/** The links of the step at `path`, good until then (Unix milliseconds); null in a run without a key. */
export function linksOf(
  workflowId: string,
  { approvals }: RunInput,
  path: string,
  goodUntil: number,
): ApprovalLinks | null {
  return approvals === undefined ? null : approvalLinks(approvals, { workflowId, stepPath: path }, goodUntil);
}

/** For how long links are good when the step says nothing of it, or is to be decided later than that. Milliseconds. */
export function linksLifetimeMs(step: Step): number {
  const { expires } = step['approve'] as { expires?: number };
  return expires ?? APPROVAL_LINKS_MS;
}

/**
 * The table with the links of these steps, which stand at `path`. The results of steps inside iterations have none: each
 * iteration begins with its own.
 */
export function withLinks(
  run: Pick<Run, 'input' | 'runtime'>,
  steps: Step[],
  path: string,
  table: JsonObject,
): JsonObject {
  if (run.input.approvals === undefined) return table;
  const linked = { ...table };
  addLinks(run, steps, path, linked);
  return linked;
}

function addLinks(run: Pick<Run, 'input' | 'runtime'>, steps: Step[], path: string, table: JsonObject): void {
  for (const [position, step] of steps.entries()) {
    const here = pathInside(path, String(position));
    if (step.id !== undefined && STEP_TYPES.get(step.verb)?.links === true) {
      const lifetimeMs = Math.max(linksLifetimeMs(step), step.timeoutMs ?? 0);
      const links = linksOf(run.runtime.workflowId, run.input, here, run.runtime.now() + lifetimeMs);
      table[step.id] = { ...(table[step.id] as JsonObject), links };
    }
    for (const block of blocksOf(step)) {
      if (block.iterated === undefined) addLinks(run, block.steps, pathInside(here, block.name), table);
    }
  }
}
