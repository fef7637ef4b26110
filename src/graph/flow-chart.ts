// Makes the chart of a flow from its normalised definition. What lists of steps a verb has is read from its fields, so that a new
// verb is drawn with all of them. Pure.
import type { Flow, Step } from '../../workflows/definition.ts';
import { blocksOf, type Block } from '../../workflows/document.ts';
import type { Trigger } from '../flow/catalog.ts';
import type { Box, Chart, Part, Way } from './chart.ts';
import { forms, wayLabels, type Form } from './forms.ts';
import { shortText } from './texts.ts';
import { triggerLines } from './trigger-text.ts';

/** Fields whose steps run before the step itself waits. */
const beforeFields = ['notify'];

/** Numbers the boxes that have no id of their author's. */
interface Naming {
  count: number;
}

/** The chart of a flow and of what starts it. */
export function flowChart(flow: Flow, triggers: Trigger[]): Chart {
  const naming: Naming = { count: 0 };
  const starts = triggers.map((trigger, index) => boxOf(`start_${index + 1}`, 'start', triggerLines(trigger)));
  const end = {
    ...boxOf('finish', 'end', flow.output === undefined ? ['end'] : ['end', 'with an output']),
    goesOn: false,
  };
  return {
    title: flow.flow,
    ...(flow.description === undefined ? {} : { description: flow.description }),
    starts: starts.length > 0 ? starts : [boxOf('start_1', 'start', ['started by hand'])],
    parts: wholeFlow(flow, naming),
    end,
  };
}

/** The handlers of a flow are those of an attempt around all its steps. */
function wholeFlow(flow: Flow, naming: Naming): Part[] {
  const parts = partsOf(flow.steps, naming);
  if (flow.catch === undefined && flow.finally === undefined) return parts;
  const head = boxOf('flow_steps', 'choice', ['the whole flow']);
  return [{ kind: 'attempt', head, parts, ...handlers(flow.catch, flow.finally, naming) }];
}

function handlers(
  caught: Step[] | undefined,
  lastly: Step[] | undefined,
  naming: Naming,
): { caught?: Part[]; lastly?: Part[] } {
  return {
    ...(caught === undefined ? {} : { caught: partsOf(caught, naming) }),
    ...(lastly === undefined ? {} : { lastly: partsOf(lastly, naming) }),
  };
}

function partsOf(steps: Step[], naming: Naming): Part[] {
  return steps.flatMap((step) => partsOfStep(step, naming));
}

function partsOfStep(step: Step, naming: Naming): Part[] {
  const form: Form = Object.hasOwn(forms, step.verb) ? forms[step.verb]! : plainForm;
  const head = headOf(step, form, naming);
  const blocks = blocksOf(step);
  const ways = (list: Block[]): Way[] =>
    list.map((block) => ({ label: labelOf(block), parts: partsOf(block.steps, naming) }));
  const steps = (name: string) => blocks.find(({ field }) => field === name)?.steps;
  if (form.shape === 'loop')
    return [{ kind: 'loop', head, parts: blocks.flatMap((block) => partsOf(block.steps, naming)) }];
  if (form.shape === 'branches') return [{ kind: 'branches', head, ways: ways(blocks) }];
  if (form.shape === 'attempt') {
    const parts = partsOf(steps('try') ?? [], naming);
    return [{ kind: 'attempt', head, parts, ...handlers(steps('catch'), steps('finally'), naming) }];
  }
  const before = blocks.filter(({ field }) => beforeFields.includes(field));
  const first = before.flatMap((block) => partsOf(block.steps, naming));
  const others = blocks.filter((block) => !before.includes(block));
  if (others.length === 0) return [...first, head];
  const all = ways(others);
  // An `else` or a `default` leaves no other way.
  const isClosed = others.some(({ field }) => field === 'else' || field === 'default');
  const taken = isClosed ? all : [...all, { label: form.passes ?? 'goes on', parts: [] }];
  return [...first, { kind: 'choice', head, ways: taken }];
}

const plainForm: Form = { shape: 'choice', tone: 'data', text: (step) => step.verb };

function headOf(step: Step, form: Form, naming: Naming): Box {
  naming.count += 1;
  const id = step.id === undefined ? `n${naming.count}` : `s_${step.id}`;
  const title = step.name ?? step.id;
  const undo = step.undoSteps !== undefined ? ['can be undone'] : [];
  const lines = [
    ...(title === undefined ? [] : [shortText(title)]),
    form.text(step),
    ...(step.guard === undefined ? [] : [`only if ${shortText(step.guard)}`]),
    ...undo,
    ...(step.onError === 'continue' ? ['a failure is passed over'] : []),
  ];
  const isGuarded = step.guard !== undefined;
  const isPassedOver = form.tone === 'failure' && step.onError === 'continue';
  const box = { ...boxOf(id, form.tone, lines), isGuarded, goesOn: form.ends !== true || isGuarded || isPassedOver };
  return form.exit === undefined ? box : { ...box, exit: form.exit };
}

function boxOf(id: string, tone: Box['tone'], lines: string[]): Box {
  return { kind: 'box', id, tone, lines, isGuarded: false, goesOn: true };
}

function labelOf({ kind, name, when }: Block): string {
  if (kind === 'cases') return shortText(when);
  return kind === 'steps' ? (wayLabels[name] ?? name) : name;
}
