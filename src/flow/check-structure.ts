// What a schema cannot say well: one verb a step, words from elsewhere, ids, sizes. It looks only at keys and places.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { closestWord } from '../../workflows/expression/index.ts';
import { findAction, services } from '../../activities/connectors/index.ts';
import type { FlowDocument } from './document.ts';
import { stepDepthMax, stepsMax } from './limits.ts';
import { didYouMean } from './schema-words.ts';
import { commonStepFields } from './schema-terms.ts';
import { allSteps, isObject, type Block, type StepNode } from './step-tree.ts';
import { foreignWords, type WordPlace } from './words.ts';
import type { Path } from './yaml-node.ts';

/** Reports words of other tools among the keys of a map. */
export function reportWords(
  document: FlowDocument,
  path: Path,
  map: JsonObject,
  place: WordPlace,
  known: string[],
): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    const foreign = Object.hasOwn(foreignWords[place], key) ? foreignWords[place][key] : undefined;
    if (foreign === undefined) continue;
    document.report.add(
      'foreign_word',
      document.keyPlace([...path, key]),
      `\`${key}\` is not a word of Hookline here`,
      foreign,
    );
  }
}

/** Checks the steps of a flow, all blocks. */
export function checkSteps(document: FlowDocument, blocks: Block[]): void {
  const ids = new Map<string, StepNode>();
  let count = 0;
  for (const step of allSteps(blocks)) {
    count += 1;
    if (count === stepsMax + 1) {
      document.report.add('too_many_steps', document.valuePlace(step.path), `the flow has more than ${stepsMax} steps`);
    }
    checkDepth(document, step);
    checkVerb(document, step);
    checkId(document, step, ids);
    if (isObject(step.raw['retry'])) reportWords(document, [...step.path, 'retry'], step.raw['retry'], 'retry', []);
  }
}

function checkDepth(document: FlowDocument, step: StepNode): void {
  let depth = 0;
  for (let owner = step.block.owner; owner !== undefined; owner = owner.block.owner) depth += 1;
  if (depth !== stepDepthMax) return;
  document.report.add('too_deep', document.valuePlace(step.path), `steps are nested more than ${stepDepthMax} deep`);
}

function checkVerb(document: FlowDocument, step: StepNode): void {
  const { path, raw, verbs } = step;
  const fields = verbs.flatMap((verb) => Object.keys(STEP_TYPES.get(verb)?.fields ?? {}));
  const problems = document.report.problems.length;
  if (checkIndentation(document, step)) return;
  reportWords(document, path, raw, 'step', fields);
  const explained = document.report.problems.length > problems;
  if (verbs.length > 1) {
    const named = verbs.map((verb) => `\`${verb}\``).join(' and ');
    const holder = verbs.find(
      (verb) => STEP_TYPES.get(verb)?.fields['steps']?.kind === 'steps' && raw['steps'] === undefined,
    );
    const hint =
      holder === undefined
        ? 'Make a step of each; a block of steps can hold both.'
        : `What \`${holder}\` repeats stands below its \`steps:\`, as a list.`;
    return document.report.add(
      'several_verbs',
      document.keyPlace([...path, verbs[1]!]),
      `a step does one thing, this one says ${named}`,
      hint,
    );
  }
  if (verbs.length === 1 && verbs[0] === 'if' && !('then' in raw) && !explained) {
    const closest = Object.keys(raw).map((key) =>
      key === 'if' ? undefined : closestWord(key, ['then', ...STEP_TYPES.keys()]),
    );
    const meant = closest.find((word) => word !== undefined);
    const hint =
      meant === undefined
        ? 'Add `then:` with steps, or a verb such as `uses:` that the `if` guards.'
        : `Did you mean \`${meant}\`?`;
    return document.report.add(
      'no_verb',
      document.keyPlace([...path, 'if']),
      'this step has a condition and nothing to do',
      hint,
    );
  }
  if (verbs.length > 0 || explained) return;
  const unknown = Object.keys(raw).filter((key) => !(key in commonStepFields));
  const word =
    unknown.length > 0
      ? (serviceHint(unknown[0]!) ??
        nameHint(unknown[0]!, raw[unknown[0]!]) ??
        didYouMean(unknown[0]!, [...STEP_TYPES.keys(), 'with']))
      : undefined;
  const place = unknown.length > 0 ? document.keyPlace([...path, unknown[0]!]) : document.valuePlace(path);
  const message =
    unknown.length > 0 ? `this step has no verb; \`${unknown[0]}\` is none` : 'this step does not say what to do';
  document.report.add(
    'no_verb',
    place,
    message,
    word?.startsWith('Did') || word?.startsWith('Write')
      ? word
      : `It needs one of: ${[...STEP_TYPES.keys()].join(', ')}.`,
  );
}

/** A step as a map by its name, as other tools have it. */
function nameHint(word: string, value: Json | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  const id = word
    .replace(/([a-z0-9])(?=[A-Z])/g, '$1_')
    .replace(/\W+/g, '_')
    .toLowerCase();
  const isStep = Object.keys(value).some((key) => STEP_TYPES.has(key) || Object.hasOwn(foreignWords.step, key));
  return isStep ? `Write \`- id: ${id}\`, with the verb and its fields beside it.` : undefined;
}

/** A service where a verb belongs. */
function serviceHint(word: string): string | undefined {
  const found = services.find(({ service }) => service === word);
  const [action] = found?.actions ?? [];
  return action === undefined ? undefined : `Write \`uses: ${word}.${action.action}\`, with its input in \`with\`.`;
}

/** An empty map or list with strangers beside it: its lines were not indented. */
function checkIndentation(document: FlowDocument, step: StepNode): boolean {
  const { raw, path, verbs } = step;
  const fields = Object.keys(STEP_TYPES.get(verbs[0] ?? '')?.fields ?? {});
  const empty = fields.find((field) => raw[field] === null);
  if (empty === undefined) return false;
  const action = typeof raw['uses'] === 'string' ? findAction(raw['uses'])?.action : undefined;
  const inputs = Object.keys((action?.input['properties'] ?? {}) as object);
  const known = [...fields, ...Object.keys(commonStepFields)];
  const strangers = Object.keys(raw).filter(
    (key) => !known.includes(key) || (empty === 'with' && inputs.includes(key) && key !== 'timeout'),
  );
  if (strangers.length === 0) return false;
  const names = strangers.map((key) => `\`${key}\``).join(', ');
  document.report.add(
    'yaml_indentation',
    document.keyPlace([...path, empty]),
    `\`${empty}\` is empty, and ${names} ${strangers.length === 1 ? 'stands' : 'stand'} beside it instead of in it`,
    `Indent what belongs to \`${empty}\` by two more spaces.`,
  );
  // One mistake, one message: the strangers are not to be reported as unknown fields too.
  for (const key of strangers) document.report.cover(document.keyPlace([...path, key]));
  return true;
}

function checkId(document: FlowDocument, step: StepNode, ids: Map<string, StepNode>): void {
  const id = step.raw['id'];
  if (typeof id !== 'string') return;
  const first = ids.get(id);
  if (first === undefined) {
    ids.set(id, step);
    return;
  }
  const line = document.lineOf([...first.path, 'id']);
  document.report.add(
    'duplicate_id',
    document.valuePlace([...step.path, 'id']),
    `the id \`${id}\` is taken by the step on line ${line}`,
    'Ids are unique in a flow, branches and loops included.',
  );
}
