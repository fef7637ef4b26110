// The SARIF log follows the parts of the standard that it uses (SARIF 2.1.0, sections 3.13 to 3.30 and 3.49), each closed, as the
// published schema has them; and it says what the problems say.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { loadCatalog } from '../../src/flow/load.ts';
import { problemCodes } from '../../src/flow/problem-codes.ts';
import { sarifLog } from '../../src/flow/sarif.ts';

const text = { type: 'string', minLength: 1 };
const position = { type: 'integer', minimum: 1 };
const level = { enum: ['none', 'note', 'warning', 'error'] };
function closed(properties: object, required: string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}
const messageText = closed({ text, markdown: text }, ['text']);
const region = closed(
  {
    startLine: position,
    startColumn: position,
    endLine: position,
    endColumn: position,
    snippet: closed({ text: { type: 'string' } }, ['text']),
  },
  ['startLine'],
);
const artifact = closed({ uri: { type: 'string', pattern: '^[A-Za-z0-9:/._~%-]+$' }, uriBaseId: text }, ['uri']);
const place = closed({ artifactLocation: artifact, region, contextRegion: region }, ['artifactLocation', 'region']);
const result = closed(
  {
    ruleId: text,
    ruleIndex: { type: 'integer', minimum: 0 },
    level,
    message: messageText,
    locations: { type: 'array', minItems: 1, items: closed({ physicalLocation: place }, ['physicalLocation']) },
  },
  ['ruleId', 'ruleIndex', 'message', 'locations'],
);
const rule = closed(
  {
    id: text,
    shortDescription: messageText,
    help: messageText,
    defaultConfiguration: closed({ level }, ['level']),
  },
  ['id'],
);
const driver = closed({ name: text, version: text, rules: { type: 'array', uniqueItems: true, items: rule } }, [
  'name',
]);
const run = closed(
  {
    tool: closed({ driver }, ['driver']),
    columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
    results: { type: 'array', items: result },
  },
  ['tool', 'results'],
);
const log = closed({ $schema: text, version: { const: '2.1.0' }, runs: { type: 'array', items: run } }, [
  'version',
  'runs',
]);

interface Log {
  runs: {
    tool: { driver: { rules: { id: string }[] } };
    results: {
      ruleId: string;
      ruleIndex: number;
      locations: { physicalLocation: { artifactLocation: { uri: string; uriBaseId?: string }; region: object } }[];
    }[];
  }[];
}

function logOf(path: string, content: string): Log {
  const made = sarifLog(loadCatalog([{ path, text: content }], { readSchema: () => ({}) }).problems, '1.2.3');
  const ajv = new Ajv2020({ allErrors: true });
  assert.ok(ajv.validate(log, made), ajv.errorsText());
  return made as unknown as Log;
}

const folder = join(import.meta.dirname, 'broken');

test('the log of every broken file is SARIF, and each result is of the rule that it names', () => {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.yaml'))) {
    const [made] = logOf(`flows/${name}`, readFileSync(join(folder, name), 'utf8')).runs;
    for (const { ruleId, ruleIndex } of made!.results) assert.equal(made!.tool.driver.rules[ruleIndex]?.id, ruleId);
  }
});

test('every problem code is a rule', () => {
  const [made] = logOf('flows/a.yaml', 'flow: a\n').runs;
  const ids = made!.tool.driver.rules.map(({ id }) => id);
  assert.deepEqual(ids, Object.keys(problemCodes));
});

test('a place is a path in the sources, a line and columns, the end after the last one', () => {
  const broken = 'flow: Orders\ntriggers: [{ manual: true }]\nsteps: [{ wait: 1s }]\n';
  const place = logOf('./my flows/ä.yaml', broken).runs[0]!.results[0]!.locations[0]!.physicalLocation;
  assert.deepEqual(place.artifactLocation, { uri: 'my%20flows/%C3%A4.yaml', uriBaseId: '%SRCROOT%' });
  assert.deepEqual(place.region, { startLine: 1, startColumn: 7, endColumn: 13 });
  const absolute = logOf('/srv/flows/a.yaml', broken).runs[0]!.results[0]!.locations[0]!.physicalLocation;
  assert.deepEqual(absolute.artifactLocation, { uri: 'file:///srv/flows/a.yaml' });
});
