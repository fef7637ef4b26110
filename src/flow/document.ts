// One YAML document of a flow file, with its JSON form and the places of its values. Reading it never throws.
import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { Json } from '../../workflows/definition.ts';
import { aliasCountMax, definitionBytesMax, documentsPerFileMax, nestingMax, nodesMax } from './limits.ts';
import { nestingProblem } from './nesting.ts';
import { createReport, type FileText, fileText, lineOf, type Place, type Report } from './report.ts';
import { placeInScalar } from './source-map.ts';
import { isReadable, reportYamlErrors } from './yaml-errors.ts';
import { type Path, placeOfKey, placeOfValue, scalarAt } from './yaml-node.ts';
import { reportYamlTraps } from './yaml-traps.ts';

/** A parsed document. `value` is undefined when it cannot be trusted; its report says why. */
export interface FlowDocument {
  file: FileText;
  yaml: Document;
  value: Json | undefined;
  report: Report;
  valuePlace(path: Path): Place;
  keyPlace(path: Path): Place;
  /** Line of the key at a path (of the value, for list entries), from 1. */
  lineOf(path: Path): number;
  /** Place of characters inside the text value at a path. */
  textPlace(path: Path, offset: number, length: number): Place;
}

/** Splits a file into its documents and reports what is wrong with their YAML. Empty documents are left out. */
export function readDocuments(path: string, text: string): { documents: FlowDocument[]; report: Report } {
  const file = fileText(path, text.replace(/^\ufeff/, ''));
  const report = createReport(file);
  const start = { offset: 0, length: 1 };
  const bytes = Buffer.byteLength(text);
  if (bytes > definitionBytesMax) {
    report.add('too_large', start, `the file has ${bytes} bytes, at most ${definitionBytesMax} are taken`);
    return { documents: [], report };
  }
  const tooDeep = nestingProblem(file.text);
  if (tooDeep !== undefined) {
    report.add('too_deep', { offset: tooDeep, length: 1 }, `values are nested more than ${nestingMax} deep`);
    return { documents: [], report };
  }
  const parsed = parseAllDocuments(file.text, {
    version: '1.2',
    schema: 'core',
    merge: true,
    prettyErrors: false,
    lineCounter: new LineCounter(),
    logLevel: 'silent',
  });
  const yamls: Document[] = Array.isArray(parsed) ? parsed : [];
  if (yamls.length > documentsPerFileMax) {
    report.add(
      'too_many_documents',
      start,
      `the file holds ${yamls.length} documents, at most ${documentsPerFileMax} are taken`,
    );
    return { documents: [], report };
  }
  const documents = yamls
    .map((yaml) => openDocument(file, yaml))
    .filter((document) => document.value !== null || document.report.problems.length > 0);
  return { documents, report };
}

function openDocument(file: FileText, yaml: Document): FlowDocument {
  const report = createReport(file);
  reportYamlTraps(file, yaml, report);
  reportYamlErrors(file, yaml, report);
  return {
    file,
    yaml,
    report,
    value: jsonValue(yaml, report),
    valuePlace: (path) => placeOfValue(yaml, path),
    keyPlace: (path) => placeOfKey(yaml, path),
    lineOf: (path) => lineOf(file, placeOfKey(yaml, path).offset),
    textPlace(path, offset, length) {
      const scalar = scalarAt(yaml, path);
      return scalar?.range ? placeInScalar(file.text, scalar, offset, length) : placeOfValue(yaml, path);
    },
  };
}

/** The JSON form; undefined when the syntax is broken, for then keys and values may have slipped. */
function jsonValue(yaml: Document, report: Report): Json | undefined {
  const place = { offset: yaml.range?.[0] ?? 0, length: 1 };
  if (!isReadable(yaml)) return undefined;
  let value: Json;
  try {
    value = (yaml.toJS({ maxAliasCount: aliasCountMax }) ?? null) as Json;
  } catch {
    if (!report.broken())
      report.add(
        'yaml_alias_bomb',
        place,
        `aliases expand to more than ${aliasCountMax} copies, or to themselves`,
        'Write the values out, or use fewer aliases.',
      );
    return undefined;
  }
  const count = countNodes(value, nodesMax);
  if (count <= nodesMax) return value;
  if (count === Infinity) {
    report.add(
      'yaml_alias_bomb',
      place,
      'an alias stands inside its own anchor, so its value has no end',
      'Write the values out.',
    );
    return undefined;
  }
  report.add('yaml_alias_bomb', place, `the document has more than ${nodesMax} values once its aliases are expanded`);
  return undefined;
}

/** Counts values with their repetitions; stops a little over `max`. Deep or circular ones count as too many. */
function countNodes(value: Json, max: number, depth = 0): number {
  if (value === null || typeof value !== 'object') return 1;
  if (depth > nestingMax * 2) return Infinity;
  let count = 1;
  for (const child of Object.values(value)) {
    count += countNodes(child, max - count, depth + 1);
    if (count > max) return count;
  }
  return count;
}
