// Charts for the tests of drawings: of every example, of every verb's own example, and of flows that nobody wrote.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { services } from '../../activities/connectors/index.ts';
import type { LoadedFlow } from '../../src/flow/catalog.ts';
import { readFlowFiles } from '../../src/flow/files.ts';
import { loadCatalog } from '../../src/flow/load.ts';
import type { Box, Chart, Part } from '../../src/graph/chart.ts';
import { flowChart } from '../../src/graph/flow-chart.ts';
import type { Flow, Step } from '../../workflows/definition.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';

const flowsFolder = join(import.meta.dirname, '../../flows');

/** The example flows by name. */
export async function exampleFlows(): Promise<LoadedFlow[]> {
  const files = await readFlowFiles(flowsFolder);
  const readSchema = (path: string) => JSON.parse(readFileSync(join(flowsFolder, path), 'utf8')) as unknown;
  const { flows } = loadCatalog(files, { readSchema });
  return [...flows.values()];
}

/** How many flows the examples declare, counted in their texts. */
export function exampleCount(): number {
  const names = readdirSync(flowsFolder).filter((name) => /^[^.]+\.ya?ml$/.test(name));
  const texts = names.map((name) => readFileSync(join(flowsFolder, name), 'utf8'));
  return texts.reduce((count, text) => count + (text.match(/^flow: /gm)?.length ?? 0), 0);
}

/** Documents of the flows that an example calls. */
function calledBy(example: string): string[] {
  return [...example.matchAll(/\bcall: ([\w-]+)/g)].map(
    ([, name]) => `---\nflow: ${name}\ntriggers: [{ manual: true }]\nsteps: [{ wait: 1s }]\n`,
  );
}

/** A flow of the example of each verb. */
export function verbFlows(): Map<string, Flow> {
  const connections = services.flatMap(({ connectionExample }) =>
    connectionExample === undefined ? [] : [`---\n${connectionExample}`],
  );
  const flows = new Map<string, Flow>();
  for (const { verb, example } of STEP_TYPES.values()) {
    const inLoop = /\bitem\b/.test(example) && !example.includes('foreach:');
    const indented = example.trimEnd().replace(/^/gm, inLoop ? '      ' : '  ');
    const steps = inLoop ? `  - foreach: event.body.all\n    steps:\n${indented}` : indented;
    const text = `flow: example\ntriggers: [{ manual: true }]\nvars: { total: 0, last: null }\nsteps:\n${steps}\n${[...connections, ...calledBy(example)].join('')}`;
    const catalog = loadCatalog([{ path: 'flows/example.yaml', text }], { readSchema: () => ({}) });
    const flow = catalog.flows.get('example');
    if (flow === undefined) throw new Error(`${verb}: ${JSON.stringify(catalog.problems)}`);
    flows.set(verb, flow.definition);
  }
  return flows;
}

/* oxlint-disable unicorn/no-thenable -- the language's word; it holds no function */

/** Texts that mean something to Mermaid, DOT, XML or a terminal. */
const label = fc.oneof(
  fc.constantFrom(
    'end',
    '1. first',
    '- list',
    '"] --> x',
    '</text><script>',
    '&amp;',
    'a;b',
    '`md`',
    '#35;',
    '\\n',
    '|x|',
    '{{x}}',
    '\u0007',
    'ä 漢字',
  ),
  fc.string({ maxLength: 60, unit: 'grapheme' }),
);

const { steps: anySteps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => {
  const inner = tie('steps');
  const common = {
    line: fc.constant(1),
    name: fc.option(label, { nil: undefined }),
    guard: fc.option(label, { nil: undefined }),
  };
  const step = (verb: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record({ ...common, verb: fc.constant(verb), ...fields }) as fc.Arbitrary<Step>;
  const simple = fc.oneof(
    step('wait', { wait: fc.nat() }),
    step('return', { return: fc.constant(1) }),
    step('fail', { fail: fc.record({ code: label, message: label }) }),
    step('break', { break: fc.constant(true) }),
    step('next', { next: fc.constant(true) }),
  );
  const nested = fc.oneof(
    step('if', { if: label, then: inner }),
    step('if', { if: label, then: inner, else: inner }),
    step('switch', {
      switch: fc.array(fc.record({ when: label, steps: inner }), { minLength: 1, maxLength: 3 }),
      default: inner,
    }),
    step('foreach', { foreach: label, steps: inner }),
    step('repeat', { repeat: fc.record({ steps: inner, until: label }) }),
    step('parallel', { parallel: fc.dictionary(label, inner, { minKeys: 1, maxKeys: 3 }) }),
    step('try', { try: inner, catch: inner }),
    step('try', { try: inner, finally: inner }),
  );
  return {
    step: fc.oneof({ maxDepth: 3, withCrossShrink: true }, simple, nested),
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
  };
});

/* oxlint-enable unicorn/no-thenable */

/** Charts of flows with any steps inside one another. */
export const anyChart: fc.Arbitrary<Chart> = fc
  .record({
    steps: anySteps,
    caught: fc.option(anySteps, { nil: undefined }),
    lastly: fc.option(anySteps, { nil: undefined }),
  })
  .map(({ steps, caught, lastly }) => {
    const flow = {
      language: 1,
      flow: 'any',
      file: 'any.yaml',
      vars: {},
      steps,
      configNames: [],
      respondsEarly: false,
    } as Flow;
    if (caught !== undefined) flow.catch = caught;
    if (lastly !== undefined) flow.finally = lastly;
    return flowChart(flow, []);
  });

/** All boxes of parts, outer before inner. */
export function boxesOf(parts: Part[]): Box[] {
  return parts.flatMap((part): Box[] => {
    if (part.kind === 'box') return [part];
    if (part.kind === 'loop') return [part.head, ...boxesOf(part.parts)];
    if (part.kind === 'attempt')
      return [part.head, ...boxesOf(part.parts), ...boxesOf(part.caught ?? []), ...boxesOf(part.lastly ?? [])];
    return [part.head, ...part.ways.flatMap((way) => boxesOf(way.parts))];
  });
}
