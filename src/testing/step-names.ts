// How test files and reports name a step: by its id, a step of a flow that is called by `FLOW/ID`. Text only.
import type { ConnectorCall, Flow } from '../../workflows/definition.ts';
import { lineOf } from '../../workflows/document.ts';

/** A step of a run, as calls say it: its id, else its path. */
export type StepOfRun = Pick<ConnectorCall['run'], 'flow' | 'step'>;

/** The name of a step in a case of the flow `tested`. */
export function stepName(tested: string, { flow, step }: StepOfRun): string {
  return flow === tested ? step : `${flow}/${step}`;
}

/** `file:line` of a step of `flow`, and what a case of the flow `tested` calls it. */
export function stepPlace(tested: string, flow: Flow, step: string): string {
  const name = stepName(tested, { flow: flow.flow, step });
  return `${flow.file}:${lineOf(flow, step) ?? 1} (step \`${name}\`)`;
}
