// What a schema cannot say about a test document: that the flow, steps, branches and connectors it names exist, and that
// fields do not contradict each other. It reports; it changes nothing.
import type { Flow, JsonObject } from '../../workflows/definition.ts';
import type { Catalog } from '../flow/catalog.ts';
import type { FlowDocument } from '../flow/document.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import { checkApprovals, checkFlows, checkMocks } from './check-answers.ts';
import { checkArrives } from './check-arrives.ts';
import { checkExpect } from './check-expect.ts';

/** What a document is checked against. */
export interface Scene {
  document: FlowDocument;
  catalog: Catalog;
  flow: Flow;
}

/** Checks what stands in the document itself or in one of its cases, at `path`. */
export function checkScope(scene: Scene, scope: JsonObject, path: Path): void {
  const { document } = scene;
  checkGiven(document, scope, path);
  checkMocks(scene, scope['mocks'], [...path, 'mocks']);
  checkFlows(scene, scope['flows'], [...path, 'flows']);
  checkApprovals(scene, scope['approvals'], [...path, 'approvals']);
  checkArrives(scene, scope['arrives'], [...path, 'arrives']);
  const { expect } = scope;
  if (!isObject(expect)) return;
  checkExpect(scene, expect, [...path, 'expect']);
  if (expect['cancelled'] !== true || scope['cancel_after'] !== undefined) return;
  const place = document.keyPlace([...path, 'expect', 'cancelled']);
  document.report.add('missing_field', place, 'nothing cancels the run', 'Add `cancel_after: 1h` to the case.');
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
