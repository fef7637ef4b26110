// Whether anybody wants to know how a run ends: only then does the run tell of it. Asked for each run that starts, so the answer
// for a catalog is worked out once. Pure.
import { AWAIT_HEADER, CALL_SOURCE, RUN_END_TYPES, RUN_SOURCE } from '../../workflows/run-life.ts';
import type { ClaimedStart } from '../inbox/store.ts';
import { awaitedEnds } from './awaited.ts';
import type { Catalog, LoadedFlow, Trigger } from './catalog.ts';
import { matchesPattern, runEndPatterns } from './match.ts';

/** Who listens to the ends of runs. */
interface Listening {
  /** Flows that such an end starts, and of which flow's runs; undefined where it is not known whose. */
  listeners: { flow: string; of: string | undefined }[];
  /** Flows whose runs' ends are waited for; `any` where it is not known whose. */
  awaited: Set<string> | 'any';
}

/** A filter that begins so lets through no run of another flow, as long as it holds nothing but `&&`. */
const OF_FLOW = /^event\.body\.flow ?={2,3} ?(["'])([a-z][a-z0-9-]*)\1(?: *$| *&&)/;
const ALTERNATIVE = /[?|]/;

const known = new WeakMap<Catalog, Listening>();

/** Whether the run of this start is to tell of its end. */
export function endMatters(
  catalog: Catalog,
  { flow, source, headers, admission }: Pick<ClaimedStart, 'flow' | 'source' | 'headers' | 'admission'>,
): boolean {
  if (source === CALL_SOURCE && headers[AWAIT_HEADER] === 'true') return true;
  if (admission?.concurrency !== undefined) return true;
  const listening = known.get(catalog) ?? listeningIn(catalog);
  known.set(catalog, listening);
  const { listeners, awaited } = listening;
  if (awaited === 'any' || awaited.has(flow)) return true;
  // Neither its own end starts a flow, nor that of a run which an end started.
  return source !== RUN_SOURCE && listeners.some((each) => each.flow !== flow && (each.of ?? flow) === flow);
}

function listeningIn(catalog: Catalog): Listening {
  const ends = awaitedEnds(catalog);
  const awaited = ends.includes(undefined) ? 'any' : new Set(ends.filter((name) => name !== undefined));
  return { listeners: [...catalog.flows.values()].flatMap(listenersOf), awaited };
}

function listenersOf({ definition, triggers }: LoadedFlow): Listening['listeners'] {
  return triggers.filter(takesEnds).map((trigger) => ({ flow: definition.flow, of: flowMeant(trigger.if) }));
}

function takesEnds(trigger: Trigger): boolean {
  const patterns = runEndPatterns(trigger).map((pattern) => pattern.split('*'));
  return patterns.some((pattern) => RUN_END_TYPES.some((type) => matchesPattern(pattern, type)));
}

function flowMeant(condition: string | undefined): string | undefined {
  if (condition === undefined || ALTERNATIVE.test(condition)) return undefined;
  return OF_FLOW.exec(condition)?.[2];
}
