// Which answer an attempt gets: the step's own before its connector's, the first that is not used up and fits the input.
import type { ConnectorCall, Json, JsonObject } from '../../workflows/definition.ts';
import { completeOutput } from './mocked-output.ts';
import { createSequence } from './sequence.ts';
import { stepName, type StepOfRun } from './step-names.ts';
import type { MockedAnswer, Mocks } from './test-case.ts';
import { fitsInput, missingText } from './unanswered.ts';

/** Takes the answer for an attempt; throws UnansweredError when there is none. */
export type TakeAnswer = (call: ConnectorCall, input: JsonObject) => MockedAnswer;

/** The answers of a case of the flow `tested`, each to be used as often as it says. `describe` says where a step stands. */
export function createMocks(mocks: Mocks, tested: string, describe: (step: StepOfRun) => string): TakeAnswer {
  const sequence = createSequence<MockedAnswer>();
  return (call, input) => {
    const name = stepName(tested, call.run);
    const keys = [name, call.connector];
    for (const key of keys) {
      const answer = sequence.take(mocks[key] ?? [], (each) => fitsInput(each.with, input));
      if (answer !== undefined) return answer;
    }
    throw missingText({
      head: `${describe(call.run)} calls ${call.connector}, and no mock answers`,
      field: 'with',
      input,
      known: keys.flatMap((key) => (mocks[key] === undefined ? [] : [{ key, answers: mocks[key] }])),
      isUsedUp: (answer) => sequence.isUsedUp(answer as MockedAnswer),
      example: { mocks: { [pasteKey(call, name)]: example(call) } },
      ...(call.run.flow !== tested && { instead: { flows: { [call.run.flow]: { output: {} } } } }),
    });
  };
}

/** A step without an id is called by its path, which nobody writes. */
function pasteKey({ run, connector }: ConnectorCall, name: string): string {
  return /^[a-z][a-z0-9_]*$/.test(run.step) ? name : connector;
}

function example({ connector }: ConnectorCall): Json {
  if (connector === 'http.request') return { status: 200, body: {} };
  return { output: completeOutput(connector, undefined) };
}
