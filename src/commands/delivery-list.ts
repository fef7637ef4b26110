// The lists of deliveries and rejections as a person reads them. Text only; it asks nobody.
import { explainOutcome } from '../server/reasons.ts';
import type { DeliveryPage, RejectionPage } from '../server/inspect.ts';
import type { DeliveryView, EventView, RejectionView, RunView, StartView } from '../server/inspect-views.ts';
import { counted, cut, printable, shortTime, table } from './printing.ts';

const HEAD = ['TIME', 'SOURCE', 'TYPE', 'STATUS', 'EVENT', 'WHAT RAN'];
const REJECTED_HEAD = ['TIME', 'SOURCE', 'STATUS', 'REASON', 'REQUEST'];
/** Of a delivery that carries many; `show` has more. */
const EVENTS_SHOWN_MAX = 3;
const CELL_CHARACTERS_MAX = 60;

/** The table, newest first, and what belongs to it. */
export function deliveryListText({ deliveries, rejected, next }: DeliveryPage): string {
  const rows = deliveries.flatMap(deliveryRows);
  const lines = rows.length === 0 ? ['No delivery is kept that fits.'] : [table(HEAD, rows), ''];
  if (rows.length > 0) {
    const more = next === null ? '' : ' (there are older ones: --limit, --since)';
    lines.push(
      `${counted(deliveries.length, 'delivery', 'deliveries')}${more}. Everything about one: hookline deliveries show EVENT`,
    );
  }
  const since = rejected.since === null ? '' : ` since ${shortTime(rejected.since)}`;
  lines.push(
    rejected.count === 0
      ? `No request was rejected${since}.`
      : `${counted(rejected.count, 'request was', 'requests were')} rejected${since}: hookline deliveries rejected`,
  );
  return lines.join('\n');
}

function deliveryRows(delivery: DeliveryView): string[][] {
  const shown = delivery.events.slice(0, EVENTS_SHOWN_MAX);
  const rows = shown.map((event) => [
    shortTime(delivery.receivedAt),
    delivery.source,
    cut(event.type, CELL_CHARACTERS_MAX),
    eventStatus(event),
    event.id,
    whatRan(event, delivery.source) + repeated(delivery),
  ]);
  const hidden = delivery.eventsTotal - shown.length;
  const head = [shortTime(delivery.receivedAt), delivery.source, '', delivery.status];
  if (delivery.eventsTotal === 0) {
    rows.push([
      ...head,
      cut(delivery.deliveryId, CELL_CHARACTERS_MAX),
      'nothing: its events came before, in another delivery',
    ]);
  }
  if (hidden > 0)
    rows.push([
      ...head,
      `… ${counted(hidden, 'more event')} of delivery`,
      cut(delivery.deliveryId, CELL_CHARACTERS_MAX),
    ]);
  return rows;
}

function eventStatus({ outcome, starts }: EventView): string {
  if (outcome !== 'matched') return outcome;
  return [...new Set(starts.map((start) => start.status))].join(', ') || outcome;
}

function whatRan({ outcome, reason, starts, woke }: EventView, source: string): string {
  const woken = woke.length === 0 ? [] : [wokeText(woke)];
  if (outcome === 'matched') return [...starts.map(startText), ...woken].join('; ');
  if (woken.length > 0) return woken[0]!;
  return `nothing: ${reason === null ? explainOutcome(outcome, source).sentence : cut(reason, CELL_CHARACTERS_MAX)}`;
}

function wokeText([first, ...others]: RunView[]): string {
  return `woke ${first!.run}${others.length === 0 ? '' : ` and ${counted(others.length, 'more run')}`}`;
}

function startText({ status, run, flow, attempts, error, waits }: StartView): string {
  const why = error === null ? '' : `: ${cut(error, CELL_CHARACTERS_MAX)}`;
  if (status === 'started') return `run ${run}`;
  if (status === 'gathered') return `in the run ${run}`;
  if (status === 'failed') return `${flow} was refused${why}`;
  if (status === 'skipped') return `${flow} was skipped`;
  if (waits !== null) return `${flow} waits for ${waits.for}`;
  return `${flow} waits${attempts === 0 ? '' : ` (${counted(attempts, 'try', 'tries')}${why})`}`;
}

function repeated({ repeats }: DeliveryView): string {
  return repeats === 0 ? '' : ` (came again ${counted(repeats, 'time')})`;
}

/** The table, then each reason in it once, in words. */
export function rejectionListText({ rejections, notKept, next }: RejectionPage): string {
  const lines =
    rejections.length === 0
      ? ['No rejected request is kept that fits.']
      : [table(REJECTED_HEAD, rejections.map(rejectionRow)), ''];
  const reasons = new Map(rejections.map((rejection) => [rejection.reason, rejection]));
  for (const [reason, { sentence, remedy }] of reasons)
    lines.push(`${printable(reason)}: ${sentence}`, `  → ${remedy}`);
  if (next !== null) lines.push('', 'There are older ones: --limit, --since, --source.');
  if (notKept !== null && notKept.count > 0) {
    lines.push(
      '',
      `${notKept.count} more since ${shortTime(notKept.since)} were counted and not kept: of a flood a sample is kept.`,
    );
  }
  return lines.join('\n');
}

function rejectionRow({ at, source, status, reason, method, address, bodyBytes, bodyStart }: RejectionView): string[] {
  const start = 'text' in bodyStart ? bodyStart.text : `(base64) ${bodyStart.base64}`;
  const body = bodyBytes === 0 ? 'no body' : `${counted(bodyBytes, 'byte')}: ${cut(start, CELL_CHARACTERS_MAX)}`;
  return [
    shortTime(at),
    cut(source, CELL_CHARACTERS_MAX),
    String(status),
    reason,
    `${method} from ${address}, ${body}`,
  ];
}
