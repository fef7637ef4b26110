// What a schema cannot say about what a test document expects: that the steps, branches, flows and event types that it names exist, and
// that no two expectations contradict each other. It reports; it changes nothing.
import { actionNames, findAction } from '../../activities/connectors/index.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { FlowDocument } from '../flow/document.ts';
import { didYouMean } from '../flow/schema-words.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { checkConditions } from './check-conditions.ts';
import type { Scene } from './check-test.ts';
import { branchName, outlineOf } from './flow-outline.ts';
import { calledNames, isStepPath, namedSteps, reachedFlows, type NamedStep } from './reached-flows.ts';

/** What names are checked with. */
interface Names extends Scene {
  /** Of the flow's own steps. */
  ids: string[];
  /** Of those, and of the steps of flows that are called. */
  steps: NamedStep[];
}

/** Checks `expect` of a case. */
export function checkExpect(scene: Scene, expect: JsonObject, path: Path): void {
  const { document, catalog, flow } = scene;
  checkConditions(document, expect, path);
  const ids = outlineOf(flow).steps.flatMap(({ id }) => id ?? []);
  const names: Names = { ...scene, ids, steps: namedSteps(catalog, flow) };
  if (isObject(expect['steps'])) {
    for (const id of Object.keys(expect['steps'])) checkStep(names, id, document.keyPlace([...path, 'steps', id]));
  }
  eachNamed(expect['calls'], 'step', (text, place) =>
    checkCall(names, text, document.valuePlace([...path, 'calls', ...place])),
  );
  checkCallMaps(names, expect['calls'], [...path, 'calls']);
  eachNamed(expect['emits'], 'type', (text, place) =>
    checkEmitted(names, text, document.valuePlace([...path, 'emits', ...place])),
  );
  eachNamed(expect['asked'], 'step', (text, place) =>
    checkAsked(names, text, document.valuePlace([...path, 'asked', ...place])),
  );
  for (const field of ['taken', 'not_taken']) {
    eachNamed(expect[field], 'name', (text, place) =>
      checkBranch(names, text, document.valuePlace([...path, field, ...place])),
    );
  }
  checkContradictions(document, expect, path);
}

type Place = ReturnType<FlowDocument['valuePlace']>;

/** The names in a list: its texts, and those at a key of its maps. */
function eachNamed(list: Json | undefined, key: string, check: (text: string, place: Path) => void): void {
  if (!Array.isArray(list)) return;
  for (const [index, entry] of list.entries()) {
    const text = isObject(entry) ? entry[key] : entry;
    if (typeof text === 'string') check(text, isObject(entry) ? [index, key] : [index]);
  }
}

function checkStep({ document, flow, ids }: Names, id: string, place: Place): void {
  // A path such as `2/then/0` is what a step without an id is called.
  if (ids.includes(id) || /^\d/.test(id)) return;
  const hint = didYouMean(id, ids) ?? 'No step of the flow has an id.';
  document.report.add('unknown_step', place, `flow \`${flow.flow}\` has no step \`${id}\``, hint);
}

function checkAsked({ document, catalog, flow, steps }: Names, id: string, place: Place): void {
  const asking = steps.flatMap(({ name, step }) => (step.verb === 'approve' ? name : []));
  if (asking.includes(id) || isStepPath(catalog, flow, id)) return;
  const problem = steps.some(({ name }) => name === id)
    ? `step \`${id}\` asks nobody`
    : `flow \`${flow.flow}\` has no step \`${id}\``;
  const hint = didYouMean(id, asking) ?? 'No step of the flow has both `approve` and an id.';
  document.report.add('unknown_step', place, problem, hint);
}

/** A step of the flow, or of one that it calls. */
function checkAnyStep({ document, catalog, flow, steps }: Names, name: string, others: string[], place: Place): void {
  const known = [...steps.map((each) => each.name), ...others];
  if (known.includes(name) || isStepPath(catalog, flow, name)) return;
  const hint = didYouMean(name, known) ?? 'No step of the flow has an id.';
  document.report.add('unknown_step', place, `flow \`${flow.flow}\` has no step \`${name}\``, hint);
}

/** In short a call is a step, a connector, or a flow. */
function checkCall(names: Names, text: string, place: Place): void {
  if (text.includes('.')) {
    if (findAction(text) !== undefined) return;
    const message = `there is no connector \`${text}\``;
    return names.document.report.add('unknown_connector', place, message, didYouMean(text, actionNames()));
  }
  checkAnyStep(names, text, calledFlows(names), place);
}

function calledFlows({ catalog, flow }: Scene): string[] {
  return reachedFlows(catalog, flow).flatMap(calledNames);
}

function checkCalledFlow({ document, catalog, flow }: Names, name: string, place: Place): void {
  const called = calledFlows({ document, catalog, flow });
  if (called.includes(name)) return;
  const hint = didYouMean(name, called) ?? 'No step of the flow has `call`.';
  document.report.add('wrong_value', place, `flow \`${flow.flow}\` does not call \`${name}\``, hint);
}

/** The maps among the calls: a connector is called `with` something, a flow has an `input`. */
function checkCallMaps(names: Names, calls: Json | undefined, path: Path): void {
  const { document, steps } = names;
  if (!Array.isArray(calls)) return;
  for (const [index, call] of calls.entries()) {
    if (!isObject(call)) continue;
    const { flow: called } = call;
    if (typeof called === 'string') checkCalledFlow(names, called, document.valuePlace([...path, index, 'flow']));
    const verb = steps.find(({ name }) => name === call['step'])?.step.verb;
    const isFlow = called !== undefined || verb === 'call';
    const isConnector = call['uses'] !== undefined || verb === 'uses';
    if (isFlow === isConnector) continue;
    if (isConnector) checkRunFields(document, call, [...path, index]);
    const [wrong, right, what] = isFlow ? ['with', 'input', 'flow'] : ['input', 'with', 'connector'];
    if (call[wrong!] === undefined) continue;
    const place = document.keyPlace([...path, index, wrong!]);
    const message = `what a ${what} is called with is its \`${right}\``;
    document.report.add('wrong_value', place, message, `Write \`${right}\`.`);
  }
}

/** How a call of a connector ends shows in what the run does then. */
function checkRunFields(document: FlowDocument, call: JsonObject, path: Path): void {
  for (const field of ['status', 'output', 'error']) {
    if (call[field] === undefined) continue;
    const hint = 'Look at the result of its step: `steps: { ID: { output, error } }`.';
    const message = `\`${field}\` belongs to the run of a called flow`;
    document.report.add('wrong_value', document.keyPlace([...path, field]), message, hint);
  }
}

/** Types that are worked out at run time may be any. */
function checkEmitted({ document, catalog, flow }: Names, type: string, place: Place): void {
  const all = reachedFlows(catalog, flow).flatMap((each) => outlineOf(each).steps);
  const types = all.flatMap((step) => (step.verb === 'emit' ? String(step['emit']) : []));
  if (types.includes(type) || types.some((each) => each.includes('${{'))) return;
  const hint = didYouMean(type, types) ?? 'No step of the flow has `emit`.';
  document.report.add('wrong_value', place, `flow \`${flow.flow}\` emits no event of type \`${type}\``, hint);
}

function checkBranch({ document, flow }: Names, name: string, place: Place): void {
  const branches = outlineOf(flow).branches.flatMap((branch) => branchName(branch) ?? []);
  const names = branches.filter((each) => !each.includes(' '));
  if (names.includes(name)) return;
  const hint = didYouMean(name, names) ?? 'No step of the flow has both an id and branches.';
  document.report.add('unknown_step', place, `flow \`${flow.flow}\` has no branch \`${name}\``, hint);
}

/** Of an expectation, those that cannot stand beside it, and why. */
const CONTRADICTIONS: { holds(expect: JsonObject): boolean; why: string; others(field: string): boolean }[] = [
  {
    holds: ({ started }) => started === false,
    why: 'a flow that is not started has no',
    others: (field) => field !== 'started' && field !== 'exact',
  },
  { holds: ({ error }) => error !== undefined, why: 'a run that fails has no', others: (field) => field === 'output' },
  {
    holds: ({ cancelled }) => cancelled === true,
    why: 'a run that is cancelled has no',
    others: (field) => field === 'output' || field === 'error',
  },
];

function checkContradictions(document: FlowDocument, expect: JsonObject, path: Path): void {
  for (const { holds, why, others } of CONTRADICTIONS) {
    if (!holds(expect)) continue;
    for (const field of Object.keys(expect).filter(others)) {
      const place = document.keyPlace([...path, field]);
      document.report.add('impossible_combination', place, `${why} \`${field}\``, 'Keep one of them.');
    }
  }
}
