// `hookline deliveries drop`: starts that nobody wants are not started. It asks the Hookline that runs, else it opens the data folder; what
// may be on its way to Temporal it leaves, and says so.
import type { Command } from 'commander';
import {
  createDrops,
  DROP_REASON_CHARACTERS_MAX,
  DROP_REASON_DEFAULT,
  type DropById,
  type DropOfFlow,
  type DroppedView,
  type Drops,
  type DropStatus,
} from '../server/drops.ts';
import type { Settings } from '../config.ts';
import { apiBase, askApi, nobodyThere, urlOption, type ApiCall } from './api.ts';
import { CommandError, commandSettings } from './command.ts';
import { withDataFolder } from './data-folder.ts';
import { counted, json, note, print, printable } from './printing.ts';

interface Flags {
  flow?: string;
  waiting?: boolean;
  failed?: boolean;
  reason: string;
  yes?: boolean;
  json?: boolean;
  url?: string;
}

/** Adds `drop` to `deliveries`. */
export function addDrop(deliveries: Command): void {
  deliveries
    .command('drop')
    .description(
      'Drop starts, so that no run comes of them: those that wait for their turn, or that Temporal refused for good',
    )
    .argument('[id]', "an event's id, or the sender's delivery id")
    .option('--flow <flow>', 'only of this flow')
    .option('--waiting', 'all of the flow that wait for their turn (`concurrency`, `rate`)')
    .option('--failed', 'all of the flow that Temporal refused for good')
    .option('--reason <text>', 'kept with each, and told to flows that called', DROP_REASON_DEFAULT)
    .option('--yes', 'drop all of the flow; without it they are only counted')
    .option('--json', 'as JSON, with everything')
    .addOption(urlOption())
    .action((id: string | undefined, _flags: Flags, command: Command) => drop(id, command.optsWithGlobals<Flags>()));
}

async function drop(id: string | undefined, flags: Flags): Promise<void> {
  const { flow, reason } = flags;
  if (reason === '' || reason.length > DROP_REASON_CHARACTERS_MAX) {
    throw new CommandError(`--reason has 1 to ${DROP_REASON_CHARACTERS_MAX} characters`, 2);
  }
  const status = statusOf(flags);
  if (id !== undefined && status === undefined) {
    const result = await withDrops(flags, (drops) => drops.byId(id, flow, reason));
    return tellById(id, flags, result);
  }
  if (id !== undefined || status === undefined || flow === undefined) {
    throw new CommandError('Say what to drop: an ID, or --waiting or --failed with --flow FLOW', 2);
  }
  const word = status === 'waiting' ? 'waits for its turn' : 'failed';
  if (flags.yes !== true) {
    const count = await withDrops(flags, (drops) => drops.count(flow, status));
    if (flags.json === true) print(json({ count }));
    if (count === 0) return note(`Of ${flow} nothing ${word}: there is nothing to drop.`);
    throw new CommandError(
      `Of ${flow}, ${counted(count, 'start')} would be dropped: each ${word}. Nothing was dropped; add --yes to do it`,
      2,
    );
  }
  const result = await withDrops(flags, (drops) => drops.ofFlow(flow, status, reason));
  if (flags.json === true) return print(json(result));
  print(`${counted(result.dropped, 'start')} of ${flow} dropped`);
  if (result.left > 0) note(`${result.left} left: their turn has come, so they are being started or have been.`);
}

function statusOf({ waiting, failed }: Flags): DropStatus | undefined {
  if (waiting === true && failed === true) throw new CommandError('Give either --waiting or --failed', 2);
  return waiting === true ? 'waiting' : failed === true ? 'failed' : undefined;
}

function tellById(id: string, { flow, json: asJson }: Flags, result: DropById): void {
  if (result === 'unknown')
    throw new CommandError(`No delivery and no event has the id ${id}, or it was deleted by age.`);
  if ('ambiguous' in result) {
    throw new CommandError(
      `Deliveries of several sources have the id ${id} (${result.ambiguous.join(', ')}): give the id of the event, see hookline deliveries show ${id}`,
    );
  }
  const { starts } = result;
  if (starts.every(({ dropped }) => !dropped)) process.exitCode = 1;
  if (asJson === true) return print(json(result));
  if (starts.length > 0) return print(starts.map(lineOf).join('\n'));
  const isGathered = 'or is gathered first (`debounce`, `batch`)';
  const why = flow === undefined ? `it starts no flow, ${isGathered}` : `it does not start \`${flow}\`, ${isGathered}`;
  note(`Nothing was dropped: ${why}. See hookline deliveries show ${id}`);
}

function lineOf({ run, dropped, why }: DroppedView): string {
  return `${printable(run)}  ${dropped ? 'dropped' : `left: ${why}`}`;
}

async function withDrops<T>(flags: Flags, use: (drops: Drops) => Promise<T>): Promise<T> {
  const settings = commandSettings({}, '.env');
  const base = apiBase(settings, flags.url);
  if ((await askApi(settings, base, '/api/rejections?limit=1')) !== undefined) return use(runningDrops(settings, base));
  return withDataFolder(settings, base, note, (store) => use(createDrops({ store, clock: Date.now })));
}

/** The same over HTTP. */
function runningDrops(settings: Settings, base: string): Drops {
  async function ask<T>(path: string, query: Record<string, string>, call: ApiCall = {}): Promise<T | null> {
    const answer = await askApi<T>(settings, base, `${path}?${new URLSearchParams(query).toString()}`, call);
    if (answer === undefined) throw nobodyThere(base, 'it answered before');
    return answer;
  }
  const ofFlow = (flow: string): string => `/api/flows/${encodeURIComponent(flow)}/starts`;
  return {
    async byId(id, flow, reason) {
      const path = `/api/deliveries/${encodeURIComponent(id)}/starts`;
      const query = { reason, ...(flow !== undefined && { flow }) };
      const answer = await ask<DropById>(path, query, { method: 'DELETE', unknownCode: 'delivery_unknown' });
      return answer ?? 'unknown';
    },
    ofFlow: async (flow, status, reason) =>
      (await ask<DropOfFlow>(ofFlow(flow), { status, reason }, { method: 'DELETE' }))!,
    count: async (flow, status) => (await ask<{ count: number }>(ofFlow(flow), { status }))!.count,
  };
}
