// Checks what people are asked: that a page can show the form, that reminders and `on_timeout` can ever run, that fields stand where
// they belong, and that `notify` only tells.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { REMIND_EVERY_MS_MIN } from '../../workflows/limits.ts';
import { approve } from '../../workflows/steps/approve.ts';
import { FIELDS_MAX, formFields } from '../approvals/fields.ts';
import { checkSchema } from './body-schema.ts';
import type { FlowDocument } from './document.ts';
import { literalMs } from './normalise.ts';
import { didYouMean } from './schema-words.ts';
import { allSteps, isObject, type Block, type StepNode } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** Fields of the map in `approve`, and fields beside it that are often put into it. */
const inner = Object.keys(approve.fields['approve']!.fields ?? {});
const outer = ['timeout', 'on_timeout'];

/** Verbs that cannot stand in `notify`, and why. */
const refused: Record<string, string> = {
  approve: 'asks somebody else',
  return: 'ends the run',
  undo: 'undoes what the run did',
};
/** Verbs that leave a loop, which must be part of `notify` too. */
const exits = ['break', 'next'];

/** Checks the `approve` steps of a flow. It must run before the schema does, whose words are less exact. */
export function checkApprovals(document: FlowDocument, blocks: Block[]): void {
  for (const step of allSteps(blocks)) {
    checkNotice(document, step);
    if (step.type?.verb !== 'approve') continue;
    const fields = isObject(step.raw['approve']) ? step.raw['approve'] : {};
    checkPlaces(document, step, fields);
    checkTimes(document, step, fields);
    checkForm(document, [...step.path, 'approve', 'form'], fields['form']);
  }
}

function checkPlaces(document: FlowDocument, { raw, path }: StepNode, fields: JsonObject): void {
  for (const name of inner) {
    if (raw[name] === undefined) continue;
    const message = `\`${name}\` stands in \`approve\``;
    document.report.add(
      'unknown_field',
      document.keyPlace([...path, name]),
      message,
      `Write \`approve: { ${name}: … }\`.`,
    );
  }
  for (const name of outer) {
    if (fields[name] === undefined) continue;
    const place = document.keyPlace([...path, 'approve', name]);
    const message = `\`${name}\` is a field of the step`;
    document.report.add('unknown_field', place, message, 'Put it beside `approve`, not into it.');
  }
}

function checkTimes(document: FlowDocument, { raw, path }: StepNode, fields: JsonObject): void {
  const place = (name: string) => document.keyPlace([...path, 'approve', name]);
  if (raw['on_timeout'] !== undefined && raw['timeout'] === undefined) {
    const hint = 'Add `timeout: 3d`, or leave `on_timeout` out.';
    const message = '`on_timeout` never runs: the step has no `timeout`';
    document.report.add('missing_field', document.keyPlace([...path, 'on_timeout']), message, hint);
  }
  if (literalMs(fields['expires']) === 0) {
    document.report.add('wrong_value', place('expires'), '`expires` must not be zero: no link would be good');
  }
  const everyMs = literalMs(fields['remind_every']);
  if (everyMs === undefined) return;
  if (fields['notify'] === undefined) {
    const hint = 'Add `notify: [steps]`: they are what is run again.';
    document.report.add(
      'missing_field',
      place('remind_every'),
      '`remind_every` has nothing to run: there is no `notify`',
      hint,
    );
  }
  if (everyMs < REMIND_EVERY_MS_MIN) {
    const message = `\`remind_every\` is at least ${REMIND_EVERY_MS_MIN / 1000}s`;
    document.report.add('wrong_value', place('remind_every'), message);
  }
  const timeoutMs = literalMs(raw['timeout']);
  if (timeoutMs === undefined || timeoutMs > everyMs) return;
  const message = 'no reminder is ever made: the `timeout` of the step is over first';
  document.report.add(
    'wrong_value',
    place('remind_every'),
    message,
    'Make it shorter than `timeout`, or leave it out.',
  );
}

/** A form is a map of fields that the page has an input for. */
function checkForm(document: FlowDocument, path: Path, form: Json | undefined): void {
  if (!isObject(form) || !checkSchema(document, form, path)) return;
  const hint = 'Write `form: { type: object, properties: { reason: { type: string } } }`.';
  const { properties } = form;
  if (form['type'] !== 'object' || !isObject(properties) || Object.keys(properties).length === 0) {
    const message = '`form` must be `type: object` with `properties`: the page asks for each of them';
    return document.report.add('approval_form', document.keyPlace(path), message, hint);
  }
  const names = Object.keys(properties);
  if (names.length > FIELDS_MAX) {
    const message = `a form has at most ${FIELDS_MAX} fields, this one has ${names.length}`;
    return document.report.add('approval_form', document.keyPlace(path), message, 'Ask for less at once.');
  }
  for (const { name, kind } of formFields(form)) {
    if (kind !== 'json') continue;
    const message = `the page has no field for \`${name}\`: it asks for texts, numbers, yes or no, dates and choices`;
    const own =
      'Give it a `type` of string, number, integer or boolean, or an `enum`; a list needs `items` with an `enum`.';
    document.report.add('approval_form', document.keyPlace([...path, 'properties', name]), message, own);
  }
  checkRequired(document, path, form['required'], names);
}

function checkRequired(document: FlowDocument, path: Path, required: Json | undefined, names: string[]): void {
  if (!Array.isArray(required)) return;
  for (const [index, name] of required.entries()) {
    if (names.includes(String(name))) continue;
    const place = document.valuePlace([...path, 'required', index]);
    const message = `\`${String(name)}\` is required, and no field of the form has the name: nobody could approve`;
    document.report.add('approval_form', place, message, didYouMean(String(name), names));
  }
}

/** Steps that tell people must end by themselves: the approval goes on after them. */
function checkNotice(document: FlowDocument, step: StepNode): void {
  const verb = step.type?.verb ?? '';
  const isExit = exits.includes(verb);
  if (!isExit && !Object.hasOwn(refused, verb)) return;
  for (let block: Block | undefined = step.block; block !== undefined; block = block.owner?.block) {
    if (isExit && block.iterated !== undefined) return;
    if (block.field !== 'notify') continue;
    const why = isExit ? 'leaves a loop around it' : refused[verb];
    const message = `\`${verb}\` cannot be part of \`notify\`: it ${why}, and \`notify\` only tells people`;
    return document.report.add(
      'notify_misplaced',
      document.keyPlace([...step.path, verb]),
      message,
      'Write it after the step.',
    );
  }
}
