// `npm run docs`: writes the generated parts of docs/.
import { readFileSync, writeFileSync } from 'node:fs';
import { generatedPages } from '../src/docs/pages.ts';
import { fillRegions } from '../src/docs/regions.ts';

for (const [page, regions] of Object.entries(generatedPages)) {
  const path = new URL(`../docs/${page}`, import.meta.url);
  writeFileSync(path, fillRegions(readFileSync(path, 'utf8'), regions));
}
