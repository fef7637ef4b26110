// What starts a flow, in words for a box. Pure.
import type { Trigger } from '../flow/catalog.ts';
import { durationText, listText, shortText } from './texts.ts';

/** The lines of the box of a trigger. */
export function triggerLines(trigger: Trigger): string[] {
  const filter = trigger.if === undefined ? [] : [`only if ${shortText(trigger.if)}`];
  return [kindText(trigger), ...(trigger.events === undefined ? [] : [listText(trigger.events)]), ...filter];
}

function kindText({ kind, source, schedule, respond }: Trigger): string {
  if (kind === 'manual') return 'started by hand';
  if (schedule?.cron !== undefined) return `at ${schedule.cron} (${schedule.timezone})`;
  if (schedule?.everyMs !== undefined) return `every ${durationText(schedule.everyMs)}`;
  if (source === undefined) return kind;
  return shortText(`/hooks/${source}${respond === 'result' ? ', answered with the result' : ''}`);
}
