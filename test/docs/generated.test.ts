// The generated parts of docs/ are what their tables say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generatedPages } from '../../src/docs/pages.ts';
import { fillRegions } from '../../src/docs/regions.ts';

for (const [page, regions] of Object.entries(generatedPages)) {
  test(`docs/${page} is up to date (npm run docs writes it)`, () => {
    const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
    assert.equal(fillRegions(text, regions), text);
    for (const name of Object.keys(regions)) assert.ok(text.includes(`<!-- generated: ${name} -->`), `region ${name}`);
  });
}
