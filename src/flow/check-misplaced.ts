// Fields that stand one level too high or too low: the input of a connector beside `with`, a step's own field in it; and names that
// are written as in other languages. It only looks at keys and texts.
import { findAction } from '../../activities/connectors/index.ts';
import type { FlowDocument } from './document.ts';
import { commonStepFields } from './schema-terms.ts';
import { allSteps, isObject, type Block, type StepNode } from './step-tree.ts';

/** Checks the steps of a flow. It must run before the schema does, whose words are less exact. */
export function checkMisplaced(document: FlowDocument, blocks: Block[]): void {
  for (const step of allSteps(blocks)) {
    const verb = step.type?.verb;
    if (verb === 'uses') checkInput(document, step);
    if (verb === 'foreach') checkList(document, step);
    if (verb === 'set') checkNames(document, step);
  }
}

function checkInput(document: FlowDocument, step: StepNode): void {
  const { raw, path } = step;
  const name = String(raw['uses']);
  const input = findAction(name)?.action.input['properties'];
  if (!isObject(input)) return;
  const own = { ...commonStepFields, ...step.type?.fields };
  for (const key of Object.keys(raw)) {
    if (Object.hasOwn(own, key) || !Object.hasOwn(input, key)) continue;
    const message = `\`${key}\` is input of \`${name}\`, which stands in \`with\``;
    document.report.add('unknown_field', document.keyPlace([...path, key]), message, `Write \`with: { ${key}: … }\`.`);
  }
  const given = isObject(raw['with']) ? raw['with'] : {};
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(input, key) || !Object.hasOwn(own, key)) continue;
    const message = `\`${key}\` is a field of the step and no input of \`${name}\``;
    const hint = `Put it beside \`with\`, not into it.`;
    document.report.add('unknown_field', document.keyPlace([...path, 'with', key]), message, hint);
  }
}

/** `item in list`, as loops are written elsewhere. */
function checkList(document: FlowDocument, step: StepNode): void {
  const text = step.raw['foreach'];
  const found =
    typeof text === 'string' ? /^(?:const |let |var )?([A-Za-z_]\w*) (?:in|of) (.+)$/.exec(text.trim()) : null;
  if (found === null) return;
  const path = [...step.path, 'foreach'];
  const hint = `Write \`foreach: ${found[2]}\` and \`as: ${found[1]}\`.`;
  document.report.add('wrong_value', document.valuePlace(path), '`foreach` is the list alone', hint);
}

function checkNames(document: FlowDocument, step: StepNode): void {
  const values = step.raw['set'];
  if (!isObject(values)) return;
  for (const key of Object.keys(values)) {
    if (!key.startsWith('vars.')) continue;
    const place = document.keyPlace([...step.path, 'set', key]);
    document.report.add('unknown_var', place, '`set` takes the names of variables alone', `Write \`${key.slice(5)}\`.`);
  }
}
