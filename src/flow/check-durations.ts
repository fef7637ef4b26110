// Checks that durations can be kept: not longer than a timer takes, and not zero where nothing could happen in it.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { WAIT_MS_MAX } from '../../workflows/limits.ts';
import type { FlowDocument } from './document.ts';
import type { Field } from '../../workflows/steps/step.ts';
import { literalMs } from './normalise.ts';
import { allSteps, isObject, type Block } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Checks the durations of a flow and its steps. */
export function checkDurations(document: FlowDocument, flow: JsonObject, blocks: Block[]): void {
  const check = (owner: JsonObject, path: Path): void => {
    checkDuration(document, owner['timeout'], [...path, 'timeout'], false);
    checkDuration(document, owner['attempt_timeout'], [...path, 'attempt_timeout'], false);
    const { retry } = owner;
    if (!isObject(retry)) return;
    checkDuration(document, retry['delay'], [...path, 'retry', 'delay'], false);
    checkDuration(document, retry['max_delay'], [...path, 'retry', 'max_delay'], false);
  };
  check(flow, []);
  for (const step of allSteps(blocks)) {
    check(step.raw, step.path);
    checkFields(document, step.type?.fields ?? {}, step.raw, step.path);
  }
}

function checkFields(document: FlowDocument, fields: Record<string, Field>, values: JsonObject, path: Path): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name];
    const isDuration = field.kind === 'duration' || field.kind === 'duration_template';
    if (isDuration) checkDuration(document, value, [...path, name], true);
    if (field.kind === 'group' && isObject(value)) checkFields(document, field.fields ?? {}, value, [...path, name]);
  }
}

/** Checks one duration, where it is one. */
export function checkDuration(document: FlowDocument, value: Json | undefined, path: Path, mayBeZero: boolean): void {
  const ms = literalMs(value);
  if (ms === undefined) return;
  const name = String(path[path.length - 1]);
  if (ms > WAIT_MS_MAX) {
    document.report.add('wrong_value', document.valuePlace(path), `\`${name}\` is at most ${WAIT_MS_MAX / dayMs}d`);
  } else if (ms === 0 && !mayBeZero) {
    document.report.add('wrong_value', document.valuePlace(path), `\`${name}\` must not be zero`);
  }
}
