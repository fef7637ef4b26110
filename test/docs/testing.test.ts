// docs/testing.md is true: its files are written as they stand, its commands run and print what the page says, its cases pass.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { testJsonSchema } from '../../src/testing/schema.ts';
import { open, type Running } from '../commands/running.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8');
const FAILING = 'wrong on purpose';

const blocks = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({ language, text: text! }));
const yaml = blocks.filter(({ language }) => language === 'yaml').map(({ text }) => text);
const files = yaml.flatMap((text) => {
  const name = /^# (flows\/\S+)\n/.exec(text)?.[1];
  return name === undefined ? [] : [{ name, text }];
});
const cases = yaml.filter((text) => text.startsWith('- name:'));
const [flow, tests, ...later] = files;
const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trimEnd().split('\n'));
const outputs = blocks.filter(({ language }) => language === 'text').map(({ text }) => text);

let running: Running;
before(async () => {
  running = await open({ receives: false });
  for (const { name, text } of [flow!, tests!]) await running.write(name, text);
});
after(() => running?.end());

/** Without the real time, which is another each time. */
function untimed(text: string): string {
  return text.replace(/\([\d.]+ s\)/, '(0 s)').trim();
}

/** Test files with cases as the page has them, each at the end of the last test file before it. */
async function withCases(texts: string[], testFiles: { name: string; text: string }[]): Promise<void> {
  for (const { name, text } of testFiles) {
    const own = texts.filter((each) => testFiles.findLast((file) => PAGE.indexOf(file.text) < PAGE.indexOf(each))?.name === name);
    const indented = own.map((each) => each.trimEnd().replace(/^(?=.)/gm, '  '));
    await running.write(name, [text.trimEnd(), ...indented, ''].join('\n\n'));
  }
}

test('every block is a file, cases of it, a command or an output', () => {
  const named = ['orders', 'parcels', 'returns', 'refunds'].flatMap((name) => [`flows/${name}.yaml`, `flows/${name}.test.yaml`]);
  assert.deepEqual(files.map(({ name }) => name), named);
  assert.equal(files.length + cases.length, yaml.length);
  assert.equal(blocks.length, yaml.length + outputs.length + blocks.filter(({ language }) => language === 'sh').length);
});

test('the first command prints what the page shows', async () => {
  const { code, stdout, stderr } = await running.shell(commands[0]!);

  assert.equal(code, 0, stderr);
  assert.equal(untimed(stdout), untimed(outputs[0]!));
});

test('the case that is wrong on purpose fails as the page shows', async () => {
  await withCases(cases.filter((text) => text.includes(FAILING)), [tests!]);
  const { code, stdout } = await running.shell(commands[1]!);

  assert.equal(code, 1);
  assert.equal(untimed(stdout), untimed(outputs[1]!));
});

test('all other cases of the page pass, and all other commands end well', async () => {
  const others = cases.filter((text) => !text.includes(FAILING));
  for (const { name, text } of later) await running.write(name, text);
  await withCases(others, files.filter(({ name }) => name.endsWith('.test.yaml')));
  const { code, stdout } = await running.hookline(['test']);
  assert.equal(code, 0, stdout);
  const named = files.map(({ text }) => text.match(/^ {2}- (\{ )?name:/gm)?.length ?? 0).reduce((sum, count) => sum + count);
  assert.equal(stdout.match(/✓/g)?.length, named + others.join('').match(/^- name:/gm)!.length);
  for (const command of commands.slice(2)) {
    const ended = await running.hookline(command.replace('npx hookline ', '').split(' '));
    assert.equal(ended.code, 0, `${command}\n${ended.stdout}${ended.stderr}`);
  }
});

test('the page names every field of a test file', () => {
  const named = (properties: object): string[] => Object.keys(properties);
  const schema = testJsonSchema() as { properties: { cases: { items: { properties: Record<string, object> } } }; $defs: Record<string, { properties?: object; then?: { properties: object } }> };
  const { properties } = schema.properties.cases.items;
  const fields = [...named(properties), ...Object.values(schema.$defs).flatMap(({ properties: own, then: map }) => named(own ?? map?.properties ?? {})), ...named((properties['expect'] as { properties: object }).properties)];
  const missing = fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(PAGE));

  assert.deepEqual(missing, []);
});
