// What the pages show is true: every YAML snippet loads, whole files and fragments, every verb and connector example too, and every
// command exists.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { services } from '../../activities/connectors/index.ts';
import { commands } from '../../src/commands/index.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { errorsOf, kindOf } from './snippet.ts';

const ROOT = join(import.meta.dirname, '../..');
const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'flows/README.md', ...docs.map((name) => `docs/${name}`)];

/** Fenced code, with its language and the line it begins at. */
function fenced(page: string): { line: number; language: string; text: string }[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```([\w-]*)\n([\s\S]*?)^```/gm)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    language: match[1]!,
    text: match[2]!,
  }));
}

const examples = readdirSync(join(ROOT, 'flows'))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(ROOT, 'flows', name), 'utf8'));

/** Code for other programs, which begins with the path of its file. */
const foreign = /^# \.github\/workflows\//;

for (const page of pages) {
  for (const { line, language, text } of fenced(page)) {
    if (language === 'json') test(`${page}:${line} is JSON`, () => assert.doesNotThrow(() => JSON.parse(text)));
    if (language !== 'yaml' || foreign.test(text)) continue;
    if (/\.test\.yaml\n/.test(text) || kindOf(text) === 'cases') {
      test(`${page}:${line} holds test cases, which the test of that page runs`, () => assert.equal(page, 'docs/testing.md'));
      continue;
    }
    if (page === 'docs/cookbook.md') {
      test(`${page}:${line} is one of the examples, which other tests load and run`, () =>
        assert.ok(examples.some((example) => example.endsWith(text))));
      continue;
    }
    test(`${page}:${line} loads`, () => assert.deepEqual(errorsOf(text, page), []));
  }
}

test('the language of every block is one that this test knows', () => {
  const known = ['', 'yaml', 'json', 'sh', 'text', 'nginx', 'mermaid', 'ini'];
  const others = pages.flatMap((page) => fenced(page).filter(({ language }) => !known.includes(language)));
  assert.deepEqual(others, []);
});

test('a snippet with a mistake is caught, as a whole file and as a fragment', () => {
  const broken = {
    'a document with an unknown field': 'flow: a\ntriggers: [{ manual: true }]\nstep: []\nsteps: [{ wait: 1s }]\n',
    'a step with a typing error': '- use: log.write\n  with: { message: hello }\n',
    'an input that the connector lacks': '- uses: log.write\n  with: { mesage: hello }\n',
    'a function that does not exist': '- set: { total: "${{ total(event.body) }}" }\n',
    'a field of a step that does not exist': '- id: a\n  wait: 1s\n- if: steps.a.result == 1\n  wait: 1s\n',
    'fields of one step': 'uses: log.write\nwith: hello\n',
    'a trigger': '- schedule: every day\n',
    'YAML that is none': '- uses: log.write\n  with: { message: ${{ event.id }} }\n',
    'what no kind is': 'hello: world\n',
  };
  for (const [name, text] of Object.entries(broken)) assert.notDeepEqual(errorsOf(text), [], name);
});

test('a sound fragment is not refused for what stands elsewhere in a flow', () => {
  const sound = [
    '- uses: log.write\n  connection: log\n  with: { message: "${{ item }}" }\n',
    '- fail: ${{ error }}\n',
    '- if: steps.a.output.x > 1\n  break: true\n',
    'uses: log.write\nwith: { message: "${{ vars.other }}" }\n',
    '- schedule: "0 9 * * 1-5"\n',
  ];
  for (const text of sound) assert.deepEqual(errorsOf(text).filter((each) => !each.includes('takes no connection')), [], text);
});

for (const type of STEP_TYPES.values()) {
  test(`the example of ${type.verb} loads`, () => assert.deepEqual(errorsOf(type.example), []));
}

for (const service of services) {
  for (const action of service.actions) {
    test(`the example of ${service.service}.${action.action} loads`, () => assert.deepEqual(errorsOf(action.example), []));
  }
}

test('every command that a page shows is one that the command line or package.json has', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const program = new Command();
  for (const add of commands) add(program);
  const known = new Set([...program.commands.map((command) => command.name()), '--help', '--version']);
  for (const page of pages) {
    for (const { line, language, text } of fenced(page)) {
      if (language !== 'sh' && !foreign.test(text)) continue;
      for (const [, script] of text.matchAll(/npm (?:run )?(test|start|check|docs|bench|build)\b/g)) assert.ok(scripts[script!], `${page}:${line} ${script}`);
      for (const [, command] of text.matchAll(/(?:npx )?hookline ([a-z-]+)/g)) assert.ok(known.has(command!), `${page}:${line} ${command}`);
    }
  }
});
