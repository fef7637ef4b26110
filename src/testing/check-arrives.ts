// What a schema cannot say about the events that arrive in a case: that each has one moment, a source, a type that the flow waits
// for. It reports; it changes nothing.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { APPROVAL_SOURCE } from '../../workflows/decision.ts';
import { didYouMean } from '../flow/schema-words.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import type { Scene } from './check-test.ts';
import { namedSteps } from './reached-flows.ts';
import { awaitedBy, kindOf, sourcesOf, typesFrom } from './read-arrivals.ts';
import { findSource } from './read-event.ts';
import { arrivalSchema } from './schema-given.ts';

const FIELDS = Object.keys(arrivalSchema['properties'] as JsonObject);
const MOMENTS = ['after', 'before', 'time', 'waiting'];
const MOMENT_HINT =
  'Write `after: 2h` (after the run began), `before: 1h`, `time: 2026-01-05T12:00:00Z`, or `waiting: STEP`.';

/** Checks `arrives` of a document or a case. */
export function checkArrives(scene: Scene, list: Json | undefined, path: Path): void {
  const { document, catalog, flow } = scene;
  if (!Array.isArray(list)) return;
  if (awaitedBy(catalog, flow).length === 0) {
    const message = `flow \`${flow.flow}\` waits for no event, so none can arrive for it`;
    return document.report.add('wrong_value', document.keyPlace(path), message, 'Only `wait_for` steps take events.');
  }
  for (const [index, entry] of list.entries()) {
    if (!isObject(entry)) continue;
    const place = [...path, index];
    // What is wrong with a field that is none says enough.
    if (Object.keys(entry).some((key) => !FIELDS.includes(key))) continue;
    checkMoment(scene, entry, place);
    const isWhole = checkKind(scene, entry, place) && checkStep(scene, entry, place);
    if (isWhole) checkSource(scene, entry, [...place, kindOf(entry)]);
  }
}

function checkMoment({ document }: Scene, entry: JsonObject, path: Path): void {
  const moments = MOMENTS.filter((key) => entry[key] !== undefined);
  if (moments.length === 0) {
    const message = 'nothing says when the event arrives';
    return document.report.add('missing_field', document.valuePlace(path), message, MOMENT_HINT);
  }
  const isLater = moments.length === 2 && moments.includes('after') && moments.includes('waiting');
  if (moments.length > 1 && !isLater) {
    const [first, second] = moments;
    const message = `an event arrives once, and both \`${first}\` and \`${second}\` stand here`;
    const place = document.keyPlace([...path, second!]);
    return document.report.add('impossible_combination', place, message, 'Keep one of them.');
  }
  const { time } = entry;
  if (typeof time !== 'string' || !Number.isNaN(Date.parse(time))) return;
  document.report.add('wrong_value', document.valuePlace([...path, 'time']), `\`${time}\` is no day of the calendar`);
}

function checkKind({ document }: Scene, entry: JsonObject, path: Path): boolean {
  const { event, delivery } = entry;
  if (event !== undefined && delivery !== undefined) {
    const message = 'one thing arrives, and both `event` and `delivery` stand here';
    document.report.add(
      'impossible_combination',
      document.keyPlace([...path, 'delivery']),
      message,
      'Keep one of them.',
    );
    return false;
  }
  if (event !== undefined || delivery !== undefined) return true;
  const hint = 'Write `event: { type, body }`, or `delivery: { headers, body }` as its sender posts it.';
  document.report.add('missing_field', document.valuePlace(path), 'nothing says what arrives', hint);
  return false;
}

function checkStep({ document, catalog, flow }: Scene, { waiting }: JsonObject, path: Path): boolean {
  if (typeof waiting !== 'string') return true;
  const waits = awaitedBy(catalog, flow).flatMap(({ name }) => name ?? []);
  if (waits.includes(waiting)) return true;
  const place = document.valuePlace([...path, 'waiting']);
  const step = namedSteps(catalog, flow).find(({ name }) => name === waiting)?.step;
  const hint = didYouMean(waiting, waits) ?? 'No `wait_for` step of the flow has an id; write `after: 2h`.';
  const problem =
    step === undefined
      ? `flow \`${flow.flow}\` has no step \`${waiting}\``
      : `\`${waiting}\` waits for no event: it is a \`${step.verb}\` step`;
  document.report.add(step === undefined ? 'unknown_step' : 'wrong_value', place, problem, hint);
  return false;
}

function checkSource(scene: Scene, entry: JsonObject, path: Path): void {
  const { document, catalog, flow } = scene;
  const { report } = document;
  const isWritten = sourceWritten(entry);
  const names = sourcesOf(catalog, flow, entry);
  if (names.length > 1) {
    const message = `the flow waits for events of several sources: ${namesText(names)}`;
    return report.add(
      'missing_field',
      document.valuePlace(path),
      message,
      'Say which one with `source`, or `waiting: STEP`.',
    );
  }
  const [name = ''] = names;
  const place = isWritten ? document.valuePlace([...path, 'source']) : document.valuePlace(path);
  if (name === APPROVAL_SOURCE) {
    return report.add('wrong_value', place, 'decisions of people do not arrive as events', 'Say them in `approvals`.');
  }
  if (findSource(catalog, name, kindOf(entry)) === undefined) {
    const isOwn = findSource(catalog, name, 'event') !== undefined;
    const message = isOwn ? `events of \`${name}\` are nobody's delivery` : `there is no source \`${name}\``;
    const hint = isOwn ? 'Write `event` instead of `delivery`.' : didYouMean(name, [...catalog.sources.keys()]);
    return report.add('wrong_value', place, message, hint);
  }
  checkType(scene, entry, name, path);
}

function sourceWritten(entry: JsonObject): boolean {
  const written = entry[kindOf(entry)];
  return isObject(written) && written['source'] !== undefined;
}

/** An event that no step waits for can only be one that the run is to ignore. */
function checkType({ document, catalog, flow }: Scene, entry: JsonObject, source: string, path: Path): void {
  const types = typesFrom(catalog, flow, entry, source);
  const written = entry[kindOf(entry)];
  const type = isObject(written) ? written['type'] : undefined;
  if (type === undefined && kindOf(entry) === 'event' && types.length > 1) {
    const message = `the flow waits for events of several types: ${namesText(types)}`;
    return document.report.add('missing_field', document.valuePlace(path), message, 'Say which one with `type`.');
  }
  if (entry['ignored'] === true || typeof type !== 'string' || types.includes(type)) return;
  const place = document.valuePlace([...path, 'type']);
  const hint = didYouMean(type, types) ?? 'If the run is to ignore it, write `ignored: true` beside it.';
  document.report.add('wrong_value', place, `no step waits for events of type \`${type}\` from \`${source}\``, hint);
}

function namesText(names: string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
