// Brings the events of a case to its run when they are due, and knows what became of each. It judges nothing that it did not see.
import type { EventData, Json } from '../../workflows/definition.ts';
import { textsAt } from '../inbox/event-key.ts';
import { heldBackBy, readEvent } from './read-event.ts';
import type { StepOfRun } from './step-names.ts';
import type { Arrival } from './test-case.ts';
import { differentPath, type TestInbox, type Waiter } from './test-inbox.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface ArrivalParts {
  clock: VirtualClock;
  inbox: TestInbox;
  /** Positions of the events that runs of the case took. */
  taken(): number[];
  /** What the case calls a step. */
  nameOf(step: StepOfRun): string;
}

/** An event of the case that the run took although it was to ignore it, or did not take although it was to. */
export interface ArrivalFault {
  arrival: Arrival;
  note: string;
}

export interface Arrivals {
  /** A run registers a wait at this step. */
  waits(step: StepOfRun): void;
  /** What went otherwise than the case says; asked when the run has ended. */
  faults(): ArrivalFault[];
}

/** What became of an arrival. */
interface Fate {
  event?: EventData;
  position?: number | undefined;
  /** Why no run can have seen it. */
  refused?: string;
}

/** Sets the events of a case on their way; those from before the run are there already. */
export function createArrivals(arrivals: Arrival[], parts: ArrivalParts): Arrivals {
  if (arrivals.length === 0) return { waits: () => undefined, faults: () => [] };
  const { clock, inbox } = parts;
  const startedAt = clock.now();
  const fates = new Map<Arrival, Fate>();
  const seen = new Set<string>();
  const taken = new Set<number>();
  const look = (): void => {
    for (const position of parts.taken()) taken.add(position);
  };
  const arrive = (arrival: Arrival, time: number): void => {
    look();
    const fate = fateOf(arrival, time, `arrives-${fates.size + 1}`);
    fates.set(arrival, fate);
    if (fate.event === undefined) return;
    fate.position = inbox.accept(fate.event, time);
    if (fate.position === undefined) {
      fate.refused = `there is an event with its id (\`${fate.event.id}\`) already: a repeat is no new event`;
    }
    clock.notice();
  };
  const timed = arrivals.filter(({ step }) => step === undefined).toSorted((one, other) => one.ms - other.ms);
  for (const arrival of timed) {
    const time = startedAt + arrival.ms;
    if (arrival.ms < 0) arrive(arrival, time);
    else clock.at(time, () => arrive(arrival, time));
  }
  return {
    waits(waiting) {
      look();
      const step = parts.nameOf(waiting);
      if (seen.has(step)) return;
      seen.add(step);
      for (const arrival of arrivals) {
        if (arrival.step !== step) continue;
        const time = clock.now() + arrival.ms;
        clock.at(time, () => arrive(arrival, time));
      }
    },
    faults() {
      look();
      return arrivals.flatMap((arrival) => {
        const note = faultOf(arrival, fates.get(arrival), taken, () =>
          reasonOf(arrival, fates.get(arrival), seen, parts),
        );
        return note === undefined ? [] : [{ arrival, note }];
      });
    },
  };
}

function fateOf({ written, source, types }: Arrival, time: number, deliveryId: string): Fate {
  const event = readEvent(written, { source, types, deliveryId, time });
  if ('refused' in event) return event;
  const refused = heldBackBy(source, event);
  return refused === undefined ? { event } : { refused };
}

function faultOf(
  arrival: Arrival,
  fate: Fate | undefined,
  taken: Set<number>,
  reason: () => string,
): string | undefined {
  const { ignored } = arrival;
  if (fate?.position !== undefined && taken.has(fate.position)) {
    return ignored ? 'the run took the event, which it is to ignore' : undefined;
  }
  if (ignored) return undefined;
  return `${reason()}. If the run is to ignore it, say \`ignored: true\`.`;
}

/** Why nobody took the event. */
function reasonOf(
  { step }: Arrival,
  fate: Fate | undefined,
  seen: Set<string>,
  { inbox, nameOf }: ArrivalParts,
): string {
  if (fate === undefined) {
    return step === undefined || seen.has(step)
      ? 'the run had ended before the event came'
      : `the run never waited at \`${step}\`, so the event never came`;
  }
  if (fate.event === undefined || fate.refused !== undefined) return fate.refused ?? '';
  const { event } = fate;
  const head = `no step took the event (type \`${event.type}\`, source \`${event.source}\`)`;
  const [waiter] = inbox.waiters().toSorted((one, other) => nearness(other, event) - nearness(one, event));
  return `${head}: ${waiter === undefined ? 'the run waited for none' : whyNot(waiter, nameOf(waiter.caller), event)}`;
}

/** How much of what a wait asks for the event has. */
function nearness({ types, source, where }: Waiter, event: EventData): number {
  const named = (types.includes(event.type) ? 2 : 0) + (event.source === source ? 1 : 0);
  return named * 2 + (differentPath(event, { where }) === undefined ? 1 : 0);
}

function whyNot(waiter: Waiter, step: string, event: EventData): string {
  const { types, source, where, once } = waiter;
  if (!types.includes(event.type))
    return `step \`${step}\` waited for ${types.map((type) => `\`${type}\``).join(' or ')}`;
  if (event.source !== source) return `step \`${step}\` waited for one from source \`${source}\``;
  const different = differentPath(event, { where });
  if (different !== undefined) {
    const [path, text] = different;
    const [own] = textsAt(event as unknown as Json, [path]) ?? [];
    const found = own === undefined ? 'nothing is there' : `here it is ${JSON.stringify(own)}`;
    return `step \`${step}\` waited for one where \`${path}\` is ${JSON.stringify(text)}, and ${found}`;
  }
  if (Date.parse(event.time) < waiter.since) return `it came too early for step \`${step}\`: \`lookback\` reaches back`;
  return once
    ? `step \`${step}\` waited no more`
    : `step \`${step}\` waited no more, or its \`match\` did not hold for it`;
}
