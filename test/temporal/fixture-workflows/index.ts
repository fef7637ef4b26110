// A workflow of the real one's type and input that does as the event's body says: what runs must be able to do on Temporal.
import { condition, defineSignal, defineUpdate, proxyActivities, proxySinks, setHandler } from '@temporalio/workflow';
import { RESPONSE_UPDATE, type RunInput, type RunResponse, type RunResult } from '../../../workflows/definition.ts';
import type { RunSinks } from '../../../workflows/run-flow.ts';

interface Activities {
  /** Returns a text of so many characters. */
  make(characters: number): Promise<string>;
  /** Returns its argument. */
  echo(value: string): Promise<string>;
}

export interface Script {
  /** Length of the text that the activity makes, a second one echoes, and the workflow returns. */
  make?: number;
  /** Wait for the signal `go` before anything else. */
  wait?: boolean;
  /** Answer the update, then wait for the signal. */
  respond?: boolean;
}

const { make, echo } = proxyActivities<Activities>({ startToCloseTimeout: '20s', retry: { maximumAttempts: 3 } });
const { runs } = proxySinks<RunSinks>();

export async function runFlow(input: RunInput): Promise<RunResult> {
  const { id, body } = input.event;
  const script = body as unknown as Script;
  let gone = false;
  setHandler(defineSignal('go'), () => void (gone = true));
  const response: RunResponse = { status: 201, headers: { 'x-event': id }, body: 'early' };
  setHandler(defineUpdate<RunResponse>(RESPONSE_UPDATE), async () => {
    await condition(() => script.respond === true || gone);
    return response;
  });
  if (script.wait || script.respond) {
    runs.settled(id, 'waiting');
    await condition(() => gone);
  }
  const made = script.make === undefined ? '' : await echo(await make(script.make));
  runs.settled(id, 'finished');
  return script.respond ? { output: made, response } : { output: made };
}
