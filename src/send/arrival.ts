// What became of a delivery that was posted: asked of the running Hookline, else worked out from the flows that are here.
import type { EventData } from '../../workflows/definition.ts';
import type { Catalog, Source } from '../flow/catalog.ts';
import { filterEvent, matchEvent } from '../flow/match.ts';
import { explainOutcome } from '../server/reasons.ts';
import { eventIdOf } from '../server/event-id.ts';
import type { EventView, ShownDeliveryView } from '../server/inspect-views.ts';
import type { SignedDelivery } from './signed-delivery.ts';

/** One event of the delivery, and what it starts. */
export interface ArrivedEvent {
  id?: string;
  type: string;
  /** `FLOW` or, as the running Hookline says, `FLOW (started)` and its run's page. */
  flows: string[];
  /** Why it starts none. */
  why?: string;
}

/** What is known of the delivery. */
export interface Arrival {
  /** The running Hookline says so; otherwise the flows that are here do. */
  known: boolean;
  /** The same delivery came before, so nothing new was started. */
  repeated: boolean;
  events: ArrivedEvent[];
}

const ASK_WAIT_MS = 5_000;
const STATES = {
  waiting: 'waits',
  started: 'started',
  gathered: 'gathered',
  failed: 'refused by Temporal',
  skipped: 'skipped',
};

/** Asks the API of a running Hookline for a delivery; undefined when it cannot be asked or does not say. */
export async function askArrival(base: string, token: string | undefined, id: string): Promise<Arrival | undefined> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const signal = AbortSignal.timeout(ASK_WAIT_MS);
    const response = await fetch(`${base}/api/deliveries/${encodeURIComponent(id)}`, { headers, signal });
    if (!response.ok) return undefined;
    const { deliveries } = (await response.json()) as { deliveries: ShownDeliveryView[] };
    const [newest] = deliveries;
    return newest && arrivalOf(newest);
  } catch {
    return undefined; // The delivery is stored whether or not this can be asked.
  }
}

function arrivalOf({ source, events, repeats }: ShownDeliveryView): Arrival {
  return {
    known: true,
    repeated: repeats > 0 || events.length === 0,
    events: events.map((event) => ({
      id: event.id,
      type: event.type,
      flows: event.starts.map(({ flow, status, ui }) => `${flow} (${STATES[status]})${ui === null ? '' : ` ${ui}`}`),
      why: event.starts.length > 0 ? undefined : whyNone(event, source),
    })),
  };
}

function whyNone({ outcome, reason, woke }: EventView, source: string): string {
  const { sentence } = explainOutcome(outcome, source, woke.length > 0);
  const runs = woke.map(({ run }) => run).join(', ');
  return `${sentence}${reason === null ? '' : ` (${reason})`}${runs === '' ? '' : ` It woke ${runs}`}`;
}

/** What the flows here would start with it. */
export function expectedArrival(catalog: Catalog, source: Source, signed: SignedDelivery, nowMs: number): Arrival {
  const { inbound, deliveryId } = signed;
  const single = !signed.several && deliveryId !== undefined ? eventIdOf(source.name, deliveryId) : undefined;
  const events = signed.events.map(({ type, body }): ArrivedEvent => {
    const event: EventData = {
      id: single ?? '',
      type,
      source: source.name,
      time: new Date(nowMs).toISOString(),
      body,
      headers: signed.request.headers,
      query: inbound.query,
    };
    const verdict = filterEvent(source.if, event);
    const matches = verdict.outcome === 'matched' ? matchEvent(catalog, event) : [];
    const flows = matches.filter(({ outcome }) => outcome === 'matched').map(({ flow }) => flow.definition.flow);
    const outcome = matches[0]?.outcome ?? (verdict.outcome === 'matched' ? 'unmatched' : verdict.outcome);
    return {
      id: single,
      type,
      flows,
      why: flows.length > 0 ? undefined : explainOutcome(outcome, source.name).sentence,
    };
  });
  return { known: false, repeated: false, events };
}
