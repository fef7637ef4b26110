// Whose turn came: the dispatcher tells which runs it started, and whoever waits for one goes on. In memory, for senders that wait.

import { workflowIdOf } from '../temporal/workflow-id.ts';
import type { StartRun } from './start-run.ts';

export interface StartTurns {
  /** Starts runs in the same way, and tells of those that were started. */
  toldBy(startRun: StartRun): StartRun;
  /** Whether that is told within so many milliseconds. */
  wait(eventId: string, flow: string, withinMs: number): Promise<boolean>;
}

export function createStartTurns(): StartTurns {
  const waiting = new Map<string, Set<(came: boolean) => void>>();
  return {
    toldBy: (startRun) => async (start) => {
      const result = await startRun(start);
      const isThere = result.state === 'started' || result.state === 'already';
      if (isThere) for (const goOn of waiting.get(workflowIdOf(start.flow, start.eventId)) ?? []) goOn(true);
      return result;
    },
    wait(eventId, flow, withinMs) {
      const name = workflowIdOf(flow, eventId);
      const others = waiting.get(name) ?? new Set();
      waiting.set(name, others);
      return new Promise((resolve) => {
        const goOn = (came: boolean): void => {
          clearTimeout(timer);
          others.delete(goOn);
          if (others.size === 0) waiting.delete(name);
          resolve(came);
        };
        const timer = setTimeout(goOn, withinMs, false);
        others.add(goOn);
      });
    },
  };
}
