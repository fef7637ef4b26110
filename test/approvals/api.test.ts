// The API of approvals: lists, one of them, and decisions by programs, under the same rules as the page.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import type { ApprovalView } from '../../src/approvals/view.ts';
import { LAB_NOW_MS } from '../server/lab.ts';
import { FORM, startApprovalLab, STEP, type ApprovalLab } from './lab.ts';

let lab: ApprovalLab;
let count = 0;
let run: string;

before(async () => {
  lab = await startApprovalLab();
});
beforeEach(() => {
  run = `invoice/shop~api-${(count += 1)}`;
});
after(() => lab.close());

interface Asked {
  status: number;
  body: ApprovalView & { approvals: ApprovalView[]; next: string | null } & {
    error: { code: string; message: string; details: ApprovalView & { field: string }[] };
  };
}

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Asked> {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(lab.url + path, {
    ...request,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: (await response.json()) as Asked['body'] };
}

it('shows an approval with all that is asked', async () => {
  const id = await lab.ask({ run, form: FORM, who: ['Ada'], expiresAt: LAB_NOW_MS + 60_000 });
  const { status, body } = await ask(`/api/approvals/${id}`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    id,
    status: 'open',
    title: 'Pay the invoice?',
    who: ['Ada'],
    flow: 'invoice',
    run,
    step: STEP,
    openedAt: new Date(LAB_NOW_MS).toISOString(),
    expiresAt: new Date(LAB_NOW_MS + 60_000).toISOString(),
    form: FORM,
    decision: null,
  });
  for (const unknown of ['0'.repeat(32), 'nothing', '..%2f..', "'--"])
    assert.deepEqual((await ask(`/api/approvals/${unknown}`)).body.error.code, 'approval_unknown');
});

it('lists open approvals newest first, in pages, and others where it is asked to', async () => {
  const runs = ['a', 'b', 'c'].map((name) => `listed/shop~${name}`);
  const ids: string[] = [];
  for (const each of runs) ids.push(await lab.ask({ run: each }));
  const [a, b, c] = ids;
  const listed = async (query: string): Promise<string[]> =>
    (await ask(`/api/approvals?flow=listed&${query}`)).body.approvals.map(({ id }) => id);
  assert.deepEqual(await listed(''), [c, b, a]);
  assert.equal((await ask(`/api/approvals/${b}`, { decision: 'rejected', by: 'Ada' })).status, 200);
  assert.deepEqual(await listed(''), [c, a]);
  assert.deepEqual(await listed('state=ended'), [b]);
  assert.deepEqual(await listed('state=all&run=listed/shop~a'), [a]);
  const { body } = await ask('/api/approvals?flow=listed&state=all&limit=2');
  assert.deepEqual(
    (await ask(body.next!)).body.approvals.map(({ id }) => id),
    [a],
  );
  for (const wrong of ['state=some', 'limit=0', 'limit=1000000', 'before=x', 'who=Ada', 'flow=a&flow=b'])
    assert.equal((await ask(`/api/approvals?${wrong}`)).status, 400, wrong);
});

it('decides once; the same again is no conflict, anything else is, with what stands', async () => {
  const id = await lab.ask({ run, form: FORM });
  const decision = { decision: 'approved', by: 'Ada', comment: 'fine', form: { amount: 3, account: 'main' } };
  const first = await ask(`/api/approvals/${id}`, decision);
  assert.deepEqual([first.status, first.body.status, first.body.decision?.via], [200, 'approved', 'api']);
  assert.equal((await ask(`/api/approvals/${id}`, decision)).status, 200);
  for (const change of [{ by: 'Grace' }, { decision: 'rejected' }, { comment: 'no' }, { form: null }]) {
    const { status, body } = await ask(`/api/approvals/${id}`, { ...decision, ...change });
    assert.deepEqual([status, body.error.code, body.error.details.decision?.by], [409, 'already_decided', 'Ada']);
  }
});

it('tells every fault at once by its field, and decides nothing', async () => {
  const id = await lab.ask({ run, form: FORM });
  const { status, body } = await ask(`/api/approvals/${id}`, { decision: 'perhaps', comment: 5, form: { amount: 0 } });
  assert.equal(status, 422);
  assert.deepEqual(body.error.details.map(({ field }) => field).sort(), [
    'by',
    'comment',
    'decision',
    'form.account',
    'form.amount',
  ]);
  for (const odd of [
    [],
    'text',
    null,
    5,
    { decision: 'approved', by: 'Ada', forms: {} },
    { decision: 'closed', by: 'Ada' },
  ])
    assert.equal((await ask(`/api/approvals/${id}`, odd)).status, 422, JSON.stringify(odd));
  assert.equal((await ask(`/api/approvals/${id}`)).body.status, 'open');
});

it('is for who may use the API, and never for the page of another site', async () => {
  const id = await lab.ask({ run });
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { via: '1.1 proxy' },
  ];
  for (const headers of foreign) {
    assert.equal((await ask(`/api/approvals/${id}`, { decision: 'approved', by: 'Ada' }, headers)).status, 403);
    assert.equal((await ask('/api/approvals', undefined, headers)).status, 403);
  }
  const guarded = await startApprovalLab({ deps: { apiToken: 'token-of-the-lab' } });
  try {
    const guardedId = await guarded.ask({ run });
    const answers: [string, number][] = [
      ['', 401],
      ['Bearer wrong', 401],
      ['Bearer token-of-the-lab', 200],
    ];
    for (const [authorization, expected] of answers) {
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ decision: 'approved', by: 'Ada' });
      const posted = await fetch(`${guarded.url}/api/approvals/${guardedId}`, { method: 'POST', headers, body });
      assert.equal(posted.status, expected, authorization);
      assert.equal((await fetch(`${guarded.url}/api/approvals`, { headers })).status, expected, authorization);
    }
  } finally {
    await guarded.close();
  }
});

it('refuses what is no JSON, and what is too large to be a decision', async () => {
  const id = await lab.ask({ run });
  const post = async (body: string, type = 'application/json'): Promise<number> =>
    (await fetch(`${lab.url}/api/approvals/${id}`, { method: 'POST', body, headers: { 'content-type': type } })).status;
  assert.equal(await post('decision=approved&by=Ada', 'application/x-www-form-urlencoded'), 415);
  assert.equal(await post('{'), 400);
  assert.equal(await post(JSON.stringify({ decision: 'approved', by: 'x'.repeat(300_000) })), 413);
});
