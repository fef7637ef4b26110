// How the receiver asks for what a run answers. Implemented over Temporal elsewhere; the receiver only knows this shape.
import type { FlowError, RunResponse } from '../../workflows/definition.ts';
import type { ClaimedStart } from '../inbox/store.ts';

/** The run that is asked: its workflow id is `FLOW/EVENT-ID`. */
export interface AnswerStart {
  eventId: string;
  flow: string;
  /** A `respond` verb stands in the flow, so the answer may come before the end of the run. */
  respondsEarly: boolean;
  /** The start as just committed, where the caller has it: it need not be read back from the store. */
  claimed?: ClaimedStart;
}

/**
 * `answered`: with the flow's `respond`, else with status 200 and what it returned. `failed`: the run ended without an
 * answer. `skipped`: there will be no run, because its flow wanted none then. `pending`: not yet, or Temporal is away. `unknown`:
 * there is no such run and none waits to be started.
 */
export type Answered =
  | { state: 'answered'; response: RunResponse }
  | { state: 'failed'; error: Pick<FlowError, 'code' | 'message'> }
  | { state: 'skipped' }
  | { state: 'pending' }
  | { state: 'unknown' };

/** Starts the run where its start is still pending, and waits up to `withinMs` for its answer. Never rejects. */
export type Answer = (start: AnswerStart, withinMs: number) => Promise<Answered>;
