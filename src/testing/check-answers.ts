// What a schema cannot say about the answers in a test document: that the steps, connectors and flows that they are for exist, and
// that none of them contradicts itself. It reports; it changes nothing.
import { actionNames, findAction } from '../../activities/connectors/index.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { FlowDocument } from '../flow/document.ts';
import { didYouMean } from '../flow/schema-words.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { checkConditions } from './check-conditions.ts';
import type { Scene } from './check-test.ts';
import { calledNames, namedSteps, reachedFlows } from './reached-flows.ts';

/** Checks `mocks`. */
export function checkMocks(scene: Scene, mocks: Json | undefined, path: Path): void {
  eachAnswer(mocks, path, {
    key: (key, place) => checkMockKey(scene, key, place),
    answer: (answer, place) => checkAnswer(scene.document, answer, place),
  });
}

/** Checks `flows`. */
export function checkFlows(scene: Scene, flows: Json | undefined, path: Path): void {
  const { document, catalog, flow } = scene;
  const called = reachedFlows(catalog, flow).flatMap(calledNames);
  const names = [...new Set([...called, ...namesWith(scene, 'call')])];
  eachAnswer(flows, path, {
    key(key, place) {
      if (names.includes(key)) return;
      const hint = didYouMean(key, names) ?? 'No step of the flow has `call`.';
      document.report.add(
        'wrong_value',
        document.keyPlace(place),
        `flow \`${flow.flow}\` does not call \`${key}\``,
        hint,
      );
    },
    answer(answer, place) {
      checkConditions(document, answer['input'], [...place, 'input']);
      checkOneWay(document, answer, ['output', 'error', 'cancelled', 'runs'], 'a run ends in one way', place);
    },
  });
}

/** Checks `approvals`. */
export function checkApprovals(scene: Scene, approvals: Json | undefined, path: Path): void {
  const ids = namesWith(scene, 'approve');
  eachAnswer(approvals, path, {
    key(key, place) {
      if (ids.includes(key)) return;
      const hint = didYouMean(key, ids) ?? 'No step of the flow has both `approve` and an id.';
      reportStep(scene, key, place, 'asks nobody', hint);
    },
    answer: () => undefined,
  });
}

/** Visits the keys and answers of a map; an answer that stands alone or in a list. */
function eachAnswer(
  map: Json | undefined,
  path: Path,
  visit: { key(key: string, place: Path): void; answer(answer: JsonObject, place: Path): void },
): void {
  if (!isObject(map)) return;
  for (const [key, value] of Object.entries(map)) {
    visit.key(key, [...path, key]);
    const answers = Array.isArray(value) ? value : [value];
    for (const [index, answer] of answers.entries()) {
      if (isObject(answer)) visit.answer(answer, Array.isArray(value) ? [...path, key, index] : [...path, key]);
    }
  }
}

/** Names of the steps of a verb. */
function namesWith({ catalog, flow }: Scene, verb: string): string[] {
  return namedSteps(catalog, flow).flatMap(({ name, step }) => (step.verb === verb ? name : []));
}

function checkMockKey(scene: Scene, key: string, path: Path): void {
  if (key.includes('.')) {
    if (findAction(key) !== undefined) return;
    const message = `there is no connector \`${key}\``;
    const { document } = scene;
    return document.report.add('unknown_connector', document.keyPlace(path), message, didYouMean(key, actionNames()));
  }
  const ids = namesWith(scene, 'uses');
  if (ids.includes(key)) return;
  const hint = didYouMean(key, ids) ?? 'No step with `uses` has an id; name the connector.';
  reportStep(scene, key, path, 'calls no connector', hint);
}

/** Says where the answers of a step belong that has none here. */
const ELSEWHERE: Record<string, string> = {
  call: 'What called flows come to stands in `flows`.',
  approve: 'What people decide stands in `approvals`.',
  wait_for: 'Events that come stand in `arrives`.',
  uses: 'What connectors answer stands in `mocks`.',
};

function reportStep({ document, catalog, flow }: Scene, key: string, path: Path, does: string, hint: string): void {
  const place = document.keyPlace(path);
  const step = namedSteps(catalog, flow).find(({ name }) => name === key)?.step;
  if (step === undefined) {
    return document.report.add('unknown_step', place, `flow \`${flow.flow}\` has no step \`${key}\``, hint);
  }
  const message = `\`${key}\` ${does}: it is a \`${step.verb}\` step`;
  document.report.add('wrong_value', place, message, ELSEWHERE[step.verb] ?? hint);
}

/** `output`, `status` and `error` are three ways to answer; what goes only with a status stands only beside one. */
function checkAnswer(document: FlowDocument, answer: JsonObject, path: Path): void {
  checkConditions(document, answer['with'], [...path, 'with']);
  checkOneWay(document, answer, ['output', 'status', 'error'], 'an attempt ends in one way', path);
  for (const key of ['headers', 'body']) {
    if (answer[key] === undefined || answer['status'] !== undefined) continue;
    const message = `\`${key}\` belongs to an HTTP answer, which has a \`status\``;
    document.report.add('missing_field', document.keyPlace([...path, key]), message, 'Add `status: 200`.');
  }
}

function checkOneWay(document: FlowDocument, answer: JsonObject, keys: string[], rule: string, path: Path): void {
  const [first, second] = keys.filter((key) => answer[key] !== undefined);
  if (second === undefined) return;
  const message = `${rule}, and both \`${first}\` and \`${second}\` stand here`;
  document.report.add('impossible_combination', document.keyPlace([...path, second]), message, 'Keep one of them.');
}
