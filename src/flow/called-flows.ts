// What flows are known as to those that call them, from their documents alone, sound or not: their input, and what they call for
// certain themselves. Pure.
import type { JsonObject } from '../../workflows/definition.ts';
import { isGuarded } from './control-flow.ts';
import type { KnownDocument } from './loading.ts';
import { allSteps, isObject, stepTree, type Block, type StepNode } from './step-tree.ts';

/** A flow, as callers know it. */
export interface CalledFlow {
  /** JSON Schema of its input, as far as it is one. */
  input?: JsonObject;
  /** Events become runs one by one, so that a call has a run. */
  hasRunForEach: boolean;
  /** Flows that every run of it calls, whatever comes. */
  alwaysCalls: Set<string>;
}

/** Verbs after which nothing of a list, or of the whole run, follows. */
const waysOut = new Set(['return', 'fail', 'break', 'next']);
/** Blocks whose steps run whenever their step does, by verb. */
const certainFields: Record<string, string[]> = {
  try: ['try', 'finally'],
  parallel: ['parallel'],
  repeat: ['repeat', 'steps'],
};

/** All flows by name. */
export function calledFlows(known: KnownDocument[]): Map<string, CalledFlow> {
  const flows = new Map<string, CalledFlow>();
  for (const { kind, raw } of known) {
    if (kind !== 'flow' || typeof raw['flow'] !== 'string' || flows.has(raw['flow'])) continue;
    flows.set(raw['flow'], calledFlow(raw));
  }
  return flows;
}

function calledFlow(raw: JsonObject): CalledFlow {
  const main = stepTree(raw).find(({ field }) => field === 'steps');
  const certain = main === undefined ? [] : certainSteps(main);
  const alwaysCalls = new Set(certain.flatMap(({ raw: { call } }) => (typeof call === 'string' ? [call] : [])));
  const called: CalledFlow = {
    hasRunForEach: raw['debounce'] === undefined && raw['batch'] === undefined,
    alwaysCalls,
  };
  if (isObject(raw['input'])) called.input = raw['input'];
  return called;
}

/** The steps of a list that run whatever comes, with those inside them. */
function certainSteps(block: Block): StepNode[] {
  const steps: StepNode[] = [];
  for (const step of block.steps) {
    if (!isGuarded(step)) {
      const fields = certainFields[step.type?.verb ?? ''] ?? [];
      const inner = step.blocks.filter(({ field }) => fields.includes(field));
      steps.push(step, ...inner.flatMap(certainSteps));
    }
    // A way out before the call is what keeps a flow from calling itself for ever.
    if ([step, ...allSteps(step.blocks)].some(({ type }) => waysOut.has(type?.verb ?? ''))) break;
  }
  return steps;
}

/** Whether every run of `from` leads to another run of `to`, through as many flows as may be. */
export function alwaysLeadsTo(flows: Map<string, CalledFlow>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(flows.get(name)?.alwaysCalls ?? []));
  }
  return false;
}
