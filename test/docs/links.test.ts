// Links of the pages lead somewhere: every relative one to a file that exists, every #anchor to a heading that is there. No network.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'flows/README.md', ...docs.map((name) => `docs/${name}`)];

/** The page without fenced code, in which `#` is a comment and `](` is no link. */
function prose(path: string): string {
  return readFileSync(path, 'utf8').replace(/^(```|~~~)[\s\S]*?^\1[ \t]*$/gm, '');
}

/** The anchors of a page: those of its headings, made as GitHub makes them (one that comes again ends with `-1`, `-2`, …), and its own. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose(path).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const shown = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = shown.replace(/[^\p{L}\p{M}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  for (const [, id] of prose(path).matchAll(/<a id="([^"]+)">/g)) anchors.add(id!);
  return anchors;
}

/** Why a link of a page leads nowhere; undefined where it leads somewhere, or out of the repository. */
function fault(page: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file);
  if (!existsSync(path)) return 'there is no such file';
  if (anchor === undefined || anchorsOf(path).has(anchor)) return undefined;
  return 'there is no such heading';
}

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, () => {
    const text = prose(join(ROOT, page)).replace(/`[^`\n]*`/g, '`');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const faults = links.flatMap((link) => {
      const why = fault(page, link);
      return why === undefined ? [] : [`${link}: ${why}`];
    });
    assert.deepEqual(faults, []);
  });
}

test('a missing file and a missing heading are noticed', () => {
  assert.equal(fault('docs/flow-language.md', 'missing.md'), 'there is no such file');
  assert.equal(fault('docs/flow-language.md', 'providers.md#missing'), 'there is no such heading');
  assert.equal(fault('docs/flow-language.md', '#missing'), 'there is no such heading');
  assert.equal(fault('docs/flow-language.md', 'providers.md#anybody-auth-none'), undefined);
  assert.equal(fault('docs/flow-language.md', '../README.md#the-command-line'), undefined);
});
