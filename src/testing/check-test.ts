// What a schema cannot say about a test document: that the flow, steps, branches and connectors it names exist, and that
// fields do not contradict each other. It reports; it changes nothing.
import { actionNames, findAction } from '../../activities/connectors/index.ts';
import type { Flow, Json, JsonObject } from '../../workflows/definition.ts';
import { ExpressionError, inspectExpression } from '../../workflows/expression/index.ts';
import type { Catalog } from '../flow/catalog.ts';
import type { FlowDocument } from '../flow/document.ts';
import { addExpressionProblem } from '../flow/expression-problems.ts';
import { didYouMean } from '../flow/schema-words.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { checkArrives } from './check-arrives.ts';
import { conditionOf } from './compare.ts';
import { branchName, outlineOf } from './flow-outline.ts';

/** Fields that go with verbs which flows cannot use yet: word → the verb. */
const LATER: Record<string, string> = { approvals: 'approve', flows: 'call' };

/** What a document is checked against. */
export interface Scene {
  document: FlowDocument;
  catalog: Catalog;
  flow: Flow;
}

/** Checks what stands in the document itself or in one of its cases, at `path`. */
export function checkScope({ document, catalog, flow }: Scene, scope: JsonObject, path: Path): void {
  reportLater(document, scope, path);
  checkGiven(document, scope, path);
  checkMocks(document, flow, scope['mocks'], [...path, 'mocks']);
  checkArrives(document, catalog, flow, scope['arrives'], [...path, 'arrives']);
  const { expect } = scope;
  if (isObject(expect)) checkExpect(document, flow, expect, [...path, 'expect']);
}

function reportLater(document: FlowDocument, map: JsonObject, path: Path): void {
  for (const [word, verb] of Object.entries(LATER)) {
    if (map[word] === undefined) continue;
    document.report.add(
      'not_supported',
      document.keyPlace([...path, word]),
      `\`${word}\` is not supported in this version yet`,
      `It belongs to \`${verb}\`.`,
    );
  }
}

function checkGiven(document: FlowDocument, scope: JsonObject, path: Path): void {
  const given = ['event', 'delivery', 'input', 'schedule'].filter((key) => scope[key] !== undefined);
  if (given.length < 2) return;
  const [first, second] = given;
  document.report.add(
    'impossible_combination',
    document.keyPlace([...path, second!]),
    `a run begins with one thing, and both \`${first}\` and \`${second}\` stand here`,
    'Keep one of them.',
  );
}

function checkMocks(document: FlowDocument, flow: Flow, mocks: Json | undefined, path: Path): void {
  if (!isObject(mocks)) return;
  const ids = outlineOf(flow).steps.flatMap(({ id }) => (id === undefined ? [] : [id]));
  for (const [key, value] of Object.entries(mocks)) {
    checkMockKey(document, flow, key, ids, [...path, key]);
    const answers = Array.isArray(value) ? value : [value];
    for (const [index, answer] of answers.entries()) {
      if (isObject(answer))
        checkAnswer(document, answer, Array.isArray(value) ? [...path, key, index] : [...path, key]);
    }
  }
}

function checkMockKey(document: FlowDocument, flow: Flow, key: string, ids: string[], path: Path): void {
  const place = document.keyPlace(path);
  if (key.includes('.')) {
    if (findAction(key) !== undefined) return;
    return document.report.add(
      'unknown_connector',
      place,
      `there is no connector \`${key}\``,
      didYouMean(key, actionNames()),
    );
  }
  const step = outlineOf(flow).steps.find(({ id }) => id === key);
  if (step === undefined) {
    const hint = didYouMean(key, ids) ?? 'No step of the flow has an id; name the connector.';
    return document.report.add('unknown_step', place, `flow \`${flow.flow}\` has no step \`${key}\``, hint);
  }
  if (step['uses'] !== undefined) return;
  document.report.add(
    'wrong_value',
    place,
    `\`${key}\` calls nothing: it is a \`${step.verb}\` step`,
    'Mock steps with `uses`.',
  );
}

/** `output`, `status` and `error` are three ways to answer; what goes only with a status stands only beside one. */
function checkAnswer(document: FlowDocument, answer: JsonObject, path: Path): void {
  checkConditions(document, answer['with'], [...path, 'with']);
  const ways = ['output', 'status', 'error'].filter((key) => answer[key] !== undefined);
  const [first, second] = ways;
  if (second !== undefined) {
    const message = `an attempt ends in one way, and both \`${first}\` and \`${second}\` stand here`;
    document.report.add('impossible_combination', document.keyPlace([...path, second]), message, 'Keep one of them.');
  }
  for (const key of ['headers', 'body']) {
    if (answer[key] === undefined || answer['status'] !== undefined) continue;
    const message = `\`${key}\` belongs to an HTTP answer, which has a \`status\``;
    document.report.add('missing_field', document.keyPlace([...path, key]), message, 'Add `status: 200`.');
  }
}

function checkExpect(document: FlowDocument, flow: Flow, expect: JsonObject, path: Path): void {
  reportLater(document, expect, path);
  checkConditions(document, expect, path);
  const { steps, branches } = outlineOf(flow);
  const ids = steps.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const unknownStep = (id: string, place: { offset: number; length: number }): void => {
    if (ids.includes(id)) return;
    document.report.add('unknown_step', place, `flow \`${flow.flow}\` has no step \`${id}\``, didYouMean(id, ids));
  };
  if (isObject(expect['steps'])) {
    for (const id of Object.keys(expect['steps'])) unknownStep(id, document.keyPlace([...path, 'steps', id]));
  }
  checkCalls(document, expect['calls'], [...path, 'calls'], unknownStep);
  const names = branches.flatMap((branch) => branchName(branch) ?? []).filter((name) => !name.includes(' '));
  for (const field of ['taken', 'not_taken']) {
    const list = expect[field];
    if (!Array.isArray(list)) continue;
    for (const [index, name] of list.entries()) {
      if (typeof name !== 'string' || names.includes(name)) continue;
      const place = document.valuePlace([...path, field, index]);
      const hint = didYouMean(name, names) ?? 'No step of the flow has both an id and branches.';
      document.report.add('unknown_step', place, `flow \`${flow.flow}\` has no branch \`${name}\``, hint);
    }
  }
  for (const other of ['error', 'cancelled', 'output', 'response']) {
    if (expect['started'] !== false || expect[other] === undefined) continue;
    const message = `a flow that is not started has no \`${other}\``;
    document.report.add('impossible_combination', document.keyPlace([...path, other]), message, 'Keep one of them.');
  }
  if (expect['error'] === undefined) return;
  for (const other of ['output', 'response']) {
    if (expect[other] === undefined) continue;
    const message = `a run that fails has no \`${other}\``;
    document.report.add('impossible_combination', document.keyPlace([...path, other]), message, 'Keep one of them.');
  }
}

function checkCalls(
  document: FlowDocument,
  calls: Json | undefined,
  path: Path,
  unknownStep: (id: string, place: { offset: number; length: number }) => void,
): void {
  if (!Array.isArray(calls)) return;
  for (const [index, call] of calls.entries()) {
    const text = isObject(call) ? call['step'] : call;
    if (typeof text !== 'string') continue;
    const place = document.valuePlace(isObject(call) ? [...path, index, 'step'] : [...path, index]);
    if (text.includes('.') && findAction(text) === undefined) {
      document.report.add(
        'unknown_connector',
        place,
        `there is no connector \`${text}\``,
        didYouMean(text, actionNames()),
      );
    }
    // A path such as `2/then/0` is what a step without an id is called.
    if (!text.includes('.') && /^[a-z][a-z0-9_]*$/.test(text)) unknownStep(text, place);
  }
}

/** Conditions on `actual`, wherever they stand in a value. */
function checkConditions(document: FlowDocument, value: Json | undefined, path: Path): void {
  if (Array.isArray(value)) return value.forEach((each, index) => checkConditions(document, each, [...path, index]));
  if (isObject(value)) {
    for (const [key, each] of Object.entries(value)) checkConditions(document, each, [...path, key]);
    return;
  }
  if (value === undefined) return;
  try {
    const condition = conditionOf(value);
    if (condition === undefined) return;
    const { problems } = inspectExpression(condition.expression, { roots: ['actual'] });
    for (const problem of problems) addExpressionProblem(document, path, condition.offset, problem);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    addExpressionProblem(document, path, 0, error);
  }
}
