// What people may ask of a Hookline: its sources, what came in, what became of it and what was refused. The API and the command line
// answer from here alike. It changes nothing.
import type { DroppedRejections } from '../inbox/rejections.ts';
import type { DeliveryQuery, Store } from '../inbox/store.ts';
import { sourceViews, type SourcesPart, type SourceView } from './inspect-sources.ts';
import {
  deliveryView,
  isoTime,
  rejectionView,
  shownDeliveryView,
  type DeliveryView,
  type RejectionView,
  type RunLink,
  type ShownDeliveryView,
} from './inspect-views.ts';

/** A page, newest first. `next` is `before` of the next page, null at the end. */
export interface DeliveryPage {
  deliveries: DeliveryView[];
  /** Requests refused in the time that the page covers (`since` null: as long as any are kept), of the same source. */
  rejected: { count: number; since: string | null };
  next: number | null;
}

export interface RejectionPage {
  rejections: RejectionView[];
  /** Refused, but only counted: the record is a sample of a flood. Null where that count is not known. */
  notKept: { count: number; since: string } | null;
  next: number | null;
}

export interface Inspection {
  deliveries(query: DeliveryQuery): Promise<DeliveryPage>;
  /** Those that an event's id or a sender's delivery id means, newest first; none when it is unknown. */
  delivery(id: string): Promise<{ deliveries: ShownDeliveryView[] }>;
  rejections(query: Omit<DeliveryQuery, 'status'>): Promise<RejectionPage>;
  sources(): Promise<{ sources: SourceView[]; errors: number }>;
}

export interface InspectionDeps extends Omit<SourcesPart, 'store'> {
  store: Pick<Store, 'listDeliveries' | 'findDeliveries' | 'listRejections' | 'countRejections' | 'get'>;
  /** Absent where no receiver runs in this process. */
  droppedRejections?(): DroppedRejections;
  runLink?: RunLink;
}

/** Makes the answers to every question. */
export function createInspection(deps: InspectionDeps): Inspection {
  const { store, runLink = () => undefined } = deps;
  return {
    async deliveries(query) {
      const { rows, next } = await page(query, (bounded) => store.listDeliveries(bounded));
      const since = query.since ?? (next === null ? undefined : rows.at(-1)?.receivedAt);
      const count = await store.countRejections({ source: query.source, since });
      return {
        deliveries: rows.map((row) => deliveryView(row, runLink)),
        rejected: { count, since: since === undefined ? null : isoTime(since) },
        next,
      };
    },
    async delivery(id) {
      return { deliveries: (await store.findDeliveries(id)).map((row) => shownDeliveryView(row, runLink)) };
    },
    async rejections(query) {
      const { rows, next } = await page(query, (bounded) => store.listRejections(bounded));
      const dropped = deps.droppedRejections?.();
      return {
        rejections: rows.map(rejectionView),
        notKept: dropped === undefined ? null : { count: dropped.count, since: isoTime(dropped.since) },
        next,
      };
    },
    sources: () => sourceReport(deps),
  };
}

/** The sources, and how many errors the flow files have: a flow with errors is in no list. */
export async function sourceReport(part: SourcesPart): Promise<{ sources: SourceView[]; errors: number }> {
  const errors = part.catalog().problems.filter((problem) => problem.severity === 'error').length;
  return { sources: await sourceViews(part), errors };
}

/** One row more than asked for tells whether there is another page. */
async function page<Row extends { row: number }>(
  query: DeliveryQuery,
  list: (query: DeliveryQuery) => Promise<Row[]>,
): Promise<{ rows: Row[]; next: number | null }> {
  const found = await list({ ...query, limit: query.limit + 1 });
  const rows = found.slice(0, query.limit);
  return { rows, next: found.length > query.limit ? (rows.at(-1)?.row ?? null) : null };
}
