// Checks what flows call: a flow that is there, input that it takes as far as it stands in the file, and no circle without an end.
// Also what they may not emit. Values worked out at run time are checked then.
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { RESERVED_TYPE_PREFIXES } from '../../workflows/run-life.ts';
import { alwaysLeadsTo, type CalledFlow } from './called-flows.ts';
import type { FlowDocument } from './document.ts';
import type { KnownDocument, Loading } from './loading.ts';
import { reportSchemaErrors } from './schema-problems.ts';
import { didYouMean } from './schema-words.ts';
import { allSteps, stepTree, type Block, type StepNode } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** Fields of a step that try a call again: a call is one run. */
const retryFields = ['retry', 'attempt_timeout'];
/** Keywords whose error is about which keys there are, and templates are never keys. */
const keyKeywords = new Set(['required', 'additionalProperties', 'unevaluatedProperties', 'dependentRequired']);

/** Checks the `call` and `emit` steps of a flow. */
export function checkCalls(document: FlowDocument, flow: JsonObject, blocks: Block[], loading: Loading): void {
  for (const step of allSteps(blocks)) {
    if (step.type?.verb === 'emit') checkEmittedType(document, step);
    if (step.type?.verb !== 'call' || typeof step.raw['call'] !== 'string') continue;
    checkRetry(document, step);
    checkCall(document, step, String(flow['flow']), step.raw['call'], loading);
  }
}

function checkEmittedType(document: FlowDocument, { raw, path }: StepNode): void {
  const type = raw['emit'];
  const prefix = RESERVED_TYPE_PREFIXES.find((each) => typeof type === 'string' && type.startsWith(each));
  if (prefix === undefined) return;
  const message = `no flow can emit \`${String(type)}\`: events \`${prefix}*\` are Hookline's own`;
  document.report.add('reserved_name', document.valuePlace([...path, 'emit']), message, 'Choose another type.');
}

function checkRetry(document: FlowDocument, { raw, path }: StepNode): void {
  for (const field of retryFields) {
    if (raw[field] === undefined) continue;
    const message = `\`${field}\` means nothing for a \`call\`: it is one run, whose own steps are tried again`;
    const hint = 'Put it to the steps of the called flow. To call again, use `repeat` with a `try` in it.';
    document.report.add('impossible_combination', document.keyPlace([...path, field]), message, hint);
  }
}

function checkCall(document: FlowDocument, step: StepNode, caller: string, name: string, loading: Loading): void {
  const { flows } = loading.names;
  const callee = flows.get(name);
  const place = document.valuePlace([...step.path, 'call']);
  if (callee === undefined) {
    // Its document cannot be read: what is wrong with it is said there.
    if (loading.catalog.brokenFlows?.has(name) === true) return reportBroken(document, step);
    const hint = didYouMean(name, [...flows.keys()]) ?? `Add a flow of that name: \`flow: ${name}\`.`;
    return document.report.add('unknown_flow', place, `there is no flow \`${name}\``, hint);
  }
  if (!callee.hasRunForEach && step.raw['detach'] !== true) {
    const message = `\`${name}\` gathers events (\`debounce\` or \`batch\`), so no run of it is that of one call`;
    document.report.add('impossible_combination', place, message, 'Add `detach: true`, or call another flow.');
  }
  if (isCertain(flows, caller, step) && alwaysLeadsTo(flows, name, caller)) {
    const way = name === caller ? 'the flow calls itself' : `\`${name}\` always calls back`;
    const hint =
      'Give the call an `if`, or put a `return` with an `if` above it. To do something again, use `while` or `schedule`.';
    document.report.add('endless_call', place, `${way}, and nothing ends it: every run would start another`, hint);
  }
  checkInput(document, step, name, callee);
}

function isCertain(flows: Map<string, CalledFlow>, caller: string, { raw, block }: StepNode): boolean {
  return (
    raw['if'] === undefined &&
    block.field !== 'undo' &&
    flows.get(caller)?.alwaysCalls.has(String(raw['call'])) === true
  );
}

function checkInput(document: FlowDocument, step: StepNode, name: string, { input: schema }: CalledFlow): void {
  const given = step.raw['input'] ?? {};
  const validate = schema === undefined ? undefined : compiled(schema, name);
  if (validate === undefined || (typeof given === 'string' && isTemplated(given))) return;
  // Defaults count as given, as they do when the flow is called.
  const filled = structuredClone(given);
  if (validate(filled)) return;
  const around: Path = step.raw['input'] === undefined ? [...step.path, 'call'] : [...step.path, 'input'];
  const errors = (validate.errors ?? []).filter(isCertainError);
  reportSchemaErrors(
    document,
    errors.map((error) => moved(error, around)),
  );
}

/** What is said of a value that a template stands in may be wrong at run time, unless it is about keys. */
function isCertainError({ keyword, data, schemaPath }: ErrorObject): boolean {
  if (/\/(?:anyOf|oneOf|not|if|then|else|contains)\//.test(schemaPath)) return false;
  if (keyKeywords.has(keyword)) return true;
  // Which of several forms a map was to have, nobody can tell from here.
  if ((keyword === 'anyOf' || keyword === 'oneOf') && typeof data === 'object') return false;
  return keyword === 'type' ? !(typeof data === 'string' && isTemplated(data)) : !holdsTemplate(data as Json);
}

function moved(error: ErrorObject, around: Path): ErrorObject {
  const before = around.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { ...error, instancePath: `${before}${error.instancePath}` };
}

/** Undefined for what is no schema: its own document is told so. */
function compiled(schema: JsonObject, name: string): ValidateFunction | undefined {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    verbose: true,
    useDefaults: true,
    validateFormats: false,
    logger: false,
  });
  try {
    return ajv.compile({ title: `\`input\` of \`${name}\``, ...schema });
  } catch {
    return undefined;
  }
}

function holdsTemplate(value: Json): boolean {
  if (typeof value === 'string') return isTemplated(value);
  return value !== null && typeof value === 'object' && Object.values(value).some(holdsTemplate);
}

function isTemplated(text: string): boolean {
  return text.includes('${{');
}

/** Warns of calls of flows that have errors. After all flows were loaded. */
export function checkBrokenCalls(known: KnownDocument[]): void {
  const broken = new Set(
    known.filter(({ kind, document }) => kind === 'flow' && document.report.broken()).map(({ raw }) => raw['flow']),
  );
  for (const { kind, document, raw } of known) {
    if (kind !== 'flow') continue;
    for (const step of allSteps(stepTree(raw))) {
      const { call } = step.raw;
      if (step.type?.verb === 'call' && broken.has(call ?? null) && call !== raw['flow']) reportBroken(document, step);
    }
  }
}

function reportBroken(document: FlowDocument, { raw, path }: StepNode): void {
  const message = `the flow \`${String(raw['call'])}\` has errors of its own; calls of it wait until they are corrected`;
  document.report.add('broken_flow', document.valuePlace([...path, 'call']), message, 'Correct its document.');
}
