// A small bounded cache of pure values by text. It survives runs in a shared context, so it must never hold a run's data.

/** A cache that forgets; `undefined` is never stored. */
export interface Cache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V, weight: number): void;
}

/**
 * Keeps at most `entriesMax` entries of a total `weightMax`, the recently used ones. Two generations: when the young one
 * holds half, it becomes the old one and the old one is dropped; a hit in the old one moves the entry to the young one.
 */
export function createCache<V>(entriesMax: number, weightMax: number): Cache<V> {
  let young = new Map<string, { value: V; weight: number }>();
  let old = new Map<string, { value: V; weight: number }>();
  let youngWeight = 0;

  function set(key: string, value: V, weight: number): void {
    if (weight > weightMax / 2) return;
    if (young.size + 1 > entriesMax / 2 || youngWeight + weight > weightMax / 2) {
      old = young;
      young = new Map();
      youngWeight = 0;
    }
    young.set(key, { value, weight });
    youngWeight += weight;
  }

  function get(key: string): V | undefined {
    const entry = young.get(key);
    if (entry !== undefined) return entry.value;
    const aged = old.get(key);
    if (aged === undefined) return undefined;
    set(key, aged.value, aged.weight);
    return aged.value;
  }

  return { get, set };
}
