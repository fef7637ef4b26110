// Reads the `arrives` of a case: when each event comes, and from which source. What the text leaves out, the flow's own waits say.
// It expects a list that was checked (check-arrives.ts).
import type { Flow, Json, JsonObject, Step } from '../../workflows/definition.ts';
import { sourceOfTypes } from '../../workflows/emit-event.ts';
import type { Catalog } from '../flow/catalog.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { outlineOf } from './flow-outline.ts';
import { requestOf, type ReadJson } from './given.ts';
import { findSource } from './read-event.ts';
import { reachedFlows } from './reached-flows.ts';
import { stepName } from './step-names.ts';
import type { Arrival } from './test-case.ts';
import { spanMs } from './time.ts';

/** What a `wait_for` step waits for. */
export interface AwaitedBy {
  /** What cases call the step. */
  name: string | undefined;
  /** It is a step of a flow that is called. */
  isCalled: boolean;
  types: string[];
  source: string;
}

/** What the steps of a flow wait for, and those of the flows that it calls. */
export function awaitedBy(catalog: Catalog, flow: Flow): AwaitedBy[] {
  return reachedFlows(catalog, flow).flatMap((each) =>
    outlineOf(each).steps.flatMap((step) => (step.verb === 'wait_for' ? [awaitedByStep(flow, each, step)] : [])),
  );
}

function awaitedByStep(tested: Flow, { flow }: Flow, step: Step): AwaitedBy {
  const types = [step['wait_for'] as string | string[]].flat();
  const name = step.id === undefined ? undefined : stepName(tested.flow, { flow, step: step.id });
  const source = (step['source'] as string | undefined) ?? sourceOfTypes(types);
  return { name, isCalled: flow !== tested.flow, types, source };
}

/** `event` or `delivery`, whichever the entry has. */
export function kindOf(entry: JsonObject): 'event' | 'delivery' {
  return entry['delivery'] === undefined ? 'event' : 'delivery';
}

/**
 * The waits that an entry of `arrives` can be about: that of its `waiting` step, else those for its type. Where the flow itself waits, those
 * of the flows that it calls say nothing.
 */
export function waitsFor(catalog: Catalog, flow: Flow, entry: JsonObject): AwaitedBy[] {
  const all = awaitedBy(catalog, flow);
  const { waiting } = entry;
  if (waiting !== undefined) return all.filter(({ name }) => name === waiting);
  const own = all.filter(({ isCalled }) => !isCalled);
  const type = writtenIn(entry, 'type');
  const isFor = ({ types }: AwaitedBy): boolean => type !== undefined && types.includes(type);
  const isCallees = own.length === 0 || (!own.some(isFor) && all.some(isFor));
  return isCallees ? all.filter((wait) => wait.isCalled && (type === undefined || isFor(wait))) : own;
}

function writtenIn(entry: JsonObject, field: string): string | undefined {
  const written = entry[kindOf(entry)];
  const value = isObject(written) ? written[field] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Names of the sources that it may come from: the one that is written, else those that are waited for. */
export function sourcesOf(catalog: Catalog, flow: Flow, entry: JsonObject): string[] {
  const named = writtenIn(entry, 'source');
  return named === undefined ? [...new Set(waitsFor(catalog, flow, entry).map(({ source }) => source))] : [named];
}

/** Types that are waited for from a source. */
export function typesFrom(catalog: Catalog, flow: Flow, entry: JsonObject, source: string): string[] {
  const types = waitsFor(catalog, flow, entry).flatMap((wait) => (wait.source === source ? wait.types : []));
  return [...new Set(types)];
}

/** Reads a checked list that stands at `path`. `startMs`: when the run begins, Unix milliseconds. */
export function readArrivals(
  catalog: Catalog,
  flow: Flow,
  list: Json | undefined,
  path: Path,
  startMs: number,
  readJson: ReadJson,
): Arrival[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry, index): Arrival[] => {
    if (!isObject(entry)) return [];
    const place = [...path, index];
    const kind = kindOf(entry);
    const { fields, body } = requestOf(entry[kind], undefined, [...place, kind], readJson);
    const [name = ''] = sourcesOf(catalog, flow, entry);
    const source = findSource(catalog, name, kind);
    if (source === undefined) return [];
    return [
      {
        path: place,
        ...(typeof entry['waiting'] === 'string' && { step: entry['waiting'] }),
        ms: momentOf(entry, startMs),
        written: { kind, fields, body },
        source,
        types: typesFrom(catalog, flow, entry, name),
        ignored: entry['ignored'] === true,
      },
    ];
  });
}

function momentOf({ after, before, time }: JsonObject, startMs: number): number {
  if (typeof time === 'string') return Date.parse(time) - startMs;
  if (typeof before === 'string') return -spanMs(before)!;
  return typeof after === 'string' ? spanMs(after)! : 0;
}
