// The recipes of docs/cookbook.md: each is one of the example flows with what its head comment says, its drawing and its text.
// It reads flows/ and nothing else, so a recipe can never differ from the flow that the tests run.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalog } from '../flow/catalog.ts';
import { loadCatalog } from '../flow/load.ts';
import { readSchema } from '../flow/registry.ts';
import { flowChart } from '../graph/flow-chart.ts';
import { mermaid } from '../graph/mermaid.ts';

const FOLDER = join(import.meta.dirname, '../../flows');

/** What a reader looks for, and the flow that answers it; in the order of the page. */
export const recipes: readonly { title: string; flow: string }[] = [
  { title: 'Ask somebody, and go on without them when they do not answer', flow: 'expense-approval' },
  { title: 'Move money, and take it back when half of it fails', flow: 'money-transfer' },
  { title: 'Let a person decide what a rule cannot (fraud check)', flow: 'fraud-check' },
  { title: 'Fan out over a list, a few at a time, whatever fails', flow: 'file-uploaded' },
  { title: 'Give each part of the work a run of its own (fan-out, fan-in)', flow: 'order-fulfilment' },
  { title: 'Poll a slow service until it is ready', flow: 'report-export' },
  { title: 'Go through the pages of a list', flow: 'contacts-copied' },
  { title: 'Keep two systems the same (data synchronisation)', flow: 'stock-synchronised' },
  { title: "Notice what does not happen (a dead man's switch)", flow: 'backup-watchdog' },
  { title: 'Gather events into one message (batch digest)', flow: 'daily-digest' },
  { title: 'Act once on many changes', flow: 'contact-changed' },
  { title: 'Report every night', flow: 'nightly-report' },
  { title: 'Remind for weeks, until it is paid (dunning)', flow: 'dunning' },
  { title: 'Wait for an event that belongs to this one', flow: 'payment-reminder' },
  { title: 'Escalate when nobody reacts', flow: 'monitoring-alert' },
  { title: 'Answer the sender with what the flow makes of its message', flow: 'message-interceptor' },
  { title: 'Do several things at once, of which some may fail', flow: 'user-created' },
  { title: 'Be patient with a service that is down', flow: 'order-to-shipping' },
];

/** Markdown: the titles with links to the recipes. */
export function recipeList(): string {
  return recipes.map(({ title, flow }) => `- [${title}](#${anchorOf(title)}): \`${flow}\``).join('\n');
}

/** Markdown: the recipes. */
export function recipeReference(): string {
  const catalog = examples();
  return recipes.map(({ title, flow }) => recipe(catalog, title, flow)).join('\n\n');
}

function examples(): Catalog {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'));
  const files = names.map((name) => ({ path: `flows/${name}`, text: readFileSync(join(FOLDER, name), 'utf8') }));
  return loadCatalog(files, { readSchema });
}

function recipe(catalog: Catalog, title: string, name: string): string {
  const loaded = catalog.flows.get(name);
  if (loaded === undefined) throw new Error(`the recipe "${title}" has no flow \`${name}\` in flows/`);
  const text = readFileSync(join(FOLDER, `${name}.yaml`), 'utf8');
  const { about, yaml } = split(text);
  const drawing = mermaid(flowChart(loaded.definition, loaded.triggers)).trim();
  const files = `[the flow](../flows/${name}.yaml), [its cases](../flows/${name}.test.yaml)`;
  return [
    `## ${title}`,
    about,
    `\`\`\`mermaid\n${drawing}\n\`\`\``,
    `\`\`\`yaml\n${yaml}\n\`\`\``,
    `Files: ${files}.`,
  ].join('\n\n');
}

/** The comment at the head of a flow file as paragraphs, and the rest. */
function split(text: string): { about: string; yaml: string } {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const about = lines
    .slice(0, end)
    .map((line) => line.replace(/^# ?/, ''))
    .join('\n');
  return { about, yaml: lines.slice(end).join('\n').trim() };
}

/** The anchor that Markdown pages give a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
