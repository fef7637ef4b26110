// Drops starts that people do not want: of one event or delivery, or all of a flow that wait or failed. The API and the command line do
// it alike. What may be on its way to Temporal is left, and said.
import type { DroppableState, DroppedStart, StartsToDrop } from '../inbox/slots.ts';
import type { Store } from '../inbox/store.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';
import { START_STATUS } from './inspect-views.ts';
import { explainKept, type StartStatus } from './reasons.ts';

/** Which starts of a flow: statuses of `hookline deliveries`. */
export const DROP_STATUSES = ['waiting', 'failed'] as const satisfies readonly StartStatus[];
export type DropStatus = (typeof DROP_STATUSES)[number];

/** One start that was to be dropped. `why`: for what reason it was left. */
export interface DroppedView {
  event: string;
  flow: string;
  run: string;
  status: StartStatus;
  dropped: boolean;
  why: string | null;
}

/** What came of dropping by an id. `ambiguous`: the id means deliveries of several sources, of which none was touched. */
export type DropById = { starts: DroppedView[] } | 'unknown' | { ambiguous: string[] };

/** What came of dropping those of a flow. `left`: they were being started. */
export interface DropOfFlow {
  dropped: number;
  left: number;
}

export interface Drops {
  /** @param id an event's id, or the sender's delivery id: then all its events. */
  byId(id: string, flow: string | undefined, reason: string): Promise<DropById>;
  ofFlow(flow: string, status: DropStatus, reason: string): Promise<DropOfFlow>;
  /** How many of a flow can be dropped now. */
  count(flow: string, status: DropStatus): Promise<number>;
}

export interface DropsDeps {
  store: Pick<Store, 'dropStarts' | 'countDroppable' | 'findDeliveries' | 'hasEvent'>;
  /** Unix time in milliseconds. */
  clock(): number;
}

const STATES: Record<DropStatus, DroppableState> = { waiting: 'waiting', failed: 'parked' };

/** What people are told of a dropped start where nobody said why. */
export const DROP_REASON_DEFAULT = 'dropped by hand';
/** Longer reasons are refused. */
export const DROP_REASON_CHARACTERS_MAX = 500;

/** Makes what drops starts of one store. */
export function createDrops({ store, clock }: DropsDeps): Drops {
  async function* pages(starts: StartsToDrop, reason: string): AsyncGenerator<DroppedStart[]> {
    let before: number | undefined;
    for (;;) {
      const page = await store.dropStarts({ ...starts, before }, reason, clock());
      if (page.length === 0) return;
      yield page;
      before = page.at(-1)!.row;
    }
  }

  async function all(starts: StartsToDrop, reason: string): Promise<DropById> {
    const views: DroppedView[] = [];
    for await (const page of pages(starts, reason)) views.push(...page.map(viewOf));
    return { starts: views };
  }

  return {
    async byId(id, flow, reason) {
      if (await store.hasEvent(id)) return all({ of: 'event', id, flow }, reason);
      const [found, ...others] = await store.findDeliveries(id);
      if (found === undefined) return 'unknown';
      if (others.length > 0) return { ambiguous: [found, ...others].map(({ source }) => source) };
      return all({ of: 'delivery', id: found.row, flow }, reason);
    },
    async ofFlow(flow, status, reason) {
      const result: DropOfFlow = { dropped: 0, left: 0 };
      for await (const page of pages({ of: STATES[status], flow }, reason)) {
        for (const { dropped } of page) result[dropped ? 'dropped' : 'left'] += 1;
      }
      return result;
    },
    count: (flow, status) => store.countDroppable(STATES[status], flow, clock()),
  };
}

function viewOf({ eventId, flow, dropped, state }: DroppedStart): DroppedView {
  const status = START_STATUS[state];
  const why = dropped ? null : explainKept(status);
  return { event: eventId, flow, run: workflowIdOf(flow, eventId), status, dropped, why };
}
