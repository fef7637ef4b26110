// `hookline graph FLOW`: draws a flow. It loads the flows, runs nothing, and draws none that has errors.
import { stat, writeFile } from 'node:fs/promises';
import { dirname, normalize } from 'node:path';
import { type Command, Option } from 'commander';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { readFlowFiles } from '../flow/files.ts';
import { formatProblem } from '../flow/format.ts';
import { loadCatalog } from '../flow/load.ts';
import { readSchema } from '../flow/registry.ts';
import type { Chart } from '../graph/chart.ts';
import { dot } from '../graph/dot.ts';
import { flowChart } from '../graph/flow-chart.ts';
import { mermaid } from '../graph/mermaid.ts';
import { svg } from '../graph/svg.ts';
import { CommandError, commandSettings } from './command.ts';
import { note } from './printing.ts';

const formats: Record<string, (chart: Chart) => string> = { mermaid, svg, dot };

/** Adds `graph`. */
export function addGraph(program: Command): void {
  program
    .command('graph')
    .description('Draw a flow: Mermaid, SVG or DOT')
    .argument('<flow>', "the flow's name, or its file")
    .addOption(new Option('--format <format>', 'mermaid, svg or dot').choices(Object.keys(formats)).default('mermaid'))
    .option('--out <file>', 'file to write (default: standard output)')
    .action(async (name: string, { format, out }: { format: string; out?: string }) => {
      const text = formats[format]!(await chartOf(name));
      if (out === undefined) return void process.stdout.write(text);
      await writeFile(out, text).catch((error: Error) => {
        throw new CommandError(`${out} cannot be written: ${error.message}`);
      });
      note(`${out} written`);
    });
}

async function chartOf(name: string): Promise<Chart> {
  const isFile = /\.ya?ml$/.test(name);
  const folder = isFile ? dirname(name) : commandSettings({}, '.env').flows;
  const catalog = await load(isFile ? name : folder, folder);
  const flow = isFile ? onlyFlow(catalog, name) : catalog.flows.get(name);
  if (flow === undefined) throw new CommandError(unknownFlow(catalog, name));
  return flowChart(flow.definition, flow.triggers);
}

/** Connections and sources of a file may stand in the others of its folder. */
async function load(path: string, folder: string): Promise<Catalog> {
  await stat(path).catch(() => {
    throw new CommandError(`${path} does not exist`, 2);
  });
  return loadCatalog(await readFlowFiles(folder), { readSchema });
}

function onlyFlow(catalog: Catalog, path: string): LoadedFlow | undefined {
  const found = [...catalog.flows.values()].filter(({ definition }) => normalize(definition.file) === normalize(path));
  if (found.length < 2) return found[0];
  const names = found.map(({ definition }) => definition.flow).join(', ');
  throw new CommandError(`${path} holds several flows: name one of ${names}`, 2);
}

/** Why there is nothing to draw: the flow's problems, or the names that there are. */
function unknownFlow(catalog: Catalog, name: string): string {
  const errors = catalog.problems.filter(
    ({ severity, file }) => severity === 'error' && normalize(file) === normalize(name),
  );
  if (errors.length > 0) return errors.map((problem) => formatProblem(problem)).join('\n\n');
  const names = [...catalog.flows.keys()].join(', ') || 'none';
  const broken = catalog.problems.some(({ severity }) => severity === 'error')
    ? '; some have errors: hookline validate'
    : '';
  return `there is no flow ${name} (there is: ${names}${broken})`;
}
