// What the loaded flows wait for, so that the store indexes it before the first run asks. Pure.
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import type { KeyShape } from '../inbox/waits.ts';
import type { Catalog } from './catalog.ts';

/** What `wait_for` steps of the flows look for in events, each once. */
export function awaitedShapes(catalog: Catalog): KeyShape[] {
  const shapes = new Map<string, KeyShape>();
  for (const { definition } of catalog.flows.values()) {
    for (const step of waitsIn([definition.steps, definition.catch, definition.finally])) {
      const source = (step['source'] as string | undefined) ?? EMIT_SOURCE;
      const paths = Object.keys((step['where'] ?? {}) as object).sort();
      for (const type of [step['wait_for'] as string | string[]].flat()) {
        const shape = { type, source, paths };
        shapes.set(JSON.stringify(shape), shape);
      }
    }
  }
  return [...shapes.values()];
}

function waitsIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(waitsIn);
  if (value === null || typeof value !== 'object') return [];
  const inside = Object.values(value).flatMap(waitsIn);
  return 'verb' in value && 'line' in value && value.verb === 'wait_for' ? [{ ...value }, ...inside] : inside;
}
