// Flow definitions by hash, parsed once. Hashes name their content, so nothing here ever goes stale.
import type { Flow } from '../../workflows/definition.ts';

/** Definitions kept: the flows of one installation and some of their former versions. */
const DEFINITIONS_MAX = 256;

/** @param read text of a definition by its hash, or null. The returned lookup shares what it returns: nobody may change it. */
export function createDefinitions(
  read: (hash: string) => Promise<string | null>,
): (hash: string) => Promise<Flow | null> {
  const kept = new Map<string, Flow>();
  return async (hash) => {
    const found = kept.get(hash);
    if (found) return found;
    const text = await read(hash);
    if (text === null) return null;
    const flow = JSON.parse(text) as Flow;
    const [oldest] = kept.keys();
    if (kept.size >= DEFINITIONS_MAX && oldest !== undefined) kept.delete(oldest);
    kept.set(hash, flow);
    return flow;
  };
}
