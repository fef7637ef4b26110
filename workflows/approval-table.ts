// `steps.ID.links`: every step that asks a person has its links before it begins, so that a message can hold them earlier. Only
// runs that were given a key have any.
import { approvalLinks, type ApprovalLinks } from './approval-link.ts';
import type { JsonObject, RunInput, Step } from './definition.ts';
import { blocksOf } from './document.ts';
import type { JournalNode } from './journal.ts';
import { APPROVAL_LINKS_MS } from './limits.ts';
import type { Place } from './place.ts';
import { pathInside } from './run-path.ts';
import type { Run } from './run.ts';
import { STEP_TYPES } from './steps/index.ts';

/** Where it is journaled. */
const TIMES_ASKED = 'asked';

/** The links of the step at `path`, good until then (Unix milliseconds); null in a run without a key. */
export function linksOf(
  workflowId: string,
  { approvals }: RunInput,
  path: string,
  goodUntil: number,
): ApprovalLinks | null {
  return approvals === undefined ? null : approvalLinks(approvals, { workflowId, stepPath: path }, goodUntil);
}

/** The path by which people know the approval of a step: that of the step, numbered when it is asked for again. */
export function askedPath({ path, node }: Place): string {
  const times = timesAsked(node);
  return times === 1 ? path : `${path}~${times}`;
}

/** Asks for the approval of a step again; how often that is now. */
export function askAnew({ node }: Place): number {
  const times = timesAsked(node) + 1;
  (node.decided ??= {})[TIMES_ASKED] = times;
  return times;
}

function timesAsked({ decided }: JournalNode): number {
  return (decided?.[TIMES_ASKED] as number | undefined) ?? 1;
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
