// Every event of a batch is in exactly one run, and of every quiet period exactly the last event runs: for random events and times,
// whoever closes late or not at all, and wherever in a transaction the process dies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StartAdmission } from '../../src/inbox/store.ts';
import { NOW } from '../contract/deliveries.ts';
import { deliveryRow, openGatheringLab, type GatheringLab } from './gathering-lab.ts';

const PERIOD_MS = 1_000;
const MAX_MS = 2_500;
const SIZE = 3;
const KEYS = ['one', 'two'];
const BODY = Buffer.from('{}');

/** What happens after so many milliseconds: a delivery, or somebody looks for what is due. `cutAfter`: it dies on the way, and is tried again. */
type Happening = { afterMs: number; cutAfter: number | undefined } & (
  { kind: 'delivery'; key: number; events: number; again: boolean } | { kind: 'look' }
);

const afterMs = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 900, max: 1_100 }), fc.constant(0));
const cutAfter = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 2 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('delivery' as const),
      afterMs,
      cutAfter,
      key: fc.nat(KEYS.length - 1),
      events: fc.integer({ min: 1, max: 4 }),
      again: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), afterMs, cutAfter }) },
);

interface Stored {
  id: string;
  key: string;
  at: number;
}

/** Lets it all happen; returns what was acknowledged, in the order of storing. */
function play(lab: GatheringLab, happenings: Happening[], admissionOf: (key: string) => StartAdmission): Stored[] {
  const stored: Stored[] = [];
  let now = NOW;
  for (const [index, next] of happenings.entries()) {
    now += next.afterMs;
    if (next.kind === 'look') {
      const died = lab.run((operations) => operations.closeGatherings(now), next.cutAfter);
      if (died) lab.run((operations) => operations.closeGatherings(now));
      continue;
    }
    const key = KEYS[next.key]!;
    const ids = Array.from({ length: next.events }, (_, number) => `e${index}-${number}`);
    const row = deliveryRow(`d${index}`, now, ids, admissionOf(key));
    const times = next.again ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      // A sender that got no answer sends again.
      const died = lab.run((operations) => operations.accept([row], BODY), time === 0 ? next.cutAfter : undefined);
      if (died) lab.run((operations) => operations.accept([row], BODY));
    }
    stored.push(...ids.map((id) => ({ id, key, at: now })));
  }
  return stored;
}

/** The events of each gathering of one key, by the rule alone: nobody's looking changes it. */
function expected(events: Stored[], dueOf: (first: number, last: number) => number, size: number): string[][] {
  const gatherings: { ids: string[]; first: number; last: number }[] = [];
  for (const { id, at } of events) {
    const open = gatherings.at(-1);
    if (open === undefined || open.ids.length >= size || dueOf(open.first, open.last) <= at) {
      gatherings.push({ ids: [id], first: at, last: at });
      continue;
    }
    open.ids.push(id);
    open.last = at;
  }
  return gatherings.map(({ ids }) => ids);
}

function closeAll(lab: GatheringLab): void {
  for (let next: number | null = 0; next !== null;) {
    lab.run((operations) => (next = operations.closeGatherings(NOW + 86_400_000).nextDueAt));
  }
}

function inKeys(stored: Stored[], of: (events: Stored[]) => string[][]): string[] {
  return KEYS.flatMap((key) => of(stored.filter((event) => event.key === key)))
    .map(String)
    .toSorted();
}

function check(
  happenings: Happening[],
  admissionOf: (key: string) => StartAdmission,
  verify: (lab: GatheringLab, stored: Stored[]) => void,
): void {
  const lab = openGatheringLab();
  try {
    const stored = play(lab, happenings, admissionOf);
    closeAll(lab);
    verify(lab, stored);
  } finally {
    lab.dispose();
  }
}

test('batches: every event is in exactly one run, in order, with those of its time', () => {
  const admissionOf = (key: string): StartAdmission => ({ batch: { key, size: SIZE, periodMs: PERIOD_MS } });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
      check(happenings, admissionOf, (lab, stored) => {
        const rule = inKeys(stored, (events) => expected(events, (first) => first + PERIOD_MS, SIZE));
        const starts = lab.starts();
        assert.deepEqual(starts.map(({ holds }) => String(holds)).toSorted(), rule);
        assert.equal(new Set(starts.map(({ event }) => event)).size, starts.length);
      });
    }),
    { numRuns: 40 },
  );
});

test('debounces: the last event of every quiet period runs, and no other', () => {
  const admissionOf = (key: string): StartAdmission => ({ debounce: { key, periodMs: PERIOD_MS, maxMs: MAX_MS } });
  const dueOf = (first: number, last: number): number => Math.min(last + PERIOD_MS, first + MAX_MS);
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
      check(happenings, admissionOf, (lab, stored) => {
        const rule = inKeys(stored, (events) => expected(events, dueOf, Number.POSITIVE_INFINITY));
        assert.deepEqual(
          lab
            .gatherings()
            .map(({ events }) => String(events))
            .toSorted(),
          rule,
        );
        const lasts = rule.map((ids) => ids.split(',').at(-1)!);
        assert.deepEqual(
          lab
            .starts()
            .map(({ event }) => event)
            .toSorted(),
          lasts.toSorted(),
        );
      });
    }),
    { numRuns: 40 },
  );
});

test('a clock that is set back and forth loses and repeats nothing', () => {
  const anyTime = happening.map((each) => ({ ...each, afterMs: each.afterMs * (each.afterMs % 3 === 0 ? -20 : 10) }));
  const admissionOf = (key: string): StartAdmission =>
    key === 'one'
      ? { batch: { key, size: SIZE, periodMs: PERIOD_MS } }
      : { debounce: { key, periodMs: PERIOD_MS, maxMs: MAX_MS } };
  fc.assert(
    fc.property(fc.array(anyTime, { maxLength: 25 }), (happenings) => {
      check(happenings, admissionOf, (lab, stored) => {
        const gatherings = lab.gatherings();
        assert.deepEqual(gatherings.flatMap(({ events }) => events).toSorted(), stored.map(({ id }) => id).toSorted());
        const runs = gatherings.map(({ kind, events, run }) => (kind === 'batch' ? run : events.at(-1)!));
        assert.deepEqual(
          lab
            .starts()
            .map(({ event }) => event)
            .toSorted(),
          runs.toSorted(),
        );
        for (const { event, holds } of lab.starts()) {
          if (holds !== null) assert.deepEqual(holds, gatherings.find(({ run }) => run === event)!.events);
        }
      });
    }),
    { numRuns: 30 },
  );
});

test('a process that dies between any two statements of a closing has closed nothing, or all', () => {
  const admission: StartAdmission = { batch: { key: '', size: 100, periodMs: PERIOD_MS } };
  for (let cut = 0; ; cut += 1) {
    const lab = openGatheringLab();
    try {
      lab.run((operations) => operations.accept([deliveryRow('d', NOW, ['a', 'b'], admission)], BODY));
      const died = lab.run((operations) => operations.closeGatherings(NOW + PERIOD_MS), cut);
      assert.equal(lab.starts().length, died ? 0 : 1);
      lab.run((operations) => operations.accept([deliveryRow('late', NOW + PERIOD_MS, ['c'], admission)], BODY));
      closeAll(lab);
      assert.deepEqual(
        lab.starts().map(({ holds }) => holds),
        [['a', 'b'], ['c']],
      );
      if (!died) return assert.ok(cut >= 4, `${cut} statements`);
    } finally {
      lab.dispose();
    }
  }
});
