// One delivery with everything that is kept of it, as a person reads it. Text only; it asks nobody.
import { explainOutcome, explainStart, explainWait } from '../server/reasons.ts';
import type { BytesView, EventView, ShownDeliveryView, StartView, StartWaitView } from '../server/inspect-views.ts';
import { counted, json, printable, printableLines, shortTime } from './printing.ts';

/** Longer bodies are cut; `--json` has all of it. */
const BODY_CHARACTERS_MAX = 4_000;

/** @param whyWaiting why starts wait now, where that is known. */
export function deliveryText(delivery: ShownDeliveryView, whyWaiting: string | undefined): string {
  const { source, deliveryId, receivedAt, method, contentType, bodyBytes, events, eventsTotal } = delivery;
  const lines = [
    `Delivery ${printable(deliveryId)} of source ${source}: ${delivery.status}`,
    `  received  ${shortTime(receivedAt)}, ${printable(`${method} ${contentType}`)}, ${counted(bodyBytes, 'byte')}`,
    ...repeatLines(delivery),
    ...events.flatMap((event) => ['', ...eventLines(event, source, whyWaiting)]),
  ];
  if (eventsTotal === 0)
    lines.push('', 'Each of its events came before in another delivery, so that it starts nothing.');
  if (eventsTotal > events.length) lines.push('', `… and ${counted(eventsTotal - events.length, 'more event')}.`);
  lines.push('', 'Headers', ...fieldLines(delivery.headers));
  if (Object.keys(delivery.query).length > 0) lines.push('Query', ...fieldLines(delivery.query));
  lines.push('Body', ...bodyLines(delivery.body));
  return lines.join('\n');
}

function repeatLines({ repeats, repeatedAt }: ShownDeliveryView): string[] {
  if (repeats === 0) return [];
  const last = repeatedAt === null ? '' : `, last at ${shortTime(repeatedAt)}`;
  return [`  repeats   it came again ${counted(repeats, 'time')}${last}; a repeat is acknowledged and starts nothing`];
}

function eventLines(event: EventView, source: string, whyWaiting: string | undefined): string[] {
  const lines = [`Event ${printable(event.id)}, type ${printable(event.type)}: ${event.outcome}`];
  const woken = event.woke.map(({ run, ui }) => `  Woke the run ${printable(run)}${ui === null ? '' : `  ${ui}`}`);
  if (event.outcome === 'matched')
    return [...lines, ...event.starts.flatMap((start) => startLines(start, whyWaiting)), ...woken];
  const { sentence, remedy } = explainOutcome(event.outcome, source, woken.length > 0);
  lines.push(`  ${sentence}`);
  if (event.reason !== null) lines.push(`  Reason: ${printable(event.reason)}`);
  if (remedy !== '') lines.push(`  → ${remedy}`, `  → hookline sources lists who listens to ${source}.`);
  return [...lines, ...woken];
}

function startLines(start: StartView, whyWaiting: string | undefined): string[] {
  const { flow, status, attempts, error, waits, run, ui } = start;
  const { sentence, remedy } = explainStart(status);
  const lines = [`  Flow ${flow}: ${status}. ${waits === null ? sentence : waitText(waits)}`];
  // Of a start that was skipped there is no run to look at, and never will be.
  if (status !== 'skipped') lines.push(`    Temporal workflow id ${printable(run)}${ui === null ? '' : `  ${ui}`}`);
  if (attempts > 0) lines.push(`    Tried ${counted(attempts, 'time')}.`);
  if (error !== null) lines.push(`    ${status === 'skipped' ? 'Reason' : 'Error'}: ${printable(error)}`);
  if (waits !== null) return lines;
  if (status === 'waiting' && whyWaiting !== undefined) lines.push(`    ${printable(whyWaiting)}`);
  if (remedy !== '') lines.push(`    → ${remedy}`);
  return lines;
}

function waitText({ for: kind, ahead, until }: StartWaitView): string {
  if (kind === 'debounce' || kind === 'batch') {
    const unless = kind === 'debounce' ? 'unless another comes' : 'at the latest';
    const due = until === null ? '' : `; it starts at ${shortTime(until)}, ${unless}`;
    return `${explainWait(kind)} ${counted(ahead, 'event')} so far${due}.`;
  }
  const first = `${explainWait(kind)} ${counted(ahead, kind === 'rate' ? 'start' : 'run')} ahead`;
  return until === null ? `${first}.` : `${first}, it starts at ${shortTime(until)}.`;
}

function fieldLines(fields: Record<string, string | string[]>): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((each) => `  ${printable(name)}: ${printable(each)}`),
  );
}

function bodyLines(body: BytesView | null): string[] {
  if (body === null) return ['  (deleted by age)'];
  if ('base64' in body) return cutLines(body.base64, 'base64');
  if (body.text === '') return ['  (none)'];
  return cutLines(prettyBody(body.text), 'text');
}

function prettyBody(text: string): string {
  try {
    return json(JSON.parse(text));
  } catch {
    return text;
  }
}

function cutLines(text: string, form: string): string[] {
  const shown = printableLines(text.slice(0, BODY_CHARACTERS_MAX));
  const lines = shown.split('\n').map((line) => `  ${line}`);
  if (text.length <= BODY_CHARACTERS_MAX) return lines;
  return [...lines, `  … cut: ${BODY_CHARACTERS_MAX} of ${text.length} characters (${form}); --json has all of it`];
}
