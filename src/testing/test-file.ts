// From the text of a test file to its cases: yaml, schema, checks, then what cases share is put into each of them.
// Problems are collected, never thrown; a document with an error has no cases.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Flow, Json, JsonObject } from '../../workflows/definition.ts';
import type { Catalog, Problem } from '../flow/catalog.ts';
import { readDocuments, type FlowDocument } from '../flow/document.ts';
import type { SourceFile } from '../flow/files.ts';
import { createReport, fileText } from '../flow/report.ts';
import { reportSchemaErrors } from '../flow/schema-problems.ts';
import { didYouMean } from '../flow/schema-words.ts';
import { isObject } from '../flow/step-tree.ts';
import { flowSchemaCompiler } from '../flow/validator.ts';
import type { Path } from '../flow/yaml-node.ts';
import { checkScope, type Scene } from './check-test.ts';
import { reportForeignFields } from './field-words.ts';
import { givenOf, type ReadJson } from './given.ts';
import { answerOf, answersIn, decisionOf, runOf } from './read-answers.ts';
import { readArrivals } from './read-arrivals.ts';
import { testJsonSchema } from './schema.ts';
import { spanMs } from './time.ts';
import type { TestCase } from './test-case.ts';

/** The start of runs whose case says none: a Monday morning, the same for every run of a test. */
const START_DEFAULT = '2026-01-05T09:00:00.000Z';

let compiled: ValidateFunction | undefined;

/** What a test file holds. `flows` are those that its sound documents are about. */
export interface TestFile {
  path: string;
  cases: TestCase[];
  problems: Problem[];
}

/** Reads a test file whose flows are in the catalog. */
export function readTestFile(source: SourceFile, catalog: Catalog): TestFile {
  const { path, text } = source;
  if (source.problem !== undefined) {
    const report = createReport(fileText(path, ''));
    report.add(source.problem.code, { offset: 0, length: 1 }, source.problem.message);
    return { path, cases: [], problems: report.sorted() };
  }
  const { documents, report } = readDocuments(path, text);
  const cases = documents.flatMap((document) => readDocument(document, catalog));
  return {
    path,
    cases,
    problems: [report, ...documents.map((document) => document.report)].flatMap((each) => each.sorted()),
  };
}

function readDocument(document: FlowDocument, catalog: Catalog): TestCase[] {
  const { value, report } = document;
  if (value === undefined) return [];
  if (!isObject(value) || value['test'] === undefined) {
    const place = document.valuePlace([]);
    report.add(
      'missing_field',
      place,
      'a test document is a map that begins with `test: FLOW`',
      'Name the flow that it tests.',
    );
    return [];
  }
  compiled ??= flowSchemaCompiler().compile(testJsonSchema());
  if (!compiled(value)) {
    reportForeignFields(document, compiled.errors ?? []);
    reportSchemaErrors(document, compiled.errors ?? []);
  }
  const flow = flowOf(document, catalog, value['test']);
  if (flow === undefined) return [];
  const cases = Array.isArray(value['cases']) ? value['cases'] : [];
  const scene = { document, catalog, flow };
  checkScope(scene, value, []);
  for (const [index, each] of cases.entries()) if (isObject(each)) checkScope(scene, each, ['cases', index]);
  checkNames(document, cases);
  if (report.broken()) return [];
  const read = cases.map((each, index) => caseOf(scene, value, each as JsonObject, ['cases', index]));
  return report.broken() ? [] : read;
}

function flowOf(document: FlowDocument, catalog: Catalog, name: Json | undefined): Flow | undefined {
  if (typeof name !== 'string') return undefined;
  const flow = catalog.flows.get(name)?.definition;
  if (flow !== undefined) return flow;
  const isBroken = catalog.brokenFlows?.has(name) === true;
  const message = isBroken ? `flow \`${name}\` has errors, so no case of it can run` : `there is no flow \`${name}\``;
  const hint = isBroken ? 'Correct the flow first.' : didYouMean(name, [...catalog.flows.keys()]);
  document.report.add('wrong_value', document.valuePlace(['test']), message, hint);
  return undefined;
}

function checkNames(document: FlowDocument, cases: Json[]): void {
  const names = new Set<Json>();
  for (const [index, each] of cases.entries()) {
    const name = isObject(each) ? each['name'] : undefined;
    if (name === undefined) continue;
    const place = document.valuePlace(['cases', index, 'name']);
    if (names.has(name)) document.report.add('duplicate_name', place, 'another case has this name already');
    names.add(name);
  }
}

function caseOf({ document, catalog, flow }: Scene, shared: JsonObject, own: JsonObject, path: Path): TestCase {
  const { file } = document;
  const readJson: ReadJson = (name, place) => {
    try {
      return JSON.parse(readFileSync(join(dirname(file.path), name), 'utf8')) as Json;
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const message = missing
        ? `there is no file \`${name}\``
        : `\`${name}\` cannot be read: ${(error as Error).message}`;
      document.report.add(
        'file_unreadable',
        document.valuePlace(place),
        message,
        'Paths are relative to the test file.',
      );
      return null;
    }
  };
  const cancelAfterMs = typeof own['cancel_after'] === 'string' ? spanMs(own['cancel_after']) : undefined;
  const map = (key: string): JsonObject => ({
    ...(shared[key] as JsonObject | undefined),
    ...(own[key] as JsonObject | undefined),
  });
  const placeOf = (key: string): Path => (own[key] === undefined ? [key] : [...path, key]);
  const valueOf = (key: string): Json | undefined => own[key] ?? shared[key];
  const startMs = startOf(document, valueOf('time'), path);
  return {
    name: String(own['name']),
    flow: flow.flow,
    document,
    path,
    given: givenOf(shared, own, path, readJson),
    startMs,
    secrets: map('secrets') as Record<string, string | null>,
    config: map('config') as Record<string, string>,
    mocks: answersIn(map('mocks'), answerOf),
    flows: answersIn(map('flows'), runOf),
    approvals: answersIn(map('approvals'), decisionOf),
    arrives: readArrivals(catalog, flow, valueOf('arrives'), placeOf('arrives'), startMs, readJson),
    ...(cancelAfterMs !== undefined && { cancelAfterMs }),
    expect: (own['expect'] ?? {}) as JsonObject,
  };
}

function startOf(document: FlowDocument, time: Json | undefined, path: Path): number {
  const ms = Date.parse(typeof time === 'string' ? time : START_DEFAULT);
  if (!Number.isNaN(ms)) return ms;
  document.report.add(
    'wrong_value',
    document.valuePlace([...path, 'time']),
    `\`${String(time)}\` is no day of the calendar`,
  );
  return 0;
}
