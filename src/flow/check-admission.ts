// Checks what a flow says of how many runs there may be and when they start: times that can be kept, and fields that do not
// contradict each other or the answer that a sender waits for.
import type { JsonObject } from '../../workflows/definition.ts';
import { admissionDurations, admissionFields } from './admission-fields.ts';
import { checkDuration } from './check-durations.ts';
import type { FlowDocument } from './document.ts';
import { literalMs } from './normalise.ts';
import { isObject } from './step-tree.ts';

/** Fields that make one run of many events: no one sender can have its answer. */
const GATHERING = ['debounce', 'batch'];

/** Checks `concurrency`, `rate`, `debounce` and `batch` of a flow. */
export function checkAdmission(document: FlowDocument, flow: JsonObject): void {
  for (const name of Object.keys(admissionFields)) {
    const value = flow[name];
    if (!isObject(value)) continue;
    for (const field of admissionDurations) checkDuration(document, value[field], [name, field], false);
  }
  if (flow['debounce'] !== undefined && flow['batch'] !== undefined) {
    const message = 'a flow either waits for the last of many events (`debounce`) or takes them all (`batch`)';
    document.report.add('impossible_combination', document.keyPlace(['batch']), message, 'Keep one of them.');
  }
  checkLatest(document, flow);
  checkResults(document, flow);
}

function checkLatest(document: FlowDocument, flow: JsonObject): void {
  const { debounce } = flow;
  if (!isObject(debounce)) return;
  const periodMs = literalMs(debounce['period']);
  const maxMs = literalMs(debounce['max']);
  if (periodMs === undefined || maxMs === undefined || maxMs >= periodMs) return;
  const message = '`max` is shorter than `period`: the run would never wait for a second event';
  document.report.add(
    'wrong_value',
    document.valuePlace(['debounce', 'max']),
    message,
    'Make it a multiple of `period`.',
  );
}

function checkResults(document: FlowDocument, flow: JsonObject): void {
  const gathering = GATHERING.find((name) => flow[name] !== undefined);
  const triggers = Array.isArray(flow['triggers']) ? flow['triggers'] : [];
  for (const [index, trigger] of triggers.entries()) {
    if (gathering === undefined || !isObject(trigger) || trigger['respond'] !== 'result') continue;
    const message = `with \`${gathering}\` one run takes many events, so none of their senders can have its result`;
    const hint = `Leave \`respond: result\` out, or \`${gathering}\`.`;
    document.report.add('impossible_combination', document.valuePlace(['triggers', index, 'respond']), message, hint);
  }
}
