// Loads flows from texts in tests.
import assert from 'node:assert/strict';
import type { Catalog, LoadedFlow } from '../../src/flow/catalog.ts';
import { loadCatalog, type LoadOptions } from '../../src/flow/load.ts';

/** Loads one file. */
export function loadText(text: string, options: Partial<LoadOptions> = {}, path = 'flows/test.yaml'): Catalog {
  return loadCatalog([{ path, text }], { readSchema: () => ({}), ...options });
}

/** Loads one file that must be sound, and gives its first flow. */
export function loadGood(text: string, options: Partial<LoadOptions> = {}): LoadedFlow {
  const catalog = loadText(text, options);
  assert.deepEqual(
    catalog.problems.map(({ line, code, message }) => `${line}: ${code}: ${message}`),
    [],
  );
  const [flow] = catalog.flows.values();
  assert.ok(flow !== undefined, 'no flow was loaded');
  return flow;
}

/** The problems of a text as `line:column code`. */
export function problemsOf(text: string, options: Partial<LoadOptions> = {}): string[] {
  return loadText(text, options).problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}
