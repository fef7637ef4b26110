// Loads one `flow:` document: all checks, then its definition, its triggers and the sources that only it listens to.
import type { JsonObject } from '../../workflows/definition.ts';
import type { Source } from './catalog.ts';
import { checkSchema, readBodySchema } from './body-schema.ts';
import { admissionOf } from './admission-fields.ts';
import { checkAdmission } from './check-admission.ts';
import { checkCalls } from './check-calls.ts';
import { checkApprovals } from './check-approvals.ts';
import { checkAnswers } from './check-answers.ts';
import { checkDurations } from './check-durations.ts';
import { checkExpressions } from './check-expressions.ts';
import { checkLoops } from './check-loops.ts';
import { checkUndo } from './check-undo.ts';
import { checkMisplaced } from './check-misplaced.ts';
import { checkUnmarked } from './check-unmarked.ts';
import { checkUnreachable } from './check-unreachable.ts';
import { checkTriggers, checkUses, kindsOf } from './check-flow.ts';
import { batchShapes, type Shapes } from './known-shapes.ts';
import { checkSchedules } from './check-schedules.ts';
import { checkSecretSet } from './check-secrets.ts';
import { checkSteps, reportWords } from './check-structure.ts';
import { checkWaits } from './check-waits.ts';
import type { FlowDocument } from './document.ts';
import { flowSites } from './expression-sites.ts';
import { definitionBytesMax } from './limits.ts';
import { claimName, definitionHash, type KnownDocument, type Loading } from './loading.ts';
import { normaliseFlow } from './normalise.ts';
import { sourceOf, triggerOf } from './normalise-source.ts';
import { allSteps, isObject, stepTree, type Block } from './step-tree.ts';
import { checkAgainstSchema } from './validator.ts';

/** Keys of a flow that are words of other tools elsewhere. */
const flowKeys = ['catch', 'finally', 'output', 'description'];

/** Loads a flow into the catalog, unless it has an error. */
export function loadFlow(loading: Loading, { document, raw }: KnownDocument): void {
  const { catalog, names, options } = loading;
  const blocks = stepTree(raw);
  reportWords(document, [], raw, 'flow', flowKeys);
  if (isObject(raw['retry'])) reportWords(document, ['retry'], raw['retry'], 'retry', []);
  checkSteps(document, blocks);
  checkDurations(document, raw, blocks);
  checkAdmission(document, raw);
  checkLoops(document, blocks);
  checkUndo(document, raw, blocks);
  checkUnreachable(document, raw, blocks);
  checkMisplaced(document, blocks);
  checkApprovals(document, blocks);
  checkUnmarked(document, raw, blocks);
  checkTriggers(document, raw, names, options);
  checkSchedules(document, raw);
  checkUses(document, raw, blocks, names);
  checkWaits(document, raw, blocks, names);
  checkCalls(document, raw, blocks, loading);
  const sites = flowSites(document, raw, blocks);
  const inline = inlineSources(loading, document, raw);
  const sourceNamed = (name: string) => inline.find((source) => source.name === name) ?? catalog.sources.get(name);
  checkAnswers(document, raw, sourceNamed);
  const vars = isObject(raw['vars']) ? raw['vars'] : {};
  const used = checkExpressions(document, sites, { blocks, vars, shapes: shapesOf(document, raw, sourceNamed) });
  for (const [secret, site] of used.secrets)
    checkSecretSet(document, secret, document.textPlace(site.path, site.offset, site.text.length), options);
  const unclear = unclearPlaces(raw, blocks);
  checkAgainstSchema(document, (pointer) => unclear.some((each) => pointer === each || pointer.startsWith(`${each}/`)));
  const name = raw['flow'];
  if (typeof name !== 'string') return;
  claimName(loading, 'flow', name, document, ['flow']);
  if (document.report.broken()) return;
  const definition = normaliseFlow(document, raw, { configNames: [...used.config], runUrl: used.runUrl });
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > definitionBytesMax) {
    return document.report.add(
      'too_large',
      document.valuePlace(['flow']),
      `the flow has ${bytes} bytes once aliases are expanded, at most ${definitionBytesMax} are taken`,
    );
  }
  const triggers = (raw['triggers'] as JsonObject[]).map(triggerOf);
  const admission = admissionOf(raw);
  const loaded = { definition, hash: definitionHash(definition), triggers };
  catalog.flows.set(name, admission === undefined ? loaded : { ...loaded, admission });
  for (const source of inline) catalog.sources.set(source.name, source);
}

/** The sources of `webhook` triggers. Their names are claimed even when the flow is broken. */
function inlineSources(loading: Loading, document: FlowDocument, raw: JsonObject): Source[] {
  const triggers = Array.isArray(raw['triggers']) ? raw['triggers'] : [];
  return triggers.flatMap((trigger, index) => {
    if (!isObject(trigger) || typeof trigger['webhook'] !== 'string') return [];
    const path = ['triggers', index];
    const schema = readBodySchema(document, trigger, path, loading.options);
    claimName(loading, 'source', trigger['webhook'], document, [...path, 'webhook']);
    return [sourceOf(document, trigger, path, trigger['webhook'], schema)];
  });
}

/** What `event.body` and `input` can be: with one trigger that has no schema, anything. */
function shapesOf(document: FlowDocument, raw: JsonObject, sourceNamed: (name: string) => Source | undefined): Shapes {
  const declared = raw['input'];
  const input = isObject(declared) && checkSchema(document, declared, ['input']) ? declared : undefined;
  const triggers = Array.isArray(raw['triggers']) ? raw['triggers'].filter(isObject) : [];
  const bodies = triggers.map((trigger) => {
    if (trigger['manual'] !== undefined || trigger['schedule'] !== undefined) return input;
    return sourceNamed(String(trigger['webhook'] ?? trigger['source']))?.schema;
  });
  const single = { bodies: bodies.includes(undefined) ? [] : (bodies as JsonObject[]), input };
  return raw['batch'] === undefined ? single : batchShapes(single);
}

/** JSON pointers of what says two things at once: it follows the schema of neither. */
function unclearPlaces(raw: JsonObject, blocks: Block[]): string[] {
  const steps = [...allSteps(blocks)].filter((step) => step.verbs.length > 1);
  const triggers = Array.isArray(raw['triggers']) ? raw['triggers'] : [];
  return [
    ...steps.map((step) => `/${step.path.join('/')}`),
    ...triggers.flatMap((trigger, index) =>
      isObject(trigger) && kindsOf(trigger).length > 1 ? [`/triggers/${index}`] : [],
    ),
  ];
}
