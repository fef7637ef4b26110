// `hookline sources`: every inbound URL, who sends to it, who listens, and what is missing. It changes nothing.
import type { Command } from 'commander';
import type { Settings } from '../config.ts';
import { readFlowFiles } from '../flow/files.ts';
import { loadCatalog } from '../flow/load.ts';
import { readSchema } from '../flow/registry.ts';
import { sourceReport } from '../server/inspect.ts';
import type { ListenerView, SourceView } from '../server/inspect-sources.ts';
import { apiBase, askApi, urlOption } from './api.ts';
import { commandSettings } from './command.ts';
import { checkFlowsFolder } from './folders.ts';
import { localSecrets } from './known-source.ts';
import { counted, json, note, print, printable } from './printing.ts';

interface Report {
  sources: SourceView[];
  /** Errors in the flow files. */
  errors: number;
}

/** Adds `sources`. */
export function addSources(program: Command): void {
  program
    .command('sources')
    .description('List the URLs for senders with their providers, and the flows that listen')
    .option('--json', 'as JSON, with everything')
    .addOption(urlOption())
    .action(async (flags: { json?: boolean; url?: string }) => {
      const settings = commandSettings({}, '.env');
      const base = apiBase(settings, flags.url);
      const report = (await askApi<Report>(settings, base, '/api/sources')) ?? (await fromFiles(settings, base));
      print(flags.json === true ? json(report) : sourcesText(report));
    });
}

async function fromFiles(settings: Settings, base: string): Promise<Report> {
  await checkFlowsFolder(settings.flows);
  const catalog = loadCatalog(await readFlowFiles(settings.flows), { readSchema });
  note(`No Hookline answers at ${base}; this is what the files in ${settings.flows} say.`);
  const publicUrl = (settings.publicUrl ?? `http://127.0.0.1:${settings.port}`).replace(/\/+$/, '');
  return sourceReport({ catalog: () => catalog, secrets: localSecrets(settings), publicUrl: () => publicUrl });
}

function sourcesText({ sources, errors }: Report): string {
  const blocks = sources.map((source) => sourceLines(source).join('\n'));
  const count = counted(sources.length, 'source');
  const faults = errors === 0 ? '' : `, and ${counted(errors, 'error')} in the flow files: hookline validate`;
  return [...blocks, `${count}${faults}`].join('\n\n');
}

function sourceLines(source: SourceView): string[] {
  const { name, url, provider, title, methods, secrets, flows, problems, declared, introduction } = source;
  const mark = source.broken ? '  (broken)' : source.retired ? '  (retired)' : '';
  const lines = [`${name}${mark}`, `  url       ${methods.join(', ')} ${url}`.replace(/  +$/, '')];
  if (provider !== null) lines.push(`  provider  ${title ?? provider}${title === provider ? '' : ` (${provider})`}`);
  if (declared !== null) lines.push(`  declared  ${declared}`);
  if (secrets.length > 0) {
    lines.push(`  secrets   ${secrets.map((secret) => `${secret.name} ${secret.set ? 'set' : 'NOT SET'}`).join(', ')}`);
  }
  lines.push(`  flows     ${flows.length === 0 ? 'none listens' : flows.map(listenerText).join('; ')}`);
  for (const problem of problems) lines.push(`  problem   ${problem}`);
  if (introduction !== null) {
    lines.push(`  token     ${printable(introduction.token)}`, `            ${introduction.todo}`);
  }
  return lines;
}

function listenerText({ flow, events, if: filter }: ListenerView): string {
  const types = events === null ? 'every type' : events.join(', ');
  return `${flow} (${types}${filter === null ? '' : `, if ${filter}`})`;
}
