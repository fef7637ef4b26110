// Which answer an attempt gets: the step's own before its connector's, the first that is not used up and fits the input.
import type { ConnectorCall, Json, JsonObject } from '../../workflows/definition.ts';
import { differences } from './compare.ts';
import { completeOutput } from './mocked-output.ts';
import { yamlText } from './text.ts';
import type { MockedAnswer, Mocks } from './test-case.ts';

/** A call that no mock answers. The message shows what to paste. */
export class UnmockedCallError extends Error {
  override name = 'UnmockedCallError';
}

/** Takes the answer for an attempt; throws UnmockedCallError when there is none. */
export type TakeAnswer = (call: ConnectorCall, input: JsonObject) => MockedAnswer;

/** The answers of one case, each to be used as often as it says. */
export function createMocks(mocks: Mocks, describe: (call: ConnectorCall) => string): TakeAnswer {
  const used = new Map<MockedAnswer, number>();
  return (call, input) => {
    for (const key of keysOf(call)) {
      for (const answer of mocks[key] ?? []) {
        const count = used.get(answer) ?? 0;
        if (count >= answer.times || !fits(answer, input)) continue;
        used.set(answer, count + 1);
        return answer;
      }
    }
    throw new UnmockedCallError(missingText(mocks, used, call, input, describe(call)));
  };
}

function keysOf(call: ConnectorCall): string[] {
  return [call.run.step, call.connector];
}

function fits(answer: MockedAnswer, input: JsonObject): boolean {
  return answer.with === undefined || differences(answer.with, input, false).length === 0;
}

function missingText(
  mocks: Mocks,
  used: Map<MockedAnswer, number>,
  call: ConnectorCall,
  input: JsonObject,
  where: string,
): string {
  const reasons = keysOf(call).flatMap((key) =>
    mocks[key] === undefined ? [] : [whyNot(key, mocks[key], used, input)],
  );
  const head = `${where} calls ${call.connector}, and no mock answers`;
  const lines = [reasons.length === 0 ? head : `${head}: ${reasons.join('; ')}`, 'It is called with:'];
  lines.push(...indented(yamlText({ with: input })), 'To answer it, write:');
  lines.push(...indented(yamlText({ mocks: { [pasteKey(call)]: example(call) } })));
  return lines.join('\n');
}

function whyNot(key: string, answers: MockedAnswer[], used: Map<MockedAnswer, number>, input: JsonObject): string {
  const left = answers.filter((answer) => (used.get(answer) ?? 0) < answer.times);
  const [first] = left;
  if (first === undefined) return `those of \`${key}\` are used up (${countOf(answers)})`;
  const [different] = differences(first.with ?? {}, input, false);
  const place = different === undefined ? 'with' : ['with', ...different.path].join('.');
  return `\`${key}\` wants another input, see \`${place}\``;
}

function countOf(answers: MockedAnswer[]): string {
  const attempts = answers.reduce((sum, { times }) => sum + times, 0);
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}

/** A step without an id is called by its path, which nobody writes. */
function pasteKey({ run, connector }: ConnectorCall): string {
  return /^[a-z][a-z0-9_]*$/.test(run.step) ? run.step : connector;
}

function example({ connector }: ConnectorCall): Json {
  if (connector === 'http.request') return { status: 200, body: {} };
  return { output: completeOutput(connector, undefined) };
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
