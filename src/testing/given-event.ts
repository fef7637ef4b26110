// The event that a case begins with, and whether it starts the flow: through the same matching, schemas and providers as a
// request to a running Hookline, all but the proof of who sent it.
import type { EventData, Json, JsonObject } from '../../workflows/definition.ts';
import type { Catalog, LoadedFlow, Schedule, Source } from '../flow/catalog.ts';
import { filterEvent, matchEvent } from '../flow/match.ts';
import { eventIdOf } from '../server/event-id.ts';
import { checkOf, findSource, heldBackBy, mismatchText, readEvent, verdictText } from './read-event.ts';
import { batchOf, eventsOf } from './given-batch.ts';
import type { Given, TestCase } from './test-case.ts';

/** A start that is to be run, or why there is none. */
export type Started =
  | { event: EventData; respondWithinMs?: number }
  /** The event does not start the flow. */
  | { refused: string };

/** Id of a delivery whose sender names none. */
const DELIVERY_ID = 'test';
/** Source and type of runs started by hand. */
const MANUAL = 'manual';
/** Source and type of runs that a schedule starts. */
const SCHEDULE = 'schedule';

/** What the case's event, delivery or input starts. */
export function startOf(catalog: Catalog, flow: LoadedFlow, { given, startMs }: TestCase): Started {
  if (flow.admission?.batch === undefined) return eventStart(catalog, flow, given, startMs, DELIVERY_ID);
  const events = eventsOf(given);
  const starts = events.map((event, index) => {
    return eventStart(catalog, flow, event, startMs, events.length === 1 ? DELIVERY_ID : `${DELIVERY_ID}-${index + 1}`);
  });
  return batchOf(flow.definition.flow, starts, startMs);
}

/** What one event, delivery or input starts. `deliveryId`: its id where its sender names none. */
function eventStart(catalog: Catalog, flow: LoadedFlow, given: Given, startMs: number, deliveryId: string): Started {
  if (given.kind === 'input') return manualStart(flow, given.body, startMs);
  if (given.kind === 'schedule') return scheduledStart(flow, given.number, startMs);
  if (given.kind === 'nothing') {
    if (isManual(flow)) return manualStart(flow, {}, startMs);
    if (schedulesOf(flow).length > 0) return scheduledStart(flow, 1, startMs);
    return { refused: 'the case brings nothing: give it an `event`, a `delivery` or an `input`' };
  }
  const name = sourceName(flow, given.fields);
  const source = name === undefined ? undefined : findSource(catalog, name, given.kind);
  if (source === undefined) {
    const other = isManual(flow) ? '; give it an `input`' : '';
    return {
      refused: name === undefined ? `no trigger of the flow has a source${other}` : `there is no source \`${name}\``,
    };
  }
  const types = typesOf(flow, source.name);
  const event = readEvent(given, { source, types, deliveryId, time: startMs });
  return 'refused' in event ? event : matched(catalog, flow, source, event);
}

/** What the flow listens to, for those who brought something else. */
function listening({ triggers }: LoadedFlow): string {
  const heard = triggers.flatMap(({ source, events }) =>
    source === undefined
      ? []
      : [`${events?.map((type) => `\`${type}\``).join(', ') ?? 'any event'} from \`${source}\``],
  );
  return heard.length === 0 ? 'it has no trigger with a source' : `it listens to ${heard.join(', and to ')}`;
}

function isManual({ definition, triggers }: LoadedFlow): boolean {
  return definition.input !== undefined || triggers.some(({ kind }) => kind === 'manual');
}

function manualStart({ definition }: LoadedFlow, input: Json, startMs: number): Started {
  const body = structuredClone(input);
  const [mismatch] = definition.input === undefined ? [] : (checkOf(definition.input, true)(body) ?? []);
  if (mismatch !== undefined) return { refused: `the input does not follow \`input\`: ${mismatchText(mismatch)}` };
  const id = eventIdOf(MANUAL, definition.flow, DELIVERY_ID);
  const time = new Date(startMs).toISOString();
  return { event: { id, type: MANUAL, source: MANUAL, time, body, headers: {}, query: {} } };
}

function schedulesOf({ triggers }: LoadedFlow): Schedule[] {
  return triggers.flatMap(({ schedule }) => schedule ?? []);
}

/** As src/temporal/schedule-activities.ts makes it. `number`: which `schedule` trigger of the flow, from 1. */
function scheduledStart(flow: LoadedFlow, number: number, startMs: number): Started {
  const { definition } = flow;
  const schedule = schedulesOf(flow)[number - 1];
  if (schedule === undefined) return { refused: `the flow has no ${number}. \`schedule\` trigger` };
  const time = new Date(startMs).toISOString();
  const body = structuredClone(schedule.input);
  if (definition.input !== undefined) checkOf(definition.input, true)(body);
  const headers = { 'hookline-scheduled-at': time, 'hookline-schedule': String(number) };
  const id = eventIdOf(SCHEDULE, definition.flow, `${number}-${time.replace(/[-:]|\.\d+/g, '')}`);
  return { event: { id, type: SCHEDULE, source: SCHEDULE, time, body, headers, query: {} } };
}

function sourceName({ triggers }: LoadedFlow, fields: JsonObject): string | undefined {
  const named = fields['source'];
  return typeof named === 'string' ? named : triggers.find(({ source }) => source !== undefined)?.source;
}

/** Event types that the flow's triggers on this source name in full. */
function typesOf({ triggers }: LoadedFlow, source: string): string[] {
  const types = triggers.filter((trigger) => trigger.source === source).flatMap(({ events }) => events ?? []);
  return [...new Set(types)].filter((type) => !type.includes('*'));
}

/** As the receiver decides it: the source's schema and filter, then the triggers. */
function matched(catalog: Catalog, flow: LoadedFlow, source: Source, event: EventData): Started {
  const held = heldBackBy(source, event);
  if (held !== undefined) return { refused: held };
  const match = matchEvent(catalog, event).find((each) => each.flow === flow);
  if (match === undefined)
    return {
      refused: `no trigger takes events of type \`${event.type}\` from source \`${source.name}\`; ${listening(flow)}`,
    };
  if (match.outcome !== 'matched') {
    const filter = match.trigger.if;
    // Keys of `concurrency` and the like are asked after the filter.
    if (filterEvent(filter, event).outcome === 'matched') return { refused: match.reason ?? match.outcome };
    return { refused: `the filter of the trigger (\`if: ${filter}\`) ${verdictText(match)}` };
  }
  const { respond, respondWithinMs } = match.trigger;
  return respond === 'result' ? { event, respondWithinMs } : { event };
}
