// Checks what flows wait for and emit: sources that exist, paths that an event has, waits that can end, and events somebody emits.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { isRunEndPattern, RUN_END_TYPES } from '../../workflows/run-life.ts';
import { closestWord } from '../../workflows/expression/closest-word.ts';
import type { FlowDocument } from './document.ts';
import type { DeclaredNames, KnownDocument } from './loading.ts';
import { matchesPattern } from './match.ts';
import { textsOf } from './normalise-source.ts';
import { didYouMean } from './schema-words.ts';
import { allSteps, isObject, stepTree, type Block, type StepNode } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** What an event has; the first three hold more. */
const eventParts = ['body', 'headers', 'query', 'id', 'time', 'type', 'source'];
const nestedParts = eventParts.slice(0, 3);

/** Checks the `wait_for` steps of a flow. */
export function checkWaits(document: FlowDocument, flow: JsonObject, blocks: Block[], names: DeclaredNames): void {
  for (const step of allSteps(blocks)) {
    if (step.type?.verb !== 'wait_for') continue;
    checkTypes(document, step);
    checkWaitSource(document, flow, step, names);
    checkWhere(document, step);
    if (step.raw['on_timeout'] === undefined || step.raw['timeout'] !== undefined) continue;
    const hint = 'Add `timeout: 3d`, or leave `on_timeout` out.';
    const message = '`on_timeout` never runs: the step has no `timeout`';
    document.report.add('missing_field', document.keyPlace([...step.path, 'on_timeout']), message, hint);
  }
}

function checkTypes(document: FlowDocument, { raw, path }: StepNode): void {
  const value = raw['wait_for'];
  const ends = textsOf(value).filter(isRunEndPattern);
  if (raw['source'] === undefined && ends.length > 0 && ends.length < textsOf(value).length) {
    const message = '`wait_for` takes ends of runs (`run.*`) or events of flows, not both at once';
    const hint = 'Wait for each in a branch of its own.';
    document.report.add('wrong_value', document.valuePlace([...path, 'wait_for']), message, hint);
  }
  for (const [index, type] of textsOf(value).entries()) {
    if (!type.includes('*')) continue;
    const place = document.valuePlace([...path, 'wait_for', ...(Array.isArray(value) ? [index] : [])]);
    const message = '`wait_for` takes whole types: runs are found by the type of the event';
    document.report.add('wrong_value', place, message, 'List the types: `wait_for: [order.paid, order.canceled]`.');
  }
}

/** A shared source, or one that only this flow listens to. */
function checkWaitSource(
  document: FlowDocument,
  flow: JsonObject,
  { raw, path }: StepNode,
  names: DeclaredNames,
): void {
  const { source } = raw;
  if (typeof source !== 'string') return;
  const triggers = Array.isArray(flow['triggers']) ? flow['triggers'].filter(isObject) : [];
  const own = triggers.map((trigger) => trigger['webhook']).filter((name) => typeof name === 'string');
  const isSound = own.includes(source) ? true : names.sources.get(source);
  if (isSound === true) return;
  const place = document.valuePlace([...path, 'source']);
  if (isSound === false) {
    const message = `the source \`${source}\` has errors of its own`;
    return document.report.add('broken_source', place, message, 'Correct its document first.');
  }
  const hint = didYouMean(source, [...names.sources.keys(), ...own]) ?? `Add a document \`source: ${source}\`.`;
  document.report.add('unknown_source', place, `there is no source \`${source}\``, hint);
}

function checkWhere(document: FlowDocument, { raw, path }: StepNode): void {
  const { where } = raw;
  if (where === undefined) return;
  if (!isObject(where)) {
    const hint = 'Write a map: `where: { body.order_id: "${{ event.body.id }}" }`.';
    return document.report.add('wrong_type', document.valuePlace([...path, 'where']), '`where` must be a map', hint);
  }
  for (const [name, value] of Object.entries(where)) {
    checkPath(document, [...path, 'where', name], name);
    if (value === null || typeof value === 'object') {
      const message = `\`where\` compares texts, and \`${name}\` is to be ${typeOf(value)}`;
      const hint = 'Name each place inside it: `body.customer.id`. Anything else can be asked with `match`.';
      document.report.add('wrong_type', document.valuePlace([...path, 'where', name]), message, hint);
    }
  }
}

function typeOf(value: Json): string {
  if (value === null) return 'nothing';
  return Array.isArray(value) ? 'a list' : 'a map';
}

function checkPath(document: FlowDocument, path: Path, name: string): void {
  const [first = '', ...rest] = name.split('.');
  const place = document.keyPlace(path);
  if (!eventParts.includes(first)) {
    const hint =
      first === 'event' || first === 'candidate' ? `Write \`${rest.join('.')}\`.` : `Did you mean \`body.${name}\`?`;
    const message = `\`${name}\` is no place in an event: it begins with ${eventParts.map((part) => `\`${part}\``).join(', ')}`;
    return document.report.add('wrong_value', place, message, hint);
  }
  const isNested = nestedParts.includes(first);
  if (rest.includes('') || (rest.length === 0) === isNested) {
    const message = isNested ? `\`${name}\` names no place inside \`${first}\`` : `\`${first}\` of an event is text`;
    const hint = isNested ? `Write \`${first}.NAME\`.` : `Write \`${first}\`.`;
    return document.report.add('wrong_value', place, message, hint);
  }
  if (first !== 'headers' || name === name.toLowerCase()) return;
  document.report.add('wrong_value', place, 'header names are in lower case', `Write \`${name.toLowerCase()}\`.`);
}

/** Warns of events that flows wait for or listen to, and that no flow emits. Over all files, sound or not. */
export function checkEmitted(known: KnownDocument[]): void {
  const flows = known
    .filter(({ kind }) => kind === 'flow')
    .map((each) => ({ ...each, steps: [...allSteps(stepTree(each.raw))] }));
  const emitted = flows.flatMap(({ steps }) =>
    steps.flatMap(({ raw }) => (raw['emit'] === undefined ? [] : [raw['emit']])),
  );
  // A type worked out at run time can be any, but of a run's end.
  const isOpen = emitted.some((type) => typeof type !== 'string' || type.includes('${{'));
  const isEmitted = (pattern: string): boolean => {
    const types = isRunEndPattern(pattern) ? RUN_END_TYPES : emitted;
    return types.some((type) => matchesPattern(pattern.split('*'), String(type))) || (types === emitted && isOpen);
  };
  const types = emitted.map(String);
  for (const { document, raw, steps } of flows) {
    const triggers = Array.isArray(raw['triggers']) ? raw['triggers'] : [];
    for (const [index, trigger] of triggers.entries()) {
      if (isObject(trigger)) warn(document, trigger, ['triggers', index], 'event', isEmitted, types);
    }
    for (const step of steps) warn(document, step.raw, step.path, 'wait_for', isEmitted, types);
  }
}

function warn(
  document: FlowDocument,
  owner: JsonObject,
  path: Path,
  field: 'event' | 'wait_for',
  isEmitted: (pattern: string) => boolean,
  emitted: string[],
): void {
  if (owner['source'] !== undefined || owner['webhook'] !== undefined) return;
  const value = owner[field];
  for (const [index, type] of textsOf(value).entries()) {
    if (isEmitted(type)) continue;
    const place = document.valuePlace([...path, field, ...(Array.isArray(value) ? [index] : [])]);
    if (isRunEndPattern(type)) {
      const ends = RUN_END_TYPES.map((each) => `\`${each}\``).join(', ');
      const message = `no run ends with \`${type}\``;
      document.report.add(
        'event_never_emitted',
        place,
        message,
        didYouMean(type, [...RUN_END_TYPES]) ?? `There is ${ends}.`,
      );
      continue;
    }
    const closest = closestWord(type, emitted);
    const hint =
      closest === undefined
        ? 'Add `source: NAME` for events from outside; without it only those that flows `emit` count.'
        : `Did you mean \`${closest}\`? Events from outside need \`source: NAME\`.`;
    document.report.add('event_never_emitted', place, `no flow emits \`${type}\``, hint);
  }
}
