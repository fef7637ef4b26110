// What is done again and again by the clock: one round at a time, and none keeps the process alive.

/** Rounds that go on. */
export interface Rounds {
  /** Begins no more; resolves when the one on its way has finished. */
  stop(): Promise<void>;
}

/** Works once an interval, the first time one interval from now; a round that is due while another is on its way is left out. `work` never rejects. */
export function startRounds(work: () => Promise<void>, intervalMs: number): Rounds {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= work().finally(() => (running = null));
  }, intervalMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
