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
import type { Arrival } from './test-case.ts';
import { spanMs } from './time.ts';

/** What a `wait_for` step waits for. */
export interface AwaitedBy {
  id: string | undefined;
  types: string[];
  source: string;
}

/** What the steps of a flow wait for. */
export function awaitedBy(flow: Flow): AwaitedBy[] {
  return outlineOf(flow).steps.flatMap((step) => (step.verb === 'wait_for' ? [awaitedByStep(step)] : []));
}

function awaitedByStep(step: Step): AwaitedBy {
  const types = [step['wait_for'] as string | string[]].flat();
  return { id: step.id, types, source: (step['source'] as string | undefined) ?? sourceOfTypes(types) };
}

/** `event` or `delivery`, whichever the entry has. */
export function kindOf(entry: JsonObject): 'event' | 'delivery' {
  return entry['delivery'] === undefined ? 'event' : 'delivery';
}

/** The waits that an entry of `arrives` can be about: that of its `waiting` step, else all of them. */
export function waitsFor(flow: Flow, entry: JsonObject): AwaitedBy[] {
  const all = awaitedBy(flow);
  const { waiting } = entry;
  return waiting === undefined ? all : all.filter(({ id }) => id === waiting);
}

/** Names of the sources that it may come from: the one that is written, else those that are waited for. */
export function sourcesOf(flow: Flow, entry: JsonObject): string[] {
  const written = entry[kindOf(entry)];
  const named = isObject(written) ? written['source'] : undefined;
  if (typeof named === 'string') return [named];
  return [...new Set(waitsFor(flow, entry).map(({ source }) => source))];
}

/** Types that are waited for from a source. */
export function typesFrom(flow: Flow, entry: JsonObject, source: string): string[] {
  const types = waitsFor(flow, entry).flatMap((wait) => (wait.source === source ? wait.types : []));
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
    const [name = ''] = sourcesOf(flow, entry);
    const source = findSource(catalog, name, kind);
    if (source === undefined) return [];
    return [
      {
        path: place,
        ...(typeof entry['waiting'] === 'string' && { step: entry['waiting'] }),
        ms: momentOf(entry, startMs),
        written: { kind, fields, body },
        source,
        types: typesFrom(flow, entry, name),
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
