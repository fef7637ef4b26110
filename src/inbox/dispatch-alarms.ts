// Times at which starts become due: the dispatcher looks then, and need not look in between. It knows nothing of the starts themselves.

/** Times known at once; of more, the latest are left to the dispatcher's own round. */
const ALARMS_MAX = 1_000;
/** No timer sleeps longer: the clock may be set meanwhile, and Node's timers end at 24 days. */
const SLEEP_MAX_MS = 60_000;
/** Timers may fire a millisecond before the clock says so. */
const TIMER_SLACK_MS = 2;

export interface Alarms {
  /** Rings once at that time (Unix ms). */
  set(time: number): void;
  stop(): void;
}

/** @param ring called when a time has come, once for all that came together. */
export function createAlarms(clock: () => number, ring: () => void): Alarms {
  const times = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = Number.POSITIVE_INFINITY;

  function sleep(): void {
    clearTimeout(timer);
    wakesAt = Math.min(...times);
    if (times.size === 0) return;
    const delayMs = Math.max(0, wakesAt - clock()) + TIMER_SLACK_MS;
    timer = setTimeout(awake, Math.min(delayMs, SLEEP_MAX_MS));
    timer.unref();
  }

  function awake(): void {
    const now = clock();
    const known = times.size;
    for (const time of times) if (time <= now) times.delete(time);
    if (times.size < known) ring();
    sleep();
  }

  return {
    set(time) {
      if (times.size >= ALARMS_MAX && time >= wakesAt) return;
      times.add(time);
      if (time < wakesAt) sleep();
    },
    stop() {
      clearTimeout(timer);
      times.clear();
      wakesAt = Number.POSITIVE_INFINITY;
    },
  };
}
