// The lane of wakes: tells runs of the events they wait for, beside the starts and never in their way. A wake is done when Temporal
// took the signal, or when its run is over; until then it is tried again.
import type { Logger } from 'pino';
import type { Store } from './store.ts';
import type { ClaimedWake, WakeOutcome } from './waits.ts';

/**
 * What came of telling a run. `gone`: it is over. `refused`: this run cannot be told of this event now, which says nothing of others.
 * `unavailable`: Temporal did not take it, or did not say.
 */
export type WakeResult = { state: 'sent' } | { state: 'gone' } | { state: 'refused' | 'unavailable'; error: string };

export interface WakeLaneOptions {
  store: Pick<Store, 'claimWakes' | 'settleWakes'>;
  /** Never rejects. */
  wakeRun(wake: ClaimedWake): Promise<WakeResult>;
  logger: Logger;
  /** Signals on their way at once. */
  inFlightMax?: number;
  /** How often the store is looked at without a `wake`: other processes accept events too. */
  pollIntervalMs?: number;
  /** Unix milliseconds. */
  clock?: () => number;
}

export interface WakeLane {
  start(): void;
  /** Sends nothing more, waits for what is on its way and records what came of it. */
  stop(): Promise<void>;
  /** Wakes were committed. Cheap. */
  wake(): void;
  status(): { inFlight: number; lastError: string | null };
}

const IN_FLIGHT_MAX = 16;
const POLL_INTERVAL_MS = 1_000;
/** A claimed wake belongs to this lane for so long. */
const LEASE_MS = 30_000;
/** First and longest pause of the whole lane after Temporal did not take a signal. */
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** First and longest time until a run is told again that refused to be told; see PUT_OFF_MAX_MS in sqlite/set-back.ts. */
const REFUSED_MIN_MS = 500;
const REFUSED_MAX_MS = 60_000;

/** Makes a lane; it does nothing before `start`. */
export function createWakeLane(options: WakeLaneOptions): WakeLane {
  const { store, wakeRun, logger, clock = Date.now, inFlightMax = IN_FLIGHT_MAX } = options;
  const inFlight = new Set<Promise<void>>();
  let outcomes: WakeOutcome[] = [];
  let settling: Promise<void> | null = null;
  let claiming: Promise<void> | null = null;
  let running = false;
  let woken = false;
  let poll: NodeJS.Timeout | undefined;
  let resume: NodeJS.Timeout | undefined;
  let pauseMs = 0;
  /** By a timer and not by the clock, which may be set back. */
  let paused = false;
  let lastError: string | null = null;

  function pump(): void {
    if (!running || !woken || claiming !== null || paused) return;
    const room = (pauseMs === 0 ? inFlightMax : 1) - inFlight.size;
    if (room <= 0) return;
    woken = false;
    claiming = claim(room).finally(() => {
      claiming = null;
      pump();
    });
  }

  async function claim(room: number): Promise<void> {
    try {
      const wakes = await store.claimWakes(room, LEASE_MS, clock());
      if (wakes.length === room) woken = true;
      for (const wake of wakes) begin(wake);
    } catch (error) {
      failed((error as Error).message, 'the inbox cannot be read now; runs that wait are told later');
    }
  }

  function begin(wake: ClaimedWake): void {
    const told = wakeRun(wake).then((result) => {
      inFlight.delete(told);
      record(wake, result);
      woken = true;
      pump();
    });
    inFlight.add(told);
  }

  function record(wake: ClaimedWake, result: WakeResult): void {
    const { id, newest } = wake;
    if (result.state === 'unavailable') {
      failed(result.error, 'runs that wait cannot be told of events now; this is tried again');
      outcomes.push({ id, state: 'pending', retryAt: clock() + pauseMs, error: result.error });
    } else if (result.state === 'refused') {
      outcomes.push({ id, state: 'pending', retryAt: clock() + refused(wake, result.error), error: result.error });
    } else {
      if (lastError !== null) logger.info('runs that wait are told of events again');
      lastError = null;
      pauseMs = 0;
      outcomes.push(result.state === 'sent' ? { id, state: 'sent' } : { id, state: 'gone', newest });
    }
    settling ??= settle();
  }

  /** Milliseconds until it is tried again. */
  function refused({ workflowId: run, event, attempts }: ClaimedWake, reason: string): number {
    const again = 'a run cannot be told of an event that it waits for; this is tried again';
    if (attempts === 0) logger.warn({ run, event: event.id, reason }, again);
    return Math.min(REFUSED_MAX_MS, REFUSED_MIN_MS * 2 ** attempts);
  }

  /** Outcomes of one turn go together; what cannot be stored is sent again when its lease runs out, which a run ignores. */
  async function settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (outcomes.length > 0) {
      const batch = outcomes;
      outcomes = [];
      await store.settleWakes(batch).catch((error: Error) => {
        failed(error.message, 'the inbox cannot record what became of wakes now; they are sent again');
      });
    }
    settling = null;
    // A run's next event waited for the record of this one.
    woken = true;
    pump();
  }

  function failed(error: string, meaning: string): void {
    if (lastError === null) logger.warn({ reason: error }, meaning);
    lastError = error;
    pauseMs = Math.min(BACKOFF_MAX_MS, Math.max(BACKOFF_MIN_MS, pauseMs * 2));
    paused = true;
    clearTimeout(resume);
    resume = setTimeout(() => {
      paused = false;
      look();
    }, pauseMs + 1);
  }

  function look(): void {
    woken = true;
    pump();
  }

  return {
    start() {
      if (running) return;
      running = true;
      paused = false;
      poll = setInterval(look, options.pollIntervalMs ?? POLL_INTERVAL_MS);
      look();
    },
    async stop() {
      running = false;
      clearInterval(poll);
      await claiming;
      await Promise.all(inFlight);
      await settling;
      clearTimeout(resume);
    },
    wake: look,
    status: () => ({ inFlight: inFlight.size, lastError }),
  };
}
