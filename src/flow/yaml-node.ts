// Finds the places of values in a YAML document by their path in its JSON form, through aliases and `<<` merges.
// It reads the syntax tree and never changes it.
import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair, type Scalar } from 'yaml';
import type { Place } from './report.ts';

/** Keys and indexes from the document's root. */
export type Path = readonly (string | number)[];

/** What stands at a path: the nearest ancestor when the whole path is not there. */
export interface FoundNode {
  key?: Node;
  value?: Node;
  /** True when the whole path was found. */
  exact: boolean;
}

/** Finds the node at a path. */
export function findNode(document: Document, path: Path): FoundNode {
  let found: FoundNode = { value: document.contents ?? undefined, exact: true };
  for (const segment of path) {
    const child = childOf(document, found.value, segment);
    if (child === undefined) return { ...found, exact: false };
    found = child;
  }
  return found;
}

function childOf(document: Document, parent: Node | undefined, segment: string | number): FoundNode | undefined {
  const node = resolveAlias(document, parent);
  if (isSeq(node)) {
    const item = node.items[Number(segment)];
    return item === undefined ? undefined : { value: item as Node, exact: true };
  }
  if (!isMap(node)) return undefined;
  let merged: FoundNode | undefined;
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    if (keyText(pair.key) === String(segment)) return { key: pair.key, value: pair.value ?? undefined, exact: true };
    if (isMergeKey(pair.key)) merged ??= mergedChild(document, pair.value ?? undefined, segment);
  }
  return merged;
}

function mergedChild(document: Document, source: Node | undefined, segment: string | number): FoundNode | undefined {
  const node = resolveAlias(document, source);
  if (!isSeq(node)) return childOf(document, node, segment);
  for (const item of node.items as Node[]) {
    const child = childOf(document, item, segment);
    if (child !== undefined) return child;
  }
  return undefined;
}

/** True for the `<<` key. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.source === '<<' && key.type === 'PLAIN';
}

function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return key.value === null ? '' : String(key.value);
}

function resolveAlias(document: Document, node: Node | undefined): Node | undefined {
  return isAlias(node) ? (node.resolve(document) as Node | undefined) : node;
}

/** The scalar at a path, when there is one and it was found exactly. */
export function scalarAt(document: Document, path: Path): Scalar | undefined {
  const found = findNode(document, path);
  const node = found.exact ? resolveAlias(document, found.value) : undefined;
  return isScalar(node) ? node : undefined;
}

/** Place of the value at a path: scalars whole, collections by their key (or first character). */
export function placeOfValue(document: Document, path: Path): Place {
  const { key, value } = findNode(document, path);
  if (isScalar(value) && value.range && value.range[1] > value.range[0]) return placeOfNode(value);
  if (isAlias(value)) return placeOfNode(value);
  if (key?.range) return placeOfNode(key);
  if (value?.range) return { offset: value.range[0], length: 1 };
  return { offset: 0, length: 1 };
}

/** Place of the key at a path; for list items the place of the item. */
export function placeOfKey(document: Document, path: Path): Place {
  const { key } = findNode(document, path);
  return key?.range ? placeOfNode(key) : placeOfValue(document, path);
}

/** The stretch of a node's own text. */
export function placeOfNode(node: Node): Place {
  const [start, end] = node.range ?? [0, 1, 1];
  return { offset: start, length: Math.max(1, end - start) };
}
