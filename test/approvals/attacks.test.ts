// Attacks on the pages of approvals: what strangers and other runs' links can do (nothing), and what hostile texts do (they are shown).
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { loadText } from '../flow/load-support.ts';
import { LAB_NOW_MS } from '../server/lab.ts';
import { head } from '../server/wire.ts';
import { DAY_MS, FORM, RUN, startApprovalLab, STEP, type ApprovalLab, type Page } from './lab.ts';

let lab: ApprovalLab;
let count = 0;
let run: string;
const asked: string[] = [];

before(async () => {
  lab = await startApprovalLab({
    storeInstead: {
      getApproval: (id) => {
        asked.push(id);
        return lab.store.getApproval(id);
      },
    },
  });
});
beforeEach(() => {
  run = `${RUN}.${(count += 1)}`;
  asked.length = 0;
});
after(() => lab.close());

const FIELDS = { decision: 'approved', by: 'Mallory' };

async function isOpen(id: string): Promise<boolean> {
  return (await lab.store.getApproval(id)).decision === null;
}

/** A link with another value in its query. */
function changed(link: string, name: string, value: string): string {
  const url = new URL(link);
  url.searchParams.set(name, value);
  return url.href;
}

it('answers every link that is not ours alike, and asks the store nothing', async () => {
  const id = await lab.ask({ run });
  const { page } = lab.links({ run });
  const signature = new URL(page).searchParams.get('signature')!;
  const other = signature.startsWith('A') ? 'B' : 'A';
  const base = `${lab.url}/approvals`;
  const encoded = encodeURIComponent(run);
  const links = [
    changed(page, 'signature', other + signature.slice(1)),
    changed(page, 'signature', signature.slice(0, -1)),
    changed(page, 'signature', `${signature}=`),
    changed(page, 'signature', ''),
    changed(page, 'signature', 'é'.repeat(43)),
    changed(page, 'expires', String(LAB_NOW_MS)),
    changed(page, 'expires', '1e12'),
    changed(page, 'expires', '-1'),
    `${page}&signature=${signature}`,
    page.replace('?', '/?'),
    page.replace('/2%2Fthen', '/3%2Fthen'),
    page.replace('invoice%2F', 'invoice%252F'),
    page.replace('invoice%2F', 'invoice%2F..%2Finvoice%2F'),
    lab.links({ run, signer: `${RUN}.other` }).page,
    lab.links({ run, key: 'another key' }).page,
    lab.links({ run, goodUntil: LAB_NOW_MS - DAY_MS, key: 'another key' }).page,
    lab.links({ run: `${run}x` }).page.replace(`${encoded}x`, encoded),
    `${base}/`,
    `${base}/%`,
    `${base}/%2F/%2F?expires=1&signature=x`,
    `${base}/${encoded}`,
    `${base}/${encoded}/?${page.split('?')[1]}`,
    `${base}/${'a'.repeat(5000)}/1?expires=1&signature=x`,
    `${base}/${encoded}/${encodeURIComponent(STEP)}`,
  ];
  const seen = new Set<string>();
  for (const link of links) {
    const answers = [await lab.open(link), await lab.send(link, FIELDS)];
    for (const { status, text } of answers) seen.add(`${status} ${text}`);
  }
  assert.equal(seen.size, 1, [...seen].map((each) => each.slice(0, 200)).join('\n'));
  assert.match([...seen][0]!, /^404 [\s\S]*This link does not work/);
  assert.deepEqual(asked, []);
  assert.ok(await isOpen(id));
});

it("takes no link of one step for another, nor of one run for another's", async () => {
  const mine = await lab.ask({ run });
  const theirs = await lab.ask({ run: `${run}b` });
  const second = await lab.ask({ run, step: '5' });
  const swap = (link: string, to: string): string => `${to.split('?')[0]}?${link.split('?')[1]}`;
  const { page } = lab.links({ run });
  for (const target of [lab.links({ run: `${run}b` }).page, lab.links({ run, step: '5' }).page])
    assert.equal((await lab.send(swap(page, target), FIELDS)).status, 404);
  assert.ok((await isOpen(theirs)) && (await isOpen(second)) && (await isOpen(mine)));
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '</textarea><script>alert(1)</script>',
  '</title><svg onload=alert(1)>',
  '</style><style>*{display:none}',
  '<!--',
  '${7*7}{{7*7}}',
  'javascript:alert(1)',
  '&lt;b&gt;&#x3c;script>',
];

/** What a parser makes of a page: its elements and their attributes, read strictly, so that nothing smuggled in passes unseen. */
function tagsOf({ text }: Page): string[] {
  const body = text.replace(/<style>[\s\S]*?<\/style>/, '');
  return [...body.matchAll(/<\/?([a-zA-Z!][^\s/>]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*\/?>/g)].map(([, name]) => name!);
}

const EXPECTED_TAGS = new Set(
  '!doctype html head meta title body main p h1 dl dt dd form div label input textarea select option fieldset legend span button strong ul li a footer time'.split(
    ' ',
  ),
);

function assertHarmless(page: Page): void {
  for (const tag of tagsOf(page)) assert.ok(EXPECTED_TAGS.has(tag), tag);
  const bare = page.text.replace(/<style>[\s\S]*?<\/style>/, '').replace(/<[^<>]*>/g, '');
  assert.doesNotMatch(bare, /[<>]/, 'what is no tag holds no bracket');
  for (const [tag] of page.text.matchAll(/<[a-z][^<>]*>/g))
    assert.doesNotMatch(tag.replace(/"[^"]*"/g, '""'), /[\s/](?:on\w+|style|href|src|action)\s*=(?!"")/i, tag);
  assert.doesNotMatch(page.text, /(?:href|src|action)="(?!#)/, 'nothing leads away');
}

it('shows hostile texts as texts, wherever they stand', async () => {
  for (const text of HOSTILE) {
    run = `${RUN}.${(count += 1)}`;
    const property = { title: text, description: text, default: text, type: 'string', maxLength: 900 };
    await lab.ask({
      run,
      title: text,
      who: [text, 'Ada'],
      form: {
        type: 'object',
        required: [text],
        properties: {
          [text]: property,
          line: { ...property, maxLength: 10 },
          choice: { enum: [text, 'b'], title: text, description: text, default: text },
          many: { type: 'array', items: { enum: [text, 'b'] }, title: text, default: [text] },
          odd: { title: text, default: { [text]: text } },
          tick: { type: 'boolean', title: text, description: text },
          when: { type: 'string', format: 'date-time', default: text },
          range: { type: 'number', default: text, minimum: 1 },
        },
      },
    });
    const { page } = lab.links({ run });
    const shown = await lab.open(page);
    assert.equal(shown.status, 200);
    assertHarmless(shown);
    const typed = { decision: text, by: text, by_other: text, comment: text, 'form.line': text, 'form.range': text };
    const faulty = await lab.send(page, { ...typed, [`form.${text}`]: text, 'form.odd': text });
    assert.equal(faulty.status, 422);
    assertHarmless(faulty);
    const fields = { decision: 'rejected', by: text, comment: text };
    assert.equal((await lab.send(page, fields)).status, 303);
    const decided = await lab.open(page);
    assertHarmless(decided);
    assert.equal((await lab.send(page, { ...fields, by: 'Ada' })).status, 409);
  }
});

it('does not let a text turn the direction of what follows, nor hide controls', async () => {
  await lab.ask({ run, title: 'Pay \u202e001 to \u2066Ada\u0000\u0007?' });
  const { page } = lab.links({ run });
  assert.match((await lab.open(page)).text, /<h1>Pay 001 to Ada\?<\/h1>/);
  for (const by of ['Ada\u202e', 'Ada\nGrace', 'Ada\u0000', 'x'.repeat(201), ' '])
    assert.equal((await lab.send(page, { decision: 'approved', by })).status, 422, JSON.stringify(by));
  assert.equal((await lab.send(page, { ...FIELDS, comment: 'x'.repeat(4001) })).status, 422);
});

it('takes no form that the page of another site sent', async () => {
  const id = await lab.ask({ run });
  const { page } = lab.links({ run });
  const refused: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'nonsense' },
  ];
  for (const headers of refused) assert.equal((await lab.send(page, FIELDS, headers)).status, 403);
  assert.ok(await isOpen(id));
  const taken: Record<string, string>[] = [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, { origin: lab.url }];
  for (const headers of taken) assert.equal((await lab.send(page, FIELDS, headers)).status, 303);
});

it('reads no body that is not a small form', async () => {
  const id = await lab.ask({ run, form: FORM });
  const { page } = lab.links({ run });
  const post = async (body: string, type: string): Promise<number> =>
    (await fetch(page, { method: 'POST', body, headers: { 'content-type': type } })).status;
  const form = 'application/x-www-form-urlencoded';
  assert.equal(await post(`decision=approved&by=Mallory&comment=${'x'.repeat(70_000)}`, form), 413);
  assert.equal(await post('a&'.repeat(30_000), form), 422, 'thousands of fields');
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', ''])
    assert.equal(await post('{"decision":"approved","by":"Mallory"}', type), 415, type);
  assert.equal(
    await post(`decision=approved&decision=rejected&by=Mallory&form.amount=%ff%fe%00&form.account=main`, form),
    422,
  );
  const path = page.slice(lab.url.length);
  const type = `Content-Type: ${form}`;
  const announced = await lab.raw(
    head(path, [type, 'Content-Length: 99999999']).replace('Content-Type: application/json\r\n', ''),
    /413/,
  );
  assert.match(announced, /^HTTP\/1\.1 413/);
  assert.ok(await isOpen(id));
});

it('stays quick under a flood of forged links and of openings, and decides nothing', async () => {
  const id = await lab.ask({ run });
  const { page } = lab.links({ run });
  const forged = changed(page, 'signature', 'x'.repeat(43));
  const opened = await Promise.all(
    Array.from({ length: 300 }, (_, index) => lab.open(index % 2 === 0 ? page : forged)),
  );
  assert.deepEqual([...new Set(opened.map(({ status }) => status))].sort(), [200, 404]);
  assert.ok(await isOpen(id));
  assert.equal((await lab.send(page, FIELDS)).status, 303);
});

it('lets no source have the name under which decisions are kept: its senders could decide', () => {
  const inline = 'flow: forged\ntriggers:\n  - webhook: approval\n    auth: none\nsteps:\n  - return: yes\n';
  for (const text of [inline, 'source: approval\nauth: none\n']) {
    const catalog = loadText(text);
    assert.equal(catalog.sources.has('approval'), false);
    assert.ok(catalog.problems.some(({ code }) => code === 'reserved_name'));
  }
});
