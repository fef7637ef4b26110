// Which flows an event starts. Pure; cheap for each request: triggers are indexed by source once a catalog.
import { randomUUID } from 'node:crypto';
import type { EventData, Json } from '../../workflows/definition.ts';
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import { evaluateCondition, ExpressionError } from '../../workflows/expression/index.ts';
import { isRunEndPattern, RUN_SOURCE } from '../../workflows/run-life.ts';
import type { NewEvent, StartAdmission } from '../inbox/store.ts';
import { admit } from './admission.ts';
import type { Catalog, LoadedFlow, Trigger } from './catalog.ts';

/** One flow that listens to an event of this type and source. `reason` says why a filter failed, without values of the event. */
export interface Match {
  flow: LoadedFlow;
  trigger: Trigger;
  outcome: 'matched' | 'filtered' | 'filter_failed';
  reason?: string;
  /** What the start waits for. */
  admission?: StartAdmission;
}

interface Listener {
  flow: LoadedFlow;
  triggers: { trigger: Trigger; patterns: string[][] | undefined }[];
}

const indexes = new WeakMap<Catalog, Map<string, Listener[]>>();

/**
 * The flows that listen to the event's source and type, each once, with what its filter says. Of several triggers of a flow
 * the first that lets the event through counts; a filter that fails counts before one that says no.
 */
export function matchEvent(catalog: Catalog, event: EventData): Match[] {
  const index = indexes.get(catalog) ?? indexOf(catalog);
  indexes.set(catalog, index);
  const matches: Match[] = [];
  for (const { flow, triggers } of index.get(event.source) ?? []) {
    let best: Match | undefined;
    for (const { trigger, patterns } of triggers) {
      if (patterns !== undefined && !patterns.some((pattern) => matchesPattern(pattern, event.type))) continue;
      const match: Match = { flow, trigger, ...filterEvent(trigger.if, event) };
      if (best === undefined || rank(match) > rank(best)) best = match;
      if (match.outcome === 'matched') break;
    }
    if (best !== undefined) matches.push(best.outcome === 'matched' ? admitted(best, event) : best);
  }
  return matches;
}

/** A match whose keys cannot be worked out starts nothing, and is kept like one whose filter fails. */
export function admitted<M extends Pick<Match, 'flow' | 'outcome' | 'reason' | 'admission'>>(
  match: M,
  event: EventData,
): M {
  const admits = admit(match.flow, event);
  if ('failed' in admits) return { ...match, outcome: 'filter_failed', reason: admits.failed };
  return admits.admission === undefined ? match : { ...match, admission: admits.admission };
}

/** What became of an event that these flows listen to. */
export function outcomeOf(matches: Pick<Match, 'outcome'>[]): NewEvent['outcome'] {
  const outcomes = matches.map((match) => match.outcome);
  if (outcomes.includes('matched')) return 'matched';
  if (outcomes.includes('filter_failed')) return 'filter_failed';
  return outcomes.includes('filtered') ? 'filtered' : 'unmatched';
}

function indexOf(catalog: Catalog): Map<string, Listener[]> {
  const index = new Map<string, Listener[]>();
  for (const flow of catalog.flows.values()) {
    const bySource = new Map<string, Listener>();
    const listen = (source: string, trigger: Trigger, events: string[] | undefined): void => {
      const listener = bySource.get(source) ?? { flow, triggers: [] };
      listener.triggers.push({ trigger, patterns: events?.map((pattern) => pattern.split('*')) });
      bySource.set(source, listener);
    };
    for (const trigger of flow.triggers) {
      if (trigger.source === undefined) continue;
      listen(trigger.source, trigger, trigger.events);
      const ends = runEndPatterns(trigger);
      if (ends.length > 0) listen(RUN_SOURCE, trigger, ends);
    }
    for (const [source, listener] of bySource) index.set(source, [...(index.get(source) ?? []), listener]);
  }
  return index;
}

/** What of a trigger's type patterns is about the ends of runs. */
export function runEndPatterns({ source, events }: Trigger): string[] {
  return source === EMIT_SOURCE ? (events ?? []).filter(isRunEndPattern) : [];
}

/** What a bare condition over `event` says: of a flow's trigger, or of a source for all flows. Without one all events pass. */
export function filterEvent(condition: string | undefined, event: EventData): Pick<Match, 'outcome' | 'reason'> {
  if (condition === undefined) return { outcome: 'matched' };
  const scope = { roots: { event: event as unknown as Json }, now: () => event.time, uuid: randomUUID };
  try {
    return { outcome: evaluateCondition(condition, scope) ? 'matched' : 'filtered' };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { outcome: 'filter_failed', reason: `${error.code}: ${error.message}` };
  }
}

function rank({ outcome }: Match): number {
  return ['filtered', 'filter_failed', 'matched'].indexOf(outcome);
}

/** Whether a type follows a pattern. `parts` are the pattern's texts between its `*`. Linear in the length of the type. */
export function matchesPattern(parts: string[], type: string): boolean {
  const first = parts[0] ?? '';
  const last = parts[parts.length - 1] ?? '';
  if (parts.length === 1) return type === first;
  if (type.length < first.length + last.length || !type.startsWith(first) || !type.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = type.indexOf(part, at);
    if (found === -1 || found + part.length > type.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
