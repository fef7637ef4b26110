// Every limit of the loader, at its edge: what is just within it loads, what is one over it is refused with an error that names it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  definitionBytesMax,
  documentsPerFileMax,
  flowNameLengthMax,
  idLengthMax,
  nestingMax,
  nodesMax,
  schedulesPerFlowMax,
  sourceNameLengthMax,
  stepDepthMax,
  stepsMax,
} from '../../src/flow/limits.ts';
import { bracketLevelsMax, expressionCharactersMax } from '../../workflows/expression/parse.ts';
import { BRANCHES_MAX } from '../../workflows/steps/parallel.ts';
import { ITERATIONS_MAX } from '../../workflows/limits.ts';
import { loadText } from './load-support.ts';

const head = 'flow: big\ntriggers: [{ manual: true }]\n';
const waits = (count: number): string => `${head}steps:\n${'  - wait: 1s\n'.repeat(count)}`;

/** `if` steps inside one another. */
function nested(levels: number): string {
  const opening = Array.from(
    { length: levels },
    (_, level) => `${'    '.repeat(level)}  - if: event.body.a\n${'    '.repeat(level)}    then:\n`,
  );
  return `${head}steps:\n${opening.join('')}${'    '.repeat(levels)}  - wait: 1s\n`;
}

const brackets = (levels: number): string =>
  `${head}steps: [{ return: ${'['.repeat(levels)}1${']'.repeat(levels)} }]\n`;
const condition = (text: string): string => `${head}steps:\n  - if: ${text}\n    then: [{ wait: 1s }]\n`;
const branches = (count: number): string =>
  `${head}steps:\n  - parallel:\n${Array.from({ length: count }, (_, index) => `      b${index}: [{ wait: 1s }]\n`).join('')}`;
const schedules = (count: number): string =>
  `flow: big\ntriggers:\n${'  - schedule: { every: 1h }\n'.repeat(count)}steps: [{ wait: 1s }]\n`;
/** A text of so many characters, as an expression. */
const quoted = (characters: number): string => `"'${'x'.repeat(characters - 2)}' == event.id"`;
const sums = (levels: number): string => `"${'('.repeat(levels)}1${')'.repeat(levels)} == 1"`;
const EQUALS = ' == event.id'.length;

interface Limit {
  what: string;
  within: string;
  over: string;
  code: string;
  /** What the message says. */
  says: RegExp;
}

const limits: Limit[] = [
  {
    what: 'steps',
    within: waits(stepsMax),
    over: waits(stepsMax + 1),
    code: 'too_many_steps',
    says: new RegExp(`more than ${stepsMax}`),
  },
  {
    what: 'blocks in blocks',
    within: nested(stepDepthMax - 1),
    over: nested(stepDepthMax + 1),
    code: 'too_deep',
    says: new RegExp(`more than ${stepDepthMax} deep`),
  },
  {
    what: 'brackets in brackets',
    within: brackets(nestingMax - 2),
    over: brackets(nestingMax),
    code: 'too_deep',
    says: new RegExp(`more than ${nestingMax} deep`),
  },
  {
    what: 'bytes of a file',
    within: `${waits(1)}${'#'.repeat(definitionBytesMax - waits(1).length)}`,
    over: `${waits(1)}${'#'.repeat(definitionBytesMax - waits(1).length + 1)}`,
    code: 'too_large',
    says: new RegExp(`at most ${definitionBytesMax} are taken`),
  },
  {
    what: 'documents of a file',
    within: `---\n${waits(1)}`.concat('---\n# nothing\n'.repeat(documentsPerFileMax - 1)),
    over: `---\n${waits(1)}`.concat('---\n# nothing\n'.repeat(documentsPerFileMax)),
    code: 'too_many_documents',
    says: new RegExp(`at most ${documentsPerFileMax} are taken`),
  },
  {
    what: 'values of a document',
    within: `${waits(1)}x-list: [${'1,'.repeat(nodesMax - 100)}]\n`,
    over: `${waits(1)}x-list: [${'1,'.repeat(nodesMax)}]\n`,
    code: 'yaml_alias_bomb',
    says: new RegExp(`more than ${nodesMax} values`),
  },
  {
    what: 'schedules',
    within: schedules(schedulesPerFlowMax),
    over: schedules(schedulesPerFlowMax + 1),
    code: 'wrong_value',
    says: new RegExp(`at most ${schedulesPerFlowMax} `),
  },
  {
    what: 'branches',
    within: branches(BRANCHES_MAX),
    over: branches(BRANCHES_MAX + 1),
    code: 'wrong_value',
    says: new RegExp(`at most ${BRANCHES_MAX} `),
  },
  {
    what: 'iterations',
    within: `${head}steps: [{ repeat: { max_iterations: ${ITERATIONS_MAX}, steps: [{ wait: 1s }] } }]\n`,
    over: `${head}steps: [{ repeat: { max_iterations: ${ITERATIONS_MAX + 1}, steps: [{ wait: 1s }] } }]\n`,
    code: 'wrong_value',
    says: new RegExp(`at most ${ITERATIONS_MAX}`),
  },
  {
    what: 'characters of a flow name',
    within: waits(1).replace('big', 'a'.repeat(flowNameLengthMax)),
    over: waits(1).replace('big', 'a'.repeat(flowNameLengthMax + 1)),
    code: 'wrong_value',
    says: new RegExp(`at most ${flowNameLengthMax} characters`),
  },
  {
    what: 'characters of a source name',
    within: waits(1).replace('{ manual: true }', `{ webhook: ${'a'.repeat(sourceNameLengthMax)}, auth: none }`),
    over: waits(1).replace('{ manual: true }', `{ webhook: ${'a'.repeat(sourceNameLengthMax + 1)}, auth: none }`),
    code: 'wrong_value',
    says: new RegExp(`at most ${sourceNameLengthMax} characters`),
  },
  {
    what: 'characters of an id',
    within: `${head}steps: [{ id: ${'a'.repeat(idLengthMax)}, wait: 1s }]\n`,
    over: `${head}steps: [{ id: ${'a'.repeat(idLengthMax + 1)}, wait: 1s }]\n`,
    code: 'wrong_value',
    says: new RegExp(`at most ${idLengthMax} characters`),
  },
  {
    what: 'characters of an expression',
    within: condition(quoted(expressionCharactersMax - EQUALS)),
    over: condition(quoted(expressionCharactersMax - EQUALS + 1)),
    code: 'expression_syntax',
    says: new RegExp(`longer than ${expressionCharactersMax} characters`),
  },
  {
    what: 'brackets of an expression',
    within: condition(sums(bracketLevelsMax)),
    over: condition(sums(bracketLevelsMax + 1)),
    code: 'expression_syntax',
    says: new RegExp(`${bracketLevelsMax} levels of brackets`),
  },
];

for (const { what, within, over, code, says } of limits) {
  test(`${what}: as many as are taken load, one more is refused with the limit`, () => {
    const sound = loadText(within);
    assert.deepEqual(
      sound.problems.map(({ message }) => message),
      [],
    );
    assert.equal(sound.flows.size, 1);
    const refused = loadText(over);
    assert.equal(refused.flows.size, 0);
    const [problem] = refused.problems;
    assert.equal(problem?.code, code);
    assert.match(problem.message, says);
  });
}

test('a definition of 300 KB loads, and aliases may not make one of more than the limit', () => {
  const body = `x`.repeat(300 * 1024);
  assert.deepEqual(loadText(`${head}steps: [{ return: ${body} }]\n`).problems, []);
  const repeated = `${head}x-text: &text ${'x'.repeat(20_000)}\nsteps: [{ return: [${'*text, '.repeat(60)}] }]\n`;
  const [problem] = loadText(repeated).problems;
  assert.equal(problem?.code, 'too_large');
  assert.match(problem.message, /once aliases are expanded, at most 1048576 are taken/);
});
