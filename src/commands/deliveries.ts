// `hookline deliveries`: what came in, what became of it, and what was rejected and why. Only its `drop` changes anything.
import type { Command } from 'commander';
import type { DeliveryQuery, DeliveryStatus } from '../inbox/store.ts';
import type { DeliveryPage, RejectionPage } from '../server/inspect.ts';
import { DELIVERY_STATUSES, LIST_LIMIT_MAX, readSince } from '../server/inspect-query.ts';
import { apiBase, urlOption, whyWaiting } from './api.ts';
import { CommandError, commandSettings, countOf } from './command.ts';
import { addDrop } from './deliveries-drop.ts';
import { deliveryText } from './delivery-detail.ts';
import { deliveryListText, rejectionListText } from './delivery-list.ts';
import { withInspection, type InboxInspection } from './inspection.ts';
import { json, note, print } from './printing.ts';

interface Flags {
  source?: string;
  status?: string;
  since?: string;
  limit?: string;
  json?: boolean;
  url?: string;
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 10_000;

const SINCE_HELP = 'a span (30m, 2h, 7d) or a time (2026-01-15T12:00:00Z)';

/** Adds `deliveries` with `show`, `rejected` and `drop`. */
export function addDeliveries(program: Command): void {
  const deliveries = withListFlags(
    program
      .command('deliveries')
      .description('List what came in, newest first, and what became of it: why a flow ran, or did not')
      .option('--status <status>', `only those with an event that is ${DELIVERY_STATUSES.join(', ')}`),
  ).action(list);

  withOutputFlags(
    deliveries
      .command('show')
      .description('Everything about one delivery: headers, body, each event with its reason, each start with its run')
      .argument('<id>', "an event's id, or the sender's delivery id"),
  ).action((id: string, _flags: Flags, command: Command) => show(id, command.optsWithGlobals<Flags>()));

  withListFlags(
    deliveries.command('rejected').description('Requests that were not accepted, each reason explained'),
  ).action((_flags: Flags, command: Command) => rejected(command.optsWithGlobals<Flags>()));
  addDrop(deliveries);
}

/** The command before takes a subcommand's flags too, so they are declared at both and read from both. */
function withListFlags(command: Command): Command {
  const listing = command
    .option('--source <name>', 'only of this source')
    .option('--since <since>', `only received since: ${SINCE_HELP}`)
    .option('--limit <count>', `at most so many (default: ${LIMIT_DEFAULT})`);
  return withOutputFlags(listing);
}

function withOutputFlags(command: Command): Command {
  return command.option('--json', 'as JSON, with everything').addOption(urlOption());
}

async function list(flags: Flags): Promise<void> {
  const query = queryOf(flags);
  const found = await ask(flags, (inspection) => allPages(query, inspection.deliveries, merged));
  print(flags.json === true ? json(found) : deliveryListText(found));
}

async function rejected(flags: Flags): Promise<void> {
  if (flags.status !== undefined) throw new CommandError('--status is for deliveries: what was rejected has none', 2);
  const query = queryOf(flags);
  const found = await ask(flags, (inspection) => allPages(query, inspection.rejections, mergedRejections));
  print(flags.json === true ? json(found) : rejectionListText(found));
}

async function show(id: string, flags: Flags): Promise<void> {
  const { deliveries, waits } = await ask(flags, async (inspection, base) => {
    const found = await inspection.delivery(id);
    const waiting = found.deliveries.some(({ events }) =>
      events.some(({ starts }) => starts.some(({ status }) => status === 'waiting')),
    );
    const waits = !waiting ? undefined : base === undefined ? NOBODY_STARTS : await whyWaiting(base);
    return { ...found, waits };
  });
  if (deliveries.length === 0) {
    throw new CommandError(
      `No delivery and no event has the id ${id}, or it was deleted by age. Was it rejected? See: hookline deliveries rejected`,
    );
  }
  if (flags.json === true) print(json({ deliveries }));
  else print(deliveries.map((delivery) => deliveryText(delivery, waits)).join('\n\n'));
}

const NOBODY_STARTS = 'No Hookline runs on this data folder, so that nothing is started now.';

/** @param use given the URL of the Hookline that answers, undefined where the data folder is read. */
async function ask<T>(
  flags: Flags,
  use: (inspection: InboxInspection, base: string | undefined) => Promise<T>,
): Promise<T> {
  const settings = commandSettings({}, '.env');
  const base = apiBase(settings, flags.url);
  return withInspection(settings, base, note, (inspection, running) => use(inspection, running ? base : undefined));
}

/** Collects pages until the limit is reached or nothing is left. */
async function allPages<Page extends { next: number | null }>(
  query: DeliveryQuery,
  ask: (query: DeliveryQuery) => Promise<Page>,
  merge: (first: Page, second: Page) => Page,
): Promise<Page> {
  let left = query.limit;
  let limit = Math.min(left, LIST_LIMIT_MAX);
  let found = await ask({ ...query, limit });
  while (found.next !== null && (left -= limit) > 0) {
    limit = Math.min(left, LIST_LIMIT_MAX);
    found = merge(found, await ask({ ...query, limit, beforeRow: found.next }));
  }
  return found;
}

/** The later page covers the longer time. */
function merged(first: DeliveryPage, second: DeliveryPage): DeliveryPage {
  return { ...second, deliveries: [...first.deliveries, ...second.deliveries] };
}

function mergedRejections(first: RejectionPage, second: RejectionPage): RejectionPage {
  return { ...second, rejections: [...first.rejections, ...second.rejections] };
}

/** @throws CommandError (exit code 2) for what cannot be meant. */
function queryOf({ source, status, since, limit }: Flags): DeliveryQuery {
  const count = limit === undefined ? LIMIT_DEFAULT : countOf('--limit', limit, LIMIT_MAX);
  const sinceMs = since === undefined ? undefined : readSince(since, Date.now());
  if (since !== undefined && sinceMs === undefined) throw new CommandError(`--since must be ${SINCE_HELP}`, 2);
  return { source, status: statusOf(status), since: sinceMs, limit: count };
}

function statusOf(text: string | undefined): DeliveryStatus | undefined {
  const status = DELIVERY_STATUSES.find((each) => each === text);
  if (text !== undefined && status === undefined) {
    throw new CommandError(`--status must be one of ${DELIVERY_STATUSES.join(', ')}`, 2);
  }
  return status;
}
