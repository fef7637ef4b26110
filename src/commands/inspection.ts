// Where a command gets its answers from: the Hookline that runs, else the data folder itself, under its lock. It writes nothing.
import type { Settings } from '../config.ts';
import type { DeliveryQuery, Store } from '../inbox/store.ts';
import { createInspection, type DeliveryPage, type Inspection, type RejectionPage } from '../server/inspect.ts';
import type { ShownDeliveryView } from '../server/inspect-views.ts';
import { askApi } from './api.ts';
import { CommandError } from './command.ts';
import { withDataFolder } from './data-folder.ts';

/** The questions that need the inbox. */
export type InboxInspection = Pick<Inspection, 'deliveries' | 'delivery' | 'rejections'>;

/** Asks the questions of `use` at `base`, else of the data folder; `told` is called with a line for people when it is the latter. */
export async function withInspection<T>(
  settings: Settings,
  base: string,
  told: (line: string) => void,
  use: (inspection: InboxInspection, running: boolean) => Promise<T>,
): Promise<T> {
  const running = await askApi<RejectionPage>(settings, base, '/api/rejections?limit=1');
  if (running !== undefined) return use(runningInspection(settings, base), true);
  return withDataFolder(settings, base, told, (store) => use(folderInspection(base, store), false));
}

/** The same questions over HTTP. */
function runningInspection(settings: Settings, base: string): InboxInspection {
  async function ask<T>(path: string, unknownCode?: string): Promise<T | null> {
    const answer = await askApi<T>(settings, base, path, { unknownCode });
    if (answer === undefined) throw new CommandError(`The Hookline at ${base} stopped answering`);
    return answer;
  }
  async function page<Page extends { next: number | null }>(path: string, query: DeliveryQuery): Promise<Page> {
    const answer = await ask<Omit<Page, 'next'> & { next: string | null }>(`${path}?${parametersOf(query)}`);
    const next = answer?.next ?? null;
    const before = next === null ? null : new URL(next, base).searchParams.get('before');
    return { ...answer, next: before === null ? null : Number(before) } as unknown as Page;
  }
  return {
    deliveries: (query) => page<DeliveryPage>('/api/deliveries', query),
    rejections: (query) => page<RejectionPage>('/api/rejections', query),
    async delivery(id) {
      const path = `/api/deliveries/${encodeURIComponent(id)}`;
      return (await ask<{ deliveries: ShownDeliveryView[] }>(path, 'delivery_unknown')) ?? { deliveries: [] };
    },
  };
}

function parametersOf({ source, status, since, limit, beforeRow }: DeliveryQuery): string {
  const parameters = new URLSearchParams({ limit: String(limit) });
  if (source !== undefined) parameters.set('source', source);
  if (status !== undefined) parameters.set('status', status);
  if (since !== undefined) parameters.set('since', new Date(since).toISOString());
  if (beforeRow !== undefined) parameters.set('before', String(beforeRow));
  return parameters.toString();
}

/** The same questions of a store that no Hookline uses. */
function folderInspection(base: string, store: Store): InboxInspection {
  const catalog = { flows: new Map(), sources: new Map(), connections: new Map(), brokenSources: new Set<string>() };
  return createInspection({
    catalog: () => ({ ...catalog, problems: [] }),
    secrets: () => undefined,
    publicUrl: () => base,
    store,
  });
}
