// Keeps what a broken save would take away: flows, sources and connections of a file stay as they were while it has errors, or is empty
// as between the two halves of a save.
import type { Catalog } from './catalog.ts';
import type { SourceFile } from './files.ts';

/** What was kept: flow names. */
export interface Kept {
  catalog: Catalog;
  flows: string[];
}

/**
 * Completes a freshly loaded catalog with what `previous` had from files that still exist but now are empty or have errors.
 * What a sound file no longer has is gone.
 */
export function keepLastGood(previous: Catalog, next: Catalog, files: SourceFile[]): Kept {
  const paths = new Set(files.map(({ path }) => path));
  const errors = next.problems.filter((problem) => problem.severity === 'error');
  const broken = new Set(errors.map((problem) => problem.file).filter((file) => paths.has(file)));
  for (const file of files) if (isEmpty(file)) broken.add(file.path);
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

/** Programs that save a file empty it first, and write it then. Comments are somebody's wish, nothing at all is not. */
export function isEmpty({ text, problem }: SourceFile): boolean {
  return problem === undefined && text.trim() === '';
}
