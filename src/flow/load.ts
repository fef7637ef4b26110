// From the text of flow files to a catalog: yaml, schema, checks, normalised definitions. Errors are collected; one broken
// document never keeps another from loading.
import type { JsonObject } from '../../workflows/definition.ts';
import type { Catalog } from './catalog.ts';
import { calledFlows } from './called-flows.ts';
import { checkBrokenCalls } from './check-calls.ts';
import { checkEmitted } from './check-waits.ts';
import { checkListeners } from './check-listeners.ts';
import { brokenNames, documentKind, type DocumentKind } from './document-kind.ts';
import { type FlowDocument, readDocuments } from './document.ts';
import type { SourceFile } from './files.ts';
import { loadFlow } from './load-flow.ts';
import { loadConnection, loadSource } from './load-shared.ts';
import type { KnownDocument, Loading, LoadOptions } from './loading.ts';
import { createReport, fileText, type Report } from './report.ts';

export type { SourceFile } from './files.ts';
export type { LoadOptions } from './loading.ts';

/**
 * Loads flows, sources and connections. Never throws for what is in the files: problems are in the catalog, sorted by place,
 * and a document with an error is left out.
 */
export function loadCatalog(files: SourceFile[], options: LoadOptions): Catalog {
  const catalog: Catalog = {
    flows: new Map(),
    sources: new Map(),
    connections: new Map(),
    brokenSources: new Set(),
    brokenFlows: new Set(),
    brokenIn: new Map(),
    problems: [],
  };
  const loading: Loading = {
    catalog,
    names: { flows: new Map(), sources: new Map(), connections: new Map() },
    options,
    declared: new Map(),
  };
  const reports: Report[] = [];
  const known: KnownDocument[] = [];
  let unread = 0;
  for (const file of files) unread += readFile(file, loading, reports, known);
  loading.names.flows = calledFlows(known);
  const of = (kind: DocumentKind) => known.filter((each) => each.kind === kind);
  for (const each of of('source')) loadSource(loading, each);
  for (const each of of('connection')) loadConnection(loading, each);
  for (const each of of('flow')) loadFlow(loading, each);
  checkListeners(known, options.isWhole === true && unread === 0);
  checkEmitted(known);
  checkBrokenCalls(known);
  for (const { document } of known) {
    if (document.report.broken()) noteBroken(loading, document);
  }
  for (const name of catalog.sources.keys()) catalog.brokenSources.delete(name);
  for (const name of catalog.flows.keys()) catalog.brokenFlows?.delete(name);
  catalog.problems = reports.flatMap((report) => report.sorted());
  return catalog;
}

/** Reads a file into documents; the number of those that could not be read. */
function readFile(file: SourceFile, loading: Loading, reports: Report[], known: KnownDocument[]): number {
  if (file.problem !== undefined) {
    const report = createReport(fileText(file.path, ''));
    report.add(file.problem.code, { offset: 0, length: 1 }, file.problem.message);
    reports.push(report);
    return 1;
  }
  const { documents, report } = readDocuments(file.path, file.text);
  reports.push(report);
  let unread = report.broken() ? 1 : 0;
  for (const document of documents) {
    reports.push(document.report);
    const kind = document.value === undefined ? undefined : documentKind(document);
    if (kind === undefined) {
      noteBroken(loading, document);
      unread += 1;
    } else known.push({ kind, document, raw: document.value as JsonObject });
  }
  return unread;
}

/** A broken document still declares its names, so that what refers to it is told why, and its sources answer 503. */
function noteBroken({ catalog, names }: Loading, document: FlowDocument): void {
  const broken = brokenNames(document);
  for (const flow of broken.flows) catalog.brokenFlows?.add(flow);
  for (const source of broken.sources) {
    catalog.brokenSources.add(source);
    catalog.brokenIn?.set(source, document.report.file.path);
  }
  for (const source of broken.shared) if (!names.sources.has(source)) names.sources.set(source, false);
  for (const name of broken.connections)
    if (!names.connections.has(name)) names.connections.set(name, { isSound: false });
}
