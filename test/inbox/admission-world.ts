// What happens around an inbox, in any order and as late as it likes: events, claims, runs that begin and end, outcomes that come twice,
// crashes, clocks that are set back, people who edit flows and drop starts. Each thing that happens is one function.
import type { StartAdmission, StartOutcome } from '../../src/inbox/store.ts';
import { openAdmissionLab, type AdmissionLab, type Process } from './admission-lab.ts';
import { createEditedFlows, type Random } from './admission-flows.ts';
import { createRuns, type Run, type RunnableStart, type Runs } from './admission-runs.ts';

const LEASE_MS = 600;
/** Temporal's last commits that a crash may take. */
const LOST_MS = 300;
/** Starts of so long ago are sent again after a crash. */
const SENT_AGAIN_MS = 20_000;
const CLAIMED_MAX = 5;
const HOLDERS_MAX = 10;

export interface World {
  lab: AdmissionLab;
  runs: Runs;
  /** Something happens. */
  step(): void;
  /** Nothing new comes; all that is on its way arrives, and runs end, until nothing is left to do. False when that never comes. */
  drain(): boolean;
}

export function createWorld(random: Random): World {
  const lab = openAdmissionLab();
  const runs = createRuns();
  const flows = createEditedFlows(random);
  /** Real time, and how far the clock is behind it. */
  let [real, behind] = [Date.now() + 86_400_000, 0];
  let [deliveries, lastSeen] = [0, 0];
  let [mustRecover, mustBringForward] = [false, false];
  let claimed: RunnableStart[] = [];
  let outcomes: StartOutcome[] = [];
  const releases: string[] = [];
  lab.call('receiver', 'putDefinition', 'hash-1', '{}');

  const clock = (): number => real - behind;
  const anybody = (): Process => (random(3) === 0 ? 'worker' : 'receiver');
  const take = <T>(from: T[]): T | undefined => from.splice(random(from.length), 1)[0];

  function arrived(): void {
    const rows = lab.rows<Omit<RunnableStart, 'admission'> & { admission: string | null }>(
      `SELECT starts.id, event_id AS eventId, flow, admission FROM starts JOIN events ON events.id = event
       WHERE starts.id > ${lastSeen} ORDER BY starts.id`,
    );
    for (const { admission, ...start } of rows) {
      lastSeen = start.id;
      runs.arrived(admission === null ? start : { ...start, admission: JSON.parse(admission) as StartAdmission });
    }
  }

  function accept(): void {
    // Requests are stored in another order than they came in, and some come twice.
    const id = deliveries > 0 && random(8) === 0 ? deliveries : (deliveries += 1);
    const row = flows.delivery(`d${id}`, clock() - random(2) * random(400));
    lab.call(anybody(), 'accept', [row], Buffer.from('{}'));
    arrived();
  }

  function keep(rows: { id: number; eventId: string; flow: string; admission: string | null }[]): void {
    for (const { id, eventId, flow, admission } of rows) {
      const parsed = admission === null ? {} : { admission: JSON.parse(admission) as StartAdmission };
      claimed.push({ id, eventId, flow, ...parsed });
    }
  }

  function claim(limit = 1 + random(CLAIMED_MAX)): void {
    if (!mustRecover) keep(lab.call('receiver', 'claimStarts', limit, LEASE_MS, clock()));
  }

  /** The receiver starts runs itself, whose senders wait; also before it was found out that the last stop was unclean. */
  function claimForSender(): void {
    const event = `d${Math.max(1, deliveries - random(6))}~0`;
    for (const flow of ['slots', 'both', 'places', 'plain']) {
      const row = lab.call('receiver', 'claimStart', event, flow, LEASE_MS, clock());
      if (row !== null) keep([row]);
    }
  }

  function begin(start: RunnableStart): void {
    const { id } = start;
    if (id % 17 === 0) return void outcomes.push({ id, state: 'parked', error: 'too large' });
    const chance = random(8);
    if (chance === 0) return void outcomes.push({ id, state: 'pending', retryAt: clock() });
    const away = { id, state: 'pending', error: 'away', retryAt: clock() + random(300) } as const;
    if (chance === 1) return void outcomes.push(away);
    const already = runs.begin(start, real) === 'already';
    // What came of it is not always known.
    outcomes.push(chance === 2 ? away : { id, state: 'started', ...(already && { already }) });
  }

  function settle(outcome: StartOutcome | undefined): void {
    if (outcome === undefined) return;
    lab.call('receiver', 'settleStarts', [outcome], clock());
    if (random(6) === 0) outcomes.push(outcome);
  }

  function end(run: Run): void {
    runs.end(run);
    // One that is terminated tells nobody.
    if (random(4) === 0) return;
    releases.push(run.workflowId);
    if (random(4) === 0) releases.push(run.workflowId);
    if (random(2) === 0) release();
  }

  function release(): void {
    const workflowId = take(releases);
    if (workflowId !== undefined) lab.call(anybody(), 'releaseSlots', workflowId, clock());
  }

  function sweep(anyBefore = clock() - 5_000): void {
    if (mustRecover) return;
    if (mustBringForward) lab.call('receiver', 'bringForward', clock());
    mustBringForward = false;
    const question = { wantedBefore: clock(), anyBefore, limit: HOLDERS_MAX };
    const holders = lab.call('receiver', 'holdersToCheck', question);
    for (const { workflowId, cancel } of holders) {
      const run = runs.get(workflowId);
      const over = run === undefined || run.isOver;
      if (!over && cancel) run.isCancelled = true;
      lab.call('receiver', 'settleHolders', [{ workflowId, over }], clock());
    }
    lab.call('receiver', 'pruneSlots', clock());
  }

  function unwanted(): void {
    const eventId = `d${Math.max(1, deliveries - random(4))}~${random(2)}`;
    const flow = ['slots', 'both', 'places'][random(3)]!;
    if (random(2) === 0) lab.call(anybody(), 'withdrawStart', { eventId, flow, reason: 'unwanted' }, clock());
    else lab.call('receiver', 'dropStarts', { of: 'event', id: eventId, flow }, 'dropped', clock());
  }

  /** The receiver is killed, and sometimes Temporal with it. */
  function crash(): void {
    [claimed, outcomes] = [[], []];
    lab.restart('receiver');
    mustRecover = true;
    if (random(2) === 0) runs.lose(real - LOST_MS);
  }

  function recover(): void {
    if (mustRecover) lab.call('receiver', 'reopenStarts', clock() - SENT_AGAIN_MS, clock());
    mustRecover = false;
  }

  function setClockBack(): void {
    // Not between a crash and what is done after it: what was on its way then is known by its time only.
    if (mustRecover) return;
    behind += random(3_000);
    mustBringForward = true;
  }

  function prune(): void {
    const before = clock() - 30_000;
    const first = { receivedAt: 0, id: 0 };
    for (const hasBody of [0, 1] as const) lab.call('receiver', 'pruneDeliveries', hasBody, before, first);
    lab.call('receiver', 'pruneBodies', clock() - 5_000, first);
    lab.call('receiver', 'pruneGatherings', before);
  }

  function endSome(): void {
    const live = runs.live();
    const run = live.find(({ isCancelled }) => isCancelled) ?? live[random(live.length)];
    if (run !== undefined) end(run);
  }

  function beginSome(): void {
    const start = take(claimed);
    if (start !== undefined) begin(start);
  }

  function close(): void {
    lab.call('receiver', 'closeGatherings', clock());
    arrived();
  }

  /** How often each happens, beside the others. */
  const happenings: [number, () => void][] = [
    [10, accept],
    [10, () => claim()],
    [4, claimForSender],
    [12, beginSome],
    [10, () => settle(take(outcomes))],
    [8, endSome],
    [3, release],
    [3, () => sweep()],
    [3, close],
    [3, () => flows.edit()],
    [2, unwanted],
    [1, crash],
    [2, recover],
    [1, setClockBack],
    [1, prune],
    [1, () => lab.restart('worker')],
  ];
  const sum = happenings.reduce((total, [weight]) => total + weight, 0);

  function step(): void {
    real += random(2) * random(250);
    let at = random(sum);
    const chosen = happenings.find(([weight]) => (at -= weight) < 0)!;
    chosen[1]();
  }

  function isDone(): boolean {
    const left = lab.rows<{ left: number }>(
      `SELECT (SELECT count(*) FROM starts WHERE state = 'pending') + (SELECT count(*) FROM slots)
         + (SELECT count(*) FROM gatherings WHERE closed_at IS NULL) AS left`,
    );
    return left[0]!.left === 0 && claimed.length + outcomes.length + releases.length === 0;
  }

  /** Rounds of a second each, far more than all that waits can need. */
  const DRAINING_ROUNDS_MAX = 2_000;

  function drain(): boolean {
    for (let round = 0; round < DRAINING_ROUNDS_MAX && !isDone(); round += 1) {
      real += PAUSE_MS;
      recover();
      claim(1_000);
      while (claimed.length > 0) beginSome();
      while (outcomes.length > 0) settle(take(outcomes));
      while (runs.live().length > 0) endSome();
      while (releases.length > 0) release();
      sweep(clock());
      close();
    }
    return isDone();
  }

  return { lab, runs, step, drain };
}

/** Between two rounds of what is left to do. */
const PAUSE_MS = 500;
