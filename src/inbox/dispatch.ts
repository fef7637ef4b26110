// Drains the inbox into Temporal: claims starts, asks for their runs, records what came of it. It holds the number of open runs bounded
// and never decides that a start is done unless Temporal said so.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createAlarms } from './dispatch-alarms.ts';
import { createClaims } from './dispatch-claims.ts';
import { createOutage } from './dispatch-outage.ts';
import { createPlaces } from './dispatch-places.ts';
import { createPressure } from './dispatch-pressure.ts';
import { createSettling } from './dispatch-settling.ts';
import { createWindow } from './dispatch-window.ts';
import type { StartResult, StartRun } from './start-run.ts';
import type { ClaimedStart, Store } from './store.ts';

export interface DispatcherOptions {
  store: Pick<Store, 'claimStarts' | 'settleStarts'>;
  startRun: StartRun;
  logger: Logger;
  /** Most runs open (started here, neither finished nor waiting) at once; the dispatcher begins with at most 16 and adapts. */
  openRunsMax?: number;
  /**
   * False when runs execute in other processes, so that nobody calls `runSettled`: then runs hold no place, and only the starts on
   * their way are bounded.
   */
  runsHere?: boolean;
  /** How many workflow tasks the worker could take now; starts on their way stay below it. */
  freeSlots?: () => number;
  /** Whether requests are in flight. Without it, recent calls of `wake` tell. */
  busy?: () => boolean;
  /** Told of a start that counts as a run of its flow (`concurrency`) and had been started before: its run may be over by now. */
  alreadyStarted?(workflowId: string): void;
  /** How often the inbox is looked at without a `wake`: retries and leases that ran out. */
  pollIntervalMs?: number;
  /** Unix milliseconds. */
  clock?: () => number;
}

interface DispatcherStatus {
  /** Runs that are being started here, and those started here that neither finished nor wait: what the window bounds. */
  openRuns: number;
  /** Those of them that are being started. */
  startsInFlight: number;
  /** How many runs may be open now. */
  window: number;
  paused: boolean;
  /** Unix ms since when Temporal takes no starts; null when it does. */
  unavailableSince: number | null;
  lastError: string | null;
}

export interface Dispatcher {
  start(): void;
  /** Starts nothing more, waits for the starts on their way (at most 5 s), gives back what was claimed and records all outcomes. */
  stop(): Promise<void>;
  /** Deliveries were committed. Cheap: calls of one turn of the event loop count as one. */
  wake(): void;
  /** Starts become due at a time (Unix ms). Cheap. */
  wakeAt(time: number): void;
  /**
   * Committed starts, as the receiver still has them in memory: while nothing older waits and there is room, they need not be
   * read back from the store. What is not taken here is claimed from there like any other.
   */
  offer(starts: ClaimedStart[]): void;
  /** A run finished or waits now; its place is free. Unknown ids are ignored. */
  runSettled(workflowId: string, reason: 'finished' | 'waiting'): void;
  status(): DispatcherStatus;
  /** Starts nothing until `resume`. */
  pause(): void;
  resume(): void;
}

const OPEN_RUNS_MAX_DEFAULT = 64;
const STARTS_IN_FLIGHT_MAX = 16;
const POLL_INTERVAL_MS = 1_000;
const CLAIM_MIN = 8;
/** With so many outcomes not stored, nothing more is claimed: the disk has to catch up first. */
const OUTCOMES_WAITING_MAX = 500;
const STOP_WAIT_MS = 5_000;
/** Timers may fire a millisecond before the clock says so. */
const TIMER_SLACK_MS = 2;

/** Makes a dispatcher; it does nothing before `start`. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { store, startRun, logger, runsHere = true, freeSlots, clock = Date.now } = options;
  const window = createWindow(options.openRunsMax ?? OPEN_RUNS_MAX_DEFAULT);
  const places = createPlaces();
  const outage = createOutage(logger);
  const pressure = createPressure(options.busy);
  const settling = createSettling(store, logger, (outcomes) => claims.stored(outcomes));
  const claims = createClaims(store, logger, settling.add);
  const alarms = createAlarms(clock, fallDue);
  const inFlight = new Set<Promise<void>>();
  let running = false;
  let paused = false;
  let pumpScheduled = false;
  let pollTimer: NodeJS.Timeout | undefined;
  let resumeTimer: NodeJS.Timeout | undefined;

  function schedulePump(): void {
    if (pumpScheduled || !running) return;
    pumpScheduled = true;
    setImmediate(pump);
  }

  function pump(): void {
    pumpScheduled = false;
    if (!running || paused) return;
    const now = clock();
    for (const heldMs of places.expire(now)) window.settled(heldMs, now);
    claims.giveBackOld(now);
    while (claims.count() > 0 && mayStart(now)) begin(claims.next(), now);
    if (claims.count() > 0 || inFlight.size > 0) pressure.watch();
    if (mayClaim(now)) claims.claim(claimSize(), now, schedulePump);
  }

  function mayStart(now: number): boolean {
    if (outage.since() !== null && (inFlight.size > 0 || now < outage.resumeAt(now))) return false;
    if (inFlight.size >= STARTS_IN_FLIGHT_MAX) return false;
    if (freeSlots !== undefined && inFlight.size >= freeSlots()) return false;
    if (openRuns() < pressure.applyTo(window.size())) return true;
    window.wasFull();
    return false;
  }

  /** Half a window is kept ahead, so that a start never waits for a claim; while Temporal is away one is enough to probe with. */
  function mayClaim(now: number): boolean {
    if (claims.busy() || claims.drained() || settling.waiting() > OUTCOMES_WAITING_MAX) return false;
    if (outage.since() !== null) return claims.count() + inFlight.size === 0 && now >= outage.resumeAt(now);
    return claims.count() < Math.ceil(window.size() / 2);
  }

  function claimSize(): number {
    return outage.since() === null ? Math.max(CLAIM_MIN, window.size()) - claims.count() : 1;
  }

  /** Nothing older waits in the store, and no more is held here than will soon be started. */
  function mayTake(): boolean {
    if (!running || paused || !claims.drained() || outage.since() !== null) return false;
    return claims.count() + inFlight.size < window.size();
  }

  function openRuns(): number {
    return places.count() + inFlight.size;
  }

  function begin(start: ClaimedStart, askedAt: number): void {
    const asked = startRun(start)
      .catch((error: Error): StartResult => ({ state: 'unavailable', error: error.message }))
      .then((result) => {
        inFlight.delete(asked);
        record(start, result, askedAt, clock());
        if (inFlight.size === 0) places.forgetEarly();
        schedulePump();
      });
    inFlight.add(asked);
  }

  function record(start: ClaimedStart, result: StartResult, askedAt: number, now: number): void {
    const { id } = start;
    if (result.state === 'unavailable') {
      const retryAt = outage.failed(result.error, askedAt, start.attempts, now);
      settling.add({ id, state: 'pending', retryAt, error: result.error });
      if (outage.since() === null) window.overloaded();
      resumeLater(retryAt - now);
      return;
    }
    outage.answered(now);
    if (result.state === 'invalid') {
      settling.add({ id, state: 'parked', error: result.error });
      const { flow, eventId } = start;
      logger.error(
        { start: id, flow, event: eventId, error: result.error },
        'a run cannot be started; its start is parked',
      );
      return;
    }
    const already = result.state === 'already';
    settling.add({ id, state: 'started', ...(already && { already }) });
    if (already && start.admission?.concurrency !== undefined) options.alreadyStarted?.(result.workflowId);
    if (result.state === 'started' && runsHere) opened(result, askedAt, now);
  }

  function opened(result: { workflowId: string; eager: boolean }, askedAt: number, now: number): void {
    window.started(result.eager, now);
    const settledAfterMs = places.take(result.workflowId, askedAt, now);
    if (settledAfterMs !== null) window.settled(settledAfterMs, now);
  }

  function resumeLater(delayMs: number): void {
    clearTimeout(resumeTimer);
    resumeTimer = setTimeout(look, delayMs + TIMER_SLACK_MS);
  }

  function look(): void {
    claims.look();
    schedulePump();
  }

  /** A claim that is on its way may have been too early. */
  function fallDue(): void {
    claims.woken();
    schedulePump();
  }

  return {
    start() {
      if (running) return;
      running = true;
      pollTimer = setInterval(look, options.pollIntervalMs ?? POLL_INTERVAL_MS);
      look();
    },
    async stop() {
      running = false;
      clearInterval(pollTimer);
      clearTimeout(resumeTimer);
      alarms.stop();
      pressure.stop();
      const begun = Promise.all([claims.settled(), ...inFlight]);
      await Promise.race([begun, sleep(STOP_WAIT_MS, undefined, { ref: false })]);
      claims.giveBackAll(clock());
      if (await settling.flush()) return;
      const outcomes = settling.waiting();
      logger.warn({ outcomes }, 'what became of some starts could not be recorded; they are sent again');
    },
    wake() {
      claims.woken();
      pressure.delivered();
      schedulePump();
    },
    wakeAt(time) {
      if (time <= clock()) fallDue();
      else alarms.set(time);
    },
    offer(starts) {
      const now = clock();
      for (const start of starts) {
        if (!mayTake() || !claims.take(start, now)) claims.woken();
      }
      pressure.delivered();
      schedulePump();
    },
    runSettled(workflowId) {
      if (!runsHere) return;
      const now = clock();
      const latencyMs = places.free(workflowId, now);
      if (latencyMs === null) return;
      window.settled(latencyMs, now);
      schedulePump();
    },
    status: () => ({
      openRuns: openRuns(),
      startsInFlight: inFlight.size,
      window: pressure.applyTo(window.size()),
      paused,
      unavailableSince: outage.since(),
      lastError: outage.lastError(),
    }),
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      look();
    },
  };
}
