// Keeps what a broken save would take away: flows, sources and connections of a file stay as they were while it has errors.
import type { Catalog } from './catalog.ts';

/** What was kept: flow names. */
export interface Kept {
  catalog: Catalog;
  flows: string[];
}

/**
 * Completes a freshly loaded catalog with what `previous` had from files that still exist (`paths`) but now have errors.
 * What a sound file no longer has is gone.
 */
export function keepLastGood(previous: Catalog, next: Catalog, paths: Set<string>): Kept {
  const errors = next.problems.filter((problem) => problem.severity === 'error');
  const broken = new Set(errors.map((problem) => problem.file).filter((file) => paths.has(file)));
  const flows = new Map(next.flows);
  const sources = new Map(next.sources);
  const connections = new Map(next.connections);
  const kept: string[] = [];
  for (const [name, flow] of previous.flows) {
    if (flows.has(name) || !broken.has(flow.definition.file)) continue;
    flows.set(name, flow);
    kept.push(name);
  }
  for (const [name, source] of previous.sources)
    if (!sources.has(name) && broken.has(source.file)) sources.set(name, source);
  for (const [name, connection] of previous.connections) {
    if (!connections.has(name) && broken.has(connection.file)) connections.set(name, connection);
  }
  const brokenSources = new Set([...next.brokenSources].filter((name) => !sources.has(name)));
  const brokenFlows = new Set([...(next.brokenFlows ?? [])].filter((name) => !flows.has(name)));
  const { brokenIn, problems } = next;
  return { catalog: { flows, sources, connections, brokenSources, brokenFlows, brokenIn, problems }, flows: kept };
}
