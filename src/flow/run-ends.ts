// Whether anybody wants to know how a run ends: only then does the run tell of it. Asked for each run that starts, so the answer
// for a catalog is worked out once. Pure.
import { AWAIT_HEADER, CALL_SOURCE, RUN_END_TYPES, RUN_SOURCE } from '../../workflows/run-life.ts';
import type { ClaimedStart } from '../inbox/store.ts';
import { awaitedEnds } from './awaited.ts';
import type { Catalog, LoadedFlow } from './catalog.ts';
import { matchesPattern, runEndPatterns } from './match.ts';

/** Who listens to the ends of runs. */
interface Listening {
  /** Flows that such an end starts. */
  flows: Set<string>;
  /** Flows whose runs' ends are waited for; `any` where it is not known whose. */
  awaited: Set<string> | 'any';
}

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
  const { flows, awaited } = listening;
  if (awaited === 'any' || awaited.has(flow)) return true;
  // Neither its own end starts a flow, nor that of a run which an end started.
  return source !== RUN_SOURCE && (flows.size > 1 || (flows.size === 1 && !flows.has(flow)));
}

function listeningIn(catalog: Catalog): Listening {
  const flows = new Set([...catalog.flows.values()].filter(hasRunEndTrigger).map(({ definition }) => definition.flow));
  const ends = awaitedEnds(catalog);
  const awaited = ends.includes(undefined) ? 'any' : new Set(ends.filter((name) => name !== undefined));
  return { flows, awaited };
}

function hasRunEndTrigger({ triggers }: LoadedFlow): boolean {
  const patterns = triggers.flatMap(runEndPatterns).map((pattern) => pattern.split('*'));
  return patterns.some((pattern) => RUN_END_TYPES.some((type) => matchesPattern(pattern, type)));
}
