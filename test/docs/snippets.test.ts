// What docs show is true: every YAML snippet that is a whole document loads, and every verb and connector example too.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { services } from '../../activities/connectors/index.ts';
import { commands } from '../../src/commands/index.ts';
import { formatProblem } from '../../src/flow/format.ts';
import { loadCatalog } from '../../src/flow/load.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

function problemsOf(path: string, text: string): string[] {
  const catalog = loadCatalog([{ path, text }], { readSchema: () => ({}) });
  return catalog.problems.filter((problem) => problem.severity === 'error').map((problem) => formatProblem(problem));
}

/** Fenced code of a language, with the line it begins at. */
function fenced(page: string, language: string): { line: number; text: string }[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    text: match[1] ?? '',
  }));
}

for (const page of pages) {
  for (const { line, text } of fenced(page, 'yaml')) {
    if (!/^(#.*\n)*(flow|source|connection):/.test(text)) continue;
    test(`${page}:${line} loads`, () => assert.deepEqual(problemsOf(page, text), []));
  }
}

/** An example of one step (a list item, or its fields alone), inside a flow that has what examples refer to. */
function flowAround(step: string): string {
  const item = step.startsWith('- ') ? step : `- ${step.trimEnd().replaceAll('\n', '\n  ')}`;
  const indented = item.trimEnd().split('\n').map((line) => `  ${line}`).join('\n');
  return `flow: example\ntriggers:\n  - manual: true\nvars: { total: 0, team: "", last: null, seen: 0, count: 0 }\nsteps:\n${indented}\n`;
}

for (const type of STEP_TYPES.values()) {
  test(`the example of ${type.verb} loads`, () => {
    const unrelated = /unknown_step|unknown_connection|step_not_before|unknown_var|set_undeclared/;
    assert.deepEqual(problemsOf('example.yaml', flowAround(type.example)).filter((text) => !unrelated.test(text)), []);
  });
}

for (const service of services) {
  for (const action of service.actions) {
    test(`the example of ${service.service}.${action.action} loads`, () => {
      const connection = service.connectionExample ? `---\n${service.connectionExample}` : '';
      assert.deepEqual(problemsOf('example.yaml', `${flowAround(action.example)}${connection}`), []);
    });
  }
}

test('every command that a page shows is one that the command line or package.json has', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const program = new Command();
  for (const add of commands) add(program);
  const known = new Set([...program.commands.map((command) => command.name()), '--help', '--version']);
  for (const page of pages) {
    for (const { line, text } of fenced(page, 'sh')) {
      for (const [, script] of text.matchAll(/npm (?:run )?(test|start|check|docs|bench|build)\b/g)) assert.ok(scripts[script!], `${page}:${line} ${script}`);
      for (const [, command] of text.matchAll(/(?:npx )?hookline ([a-z-]+)/g)) assert.ok(known.has(command!), `${page}:${line} ${command}`);
    }
  }
});
