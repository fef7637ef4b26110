// Warns of `steps.X.output.field` where X may not have run, or may have failed: its output is null then and the read fails. It
// says nothing where the author has asked before: in the same expression, in a condition around it, or in one above it.
import type { Reference } from './check-expressions.ts';
import { alternativesOf, isChoice, isGuarded, waysOfBlock, waysOfStep } from './control-flow.ts';
import type { FlowDocument } from './document.ts';
import type { ExpressionSite } from './expression-sites.ts';
import { bareText } from './normalise.ts';
import { allSteps, undoAround, type Block, type StepNode } from './step-tree.ts';

/** Blocks that always run when their step does. */
const certainFields = ['finally', 'notify', 'parallel'];

/** Why a step may have no output, in half a sentence; `step` is the one whose line is named. */
interface Doubt {
  words: string;
  step: StepNode;
  /** Where this holds, there is no doubt. */
  condition?: string;
}

/** Checks one reference to the output of `target`; `references` are all of the same expression. */
export function checkOutcome(
  document: FlowDocument,
  site: ExpressionSite,
  reference: Reference,
  target: StepNode,
  references: Reference[],
): void {
  const [id, part, field] = reference.path;
  // `steps.X.output` by itself is null, which is a value; only a field of null is an error.
  if (part !== 'output' || field === undefined || reference.optional) return;
  const known = conditionsAround(site);
  const doubt = doubtsAbout(target, site).find(
    (each) => each.condition === undefined || !known.includes(each.condition),
  );
  if (doubt === undefined || isAsked(String(id), site, references)) return;
  const place = document.textPlace(site.path, site.offset + reference.offset, reference.length);
  const line = document.lineOf(doubt.step.path);
  const message = `\`steps.${id}.output\` may be null here: ${doubt.words} (line ${line})`;
  const hint = `Write \`steps.${id}.output?.${field}\`, or ask for \`steps.${id}.output != null\` before.`;
  document.report.add('step_may_not_run', place, message, hint);
}

function doubtsAbout(target: StepNode, site: ExpressionSite): Doubt[] {
  const doubts: Doubt[] = [];
  const around = blocksAround(site.step);
  let step: StepNode | undefined = target;
  let block = target.block;
  for (;;) {
    const isUndone = undoAround(site.step)?.owner === step && step.raw['undo_when'] !== 'attempted';
    if (step !== site.step && !isUndone) doubts.push(...doubtsAboutStep(step, step === target));
    if (around.includes(block)) return doubts;
    const owner: StepNode | undefined = block.owner;
    if (owner === undefined) {
      const root = around.at(-1)?.field;
      if (root !== undefined && root !== block.field)
        doubts.push({ words: `\`${root}\` also runs when the flow failed before the end of that step`, step: target });
      return doubts;
    }
    doubts.push(...doubtsAboutBlock(block, owner, target, site));
    if (around.some((each) => each.owner === owner)) return doubts;
    step = owner;
    block = owner.block;
  }
}

function doubtsAboutStep(step: StepNode, isTarget: boolean): Doubt[] {
  const which = isTarget ? 'that step' : `the \`${step.type?.verb}\` around that step`;
  const doubts: Doubt[] = [];
  if (isGuarded(step))
    doubts.push({ words: `${which} is skipped when its \`if\` is false`, step, condition: guardOf(step) });
  if (step.raw['on_error'] === 'continue')
    doubts.push({ words: `${which} may have failed (\`on_error: continue\`)`, step });
  const late = isTarget ? step.blocks.find(({ field }) => field === 'on_timeout') : undefined;
  if (late !== undefined && waysOfBlock(late).has('on'))
    doubts.push({ words: 'what that step waits for may not have come in time', step });
  return doubts;
}

function doubtsAboutBlock(block: Block, owner: StepNode, target: StepNode, site: ExpressionSite): Doubt[] {
  const verb = owner.type?.verb;
  if (certainFields.includes(block.field)) return [];
  if (isChoice(owner)) {
    const isOnly = alternativesOf(block).every((other) => other !== undefined && !waysOfBlock(other).has('on'));
    return isOnly
      ? []
      : [
          {
            words: `the \`${verb}\` around that step may take another way`,
            step: owner,
            condition: conditionOf(block),
          },
        ];
  }
  if (verb === 'try') return doubtsAboutTry(block, owner, site);
  if (verb === 'repeat' && !isLeftBefore(block, target)) return [];
  // What an iteration gives is worked out at its end only.
  if (verb === 'foreach' && site.step === owner) return [];
  const words =
    block.iterated === undefined
      ? `\`${block.field}\` around that step may not run`
      : `the \`${verb}\` around that step may end before it has run`;
  return [{ words, step: owner, condition: conditionOf(block) }];
}

function doubtsAboutTry(block: Block, owner: StepNode, site: ExpressionSite): Doubt[] {
  if (block.field === 'catch')
    return [{ words: 'it runs only when the `try` failed', step: owner, condition: conditionOf(block) }];
  const caught = owner.blocks.find((each) => each.field === 'catch');
  const isWithin = blocksAround(site.step).some((each) => each.owner === owner);
  const mayGoOn = caught !== undefined && waysOfBlock(caught).has('on');
  return isWithin || mayGoOn
    ? [{ words: 'the `try` may have failed before the end of that step', step: owner, condition: conditionOf(block) }]
    : [];
}

/** True when a `break` or `next` may end the iteration before it comes to the step. */
function isLeftBefore(body: Block, target: StepNode): boolean {
  for (const step of allSteps([body])) {
    if (step === target) return false;
    if (step.block === body && waysOfStep(step).has('leave')) return true;
  }
  return false;
}

/** True when the author has looked whether the step ran. */
function isAsked(id: string, site: ExpressionSite, references: Reference[]): boolean {
  const looks = (each: Reference) =>
    each.root === 'steps' && each.path[0] === id && (each.path.length <= 2 || each.optional);
  if (references.some(looks)) return true;
  const names = new RegExp(`\\bsteps\\s*\\??\\.\\s*${id}\\b`);
  return [...conditionsAround(site), ...conditionsAbove(site)].some((text) => names.test(text));
}

function blocksAround(step: StepNode | undefined): Block[] {
  const blocks: Block[] = [];
  for (let block = step?.block; block !== undefined; block = block.owner?.block) blocks.push(block);
  return blocks;
}

/** The conditions that hold where an expression stands, as `FIELD TEXT`. */
function conditionsAround(site: ExpressionSite): string[] {
  const conditions: string[] = [];
  const isGuard = site.path.at(-1) === 'if';
  if (site.step !== undefined && !isGuard) conditions.push(...[guardOf(site.step)].flatMap((text) => text ?? []));
  for (const block of blocksAround(site.step)) {
    const texts = [conditionOf(block), block.owner === undefined ? undefined : guardOf(block.owner)];
    conditions.push(...texts.flatMap((text) => text ?? []));
  }
  return conditions;
}

/** The conditions of the choices above a place that may end the run before it. */
function conditionsAbove(site: ExpressionSite): string[] {
  const conditions: string[] = [];
  let inner = site.step;
  for (const block of blocksAround(site.step)) {
    for (const step of block.steps.slice(0, inner === undefined ? 0 : block.steps.indexOf(inner))) {
      if ([...waysOfStep(step)].every((way) => way === 'on')) continue;
      conditions.push(...[guardOf(step), ...step.blocks.map(conditionOf)].flatMap((text) => text ?? []));
    }
    inner = block.owner;
  }
  return conditions;
}

function guardOf(step: StepNode): string | undefined {
  const text = step.raw['if'];
  return isGuarded(step) && typeof text === 'string' ? `then ${safeText(text)}` : undefined;
}

function conditionOf(block: Block): string | undefined {
  const { owner, field } = block;
  const verb = owner?.type?.verb;
  const text =
    verb === 'switch' && field === 'switch'
      ? whenOf(block)
      : verb === 'if' || verb === 'while'
        ? owner?.raw[verb]
        : undefined;
  if (typeof text !== 'string') return undefined;
  return `${verb === 'if' ? field : 'then'} ${safeText(text)}`;
}

/** The `when` beside the steps of a case. */
function whenOf(block: Block): unknown {
  const cases = block.owner?.raw['switch'];
  const index = Number(block.path.at(-2));
  const found = Array.isArray(cases) ? cases[index] : undefined;
  return found !== null && typeof found === 'object' && !Array.isArray(found) ? found['when'] : undefined;
}

/** Broken templates are reported elsewhere. */
function safeText(text: string): string {
  try {
    return bareText(text);
  } catch {
    return text;
  }
}
