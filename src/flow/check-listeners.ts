// What only shows when all files are known: sources that nobody listens to, connections that nobody uses, and two flows that would
// both answer one request. Warnings only; nothing is said while a file cannot be read, for it may hold what seems to miss.
import type { JsonObject } from '../../workflows/definition.ts';
import type { FlowDocument } from './document.ts';
import type { KnownDocument } from './loading.ts';
import { textsOf } from './normalise-source.ts';
import { patternsMeet } from './event-patterns.ts';
import { allSteps, isObject, stepTree } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** A trigger that answers with what its flow gives. */
interface Answering {
  document: FlowDocument;
  path: Path;
  flow: string;
  source: string;
  /** Type patterns; none takes every type. */
  events: string[];
  hasFilter: boolean;
}

/** Checks the documents of a catalog against one another. `isComplete`: every file could be read. */
export function checkListeners(known: KnownDocument[], isComplete: boolean): void {
  const flows = known.filter(({ kind }) => kind === 'flow');
  checkAnswering(flows.flatMap(answeringOf));
  if (!isComplete) return;
  const used = namesUsed(flows);
  for (const { kind, document, raw } of known) {
    const name = raw[kind];
    if (typeof name !== 'string' || document.report.broken()) continue;
    const place = document.valuePlace([kind]);
    if (kind === 'source' && raw['retired'] !== true && !used.sources.has(name)) {
      const hint = `Add a trigger \`{ event: TYPE, source: ${name} }\` to a flow, or delete the source.`;
      document.report.add('unused_source', place, `no flow listens to the source \`${name}\``, hint);
    }
    if (kind === 'connection' && !used.connections.has(name)) {
      const hint = 'Name it in a step (`connection:`), or delete it.';
      document.report.add('unused_connection', place, `no step uses the connection \`${name}\``, hint);
    }
  }
}

/** Sources and connections that flows name, in triggers and in steps. */
function namesUsed(flows: KnownDocument[]): { sources: Set<unknown>; connections: Set<unknown> } {
  const used = { sources: new Set<unknown>(), connections: new Set<unknown>() };
  for (const { raw } of flows) {
    for (const { trigger } of triggersOf(raw)) used.sources.add(trigger['source']);
    for (const step of allSteps(stepTree(raw))) {
      used.sources.add(step.raw['source']);
      used.connections.add(step.raw['connection']);
    }
  }
  return used;
}

function triggersOf(raw: JsonObject): { trigger: JsonObject; path: Path }[] {
  const triggers = Array.isArray(raw['triggers']) ? raw['triggers'] : [];
  return triggers.flatMap((trigger, index) => (isObject(trigger) ? [{ trigger, path: ['triggers', index] }] : []));
}

function answeringOf({ document, raw }: KnownDocument): Answering[] {
  return triggersOf(raw).flatMap(({ trigger, path }) => {
    const source = trigger['source'];
    if (trigger['respond'] !== 'result' || typeof source !== 'string') return [];
    const flow = String(raw['flow']);
    const events = textsOf(trigger['event']);
    return [{ document, path, flow, source, events, hasFilter: trigger['if'] !== undefined }];
  });
}

function checkAnswering(triggers: Answering[]): void {
  for (const [index, later] of triggers.entries()) {
    const first = triggers.slice(0, index).find((each) => bothAnswer(each, later));
    if (first === undefined) continue;
    const { document, path, source } = later;
    const where = `${first.document.file.path}:${first.document.lineOf([...first.path, 'respond'])}`;
    const message = `the flow \`${first.flow}\` (${where}) answers the same requests of \`${source}\` with its result too, so their sender gets neither`;
    const hint = 'Leave `respond: result` to one of them, or give both an `if` that excludes the other.';
    document.report.add('two_answers', document.valuePlace([...path, 'respond']), message, hint);
  }
}

/** Two filters may exclude one another, which nobody can tell from here. */
function bothAnswer(one: Answering, other: Answering): boolean {
  if (one.flow === other.flow || one.source !== other.source || (one.hasFilter && other.hasFilter)) return false;
  return one.events.some((pattern) => other.events.some((each) => patternsMeet(pattern, each)));
}
