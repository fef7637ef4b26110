// Tells what a document declares, even a broken one, so that its names are not taken for missing.
import type { FlowDocument } from './document.ts';
import { didYouMean } from './schema-words.ts';
import { isObject } from './step-tree.ts';
import { foreignWords } from './words.ts';

export type DocumentKind = 'flow' | 'source' | 'connection';

const kinds: DocumentKind[] = ['flow', 'source', 'connection'];

/** The kind of a document, by the key that it has; reports one that has none. */
export function documentKind(document: FlowDocument): DocumentKind | undefined {
  const { value, report } = document;
  if (!isObject(value)) {
    report.add(
      'document_kind',
      document.valuePlace([]),
      'a document is a map that begins with `flow:`, `source:` or `connection:`',
    );
    return undefined;
  }
  // A flow may not say `source`, a source not `flow`: the first key that stands there decides, and the schema rejects the other.
  const kind = Object.keys(value).find((key) => kinds.includes(key as DocumentKind));
  if (kind !== undefined) return kind as DocumentKind;
  const [first] = Object.keys(value);
  const place = first === undefined ? document.valuePlace([]) : document.keyPlace([first]);
  const foreign = Object.keys(value).find((key) => Object.hasOwn(foreignWords.flow, key));
  const hint = didYouMean(first ?? '', kinds);
  const words = hint?.startsWith('Did')
    ? hint
    : foreign === undefined
      ? 'Begin it with `flow: NAME`.'
      : foreignWords.flow[foreign];
  report.add('document_kind', place, 'this document says neither `flow:`, `source:` nor `connection:`', words);
  return undefined;
}

/** Names that a broken document declares, as far as its text shows them. */
export function brokenNames(document: FlowDocument): Record<'flows' | 'sources' | 'shared' | 'connections', string[]> {
  const [start, , end] = document.yaml.range ?? [0, 0, document.file.text.length];
  const text = document.file.text.slice(start, end);
  const all = (pattern: RegExp) =>
    [...text.matchAll(pattern)].flatMap((found) => (found[1] === undefined ? [] : [found[1]]));
  const shared = all(/^source:[ \t]*["']?([a-z0-9][a-z0-9/-]*)/gm);
  const inline = all(
    /^[ \t]*(?:triggers:[ \t]*\[?[ \t]*)?(?:-[ \t]+)?\{?[ \t]*webhook:[ \t]*["']?([a-z0-9][a-z0-9/-]*)/gm,
  );
  return {
    flows: all(/^flow:[ \t]*["']?([a-z][a-z0-9-]*)/gm),
    sources: [...shared, ...inline],
    shared,
    connections: all(/^connection:[ \t]*["']?([a-z][a-z0-9_-]*)/gm),
  };
}
