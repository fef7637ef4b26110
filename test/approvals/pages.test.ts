// The page by which people decide: what it shows in every state, and that only sending it decides, once.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { StoreUnavailableError } from '../../src/inbox/store.ts';
import { LAB_NOW_MS } from '../server/lab.ts';
import { delivery } from '../contract/deliveries.ts';
import { DAY_MS, FORM, RUN, startApprovalLab, STEP, type ApprovalLab } from './lab.ts';

let lab: ApprovalLab;
let count = 0;
let run: string;
const over = new Set<string>();
const broken = { store: false };

before(async () => {
  lab = await startApprovalLab({ deps: { runIsOver: async (id) => over.has(id) } });
});
beforeEach(() => {
  run = `${RUN}.${(count += 1)}`;
  lab.nowMs = LAB_NOW_MS;
  broken.store = false;
});
after(() => lab.close());

async function standing(id: string): Promise<unknown> {
  return (await lab.store.getApproval(id)).decision;
}

describe('the page of an approval', () => {
  it('asks what the run asks, under a path with encoded slashes, and keeps its link to itself', async () => {
    await lab.ask({
      run,
      title: 'Pay 12 € to Zoë?',
      who: ['Ada', 'Grace'],
      form: FORM,
      expiresAt: LAB_NOW_MS + DAY_MS,
    });
    const { page } = lab.links({ run });
    assert.match(page, /\/approvals\/invoice%2Fshop\.orders~i-1~2\.\d+\/2%2Fthen%2F0%5B17%5D%2F1\?/);
    const { status, headers, text } = await lab.open(page);
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.match(headers.get('x-robots-tag') ?? '', /noindex/);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; .*frame-ancestors 'none'/);
    assert.doesNotMatch(text, /<script|unsafe-inline|https?:\/\//);
    for (const shown of ['Pay 12 € to Zoë?', 'Ada, Grace', '15 November 2023', 'Amount', 'In euros.', 'travel'])
      assert.ok(text.includes(shown), shown);
  });

  it('is the same behind a proxy that decodes the slashes', async () => {
    await lab.ask({ run });
    const [path, query] = lab.links({ run }).page.slice(lab.url.length).split('?');
    const { status, text } = await lab.open(`${lab.url}${decodeURIComponent(path!)}?${query}`);
    assert.equal(status, 200);
    assert.match(text, /Pay the invoice\?/);
  });

  it('puts the button first that the link chose', async () => {
    await lab.ask({ run });
    const { approve, reject } = lab.links({ run });
    const order = async (link: string): Promise<string[]> =>
      [...(await lab.open(link)).text.matchAll(/name="decision"\s+value="(\w+)"/g)].map(([, value]) => value!);
    assert.deepEqual(await order(approve), ['approved', 'rejected']);
    assert.deepEqual(await order(reject), ['rejected', 'approved']);
  });

  it('decides nothing when it is only opened, by whatever method that is not POST', async () => {
    const id = await lab.ask({ run });
    const { approve, reject } = lab.links({ run });
    for (const link of [approve, reject, `${approve}&by=Ada`]) {
      assert.equal((await lab.open(link)).status, 200);
      const head = await fetch(link, { method: 'HEAD' });
      assert.deepEqual([head.status, await head.text()], [200, '']);
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      assert.equal((await fetch(approve, { method, body: 'decision=approved&by=Ada' })).status, 405, method);
    assert.equal(await standing(id), null);
  });

  it('takes a decision with its form, says so when it is loaded again, and keeps all of it for the run', async () => {
    const id = await lab.ask({ run, form: FORM, who: ['Ada'] });
    const { approve } = lab.links({ run });
    const fields = { decision: 'approved', by: '', by_other: ' Grace ', comment: 'all\r\nfine' };
    const sent = await lab.send(approve, {
      ...fields,
      'form.amount': '12.5',
      'form.account': 'travel',
      'form.note': '',
    });
    assert.equal(sent.status, 303);
    const { status, text } = await lab.open(new URL(sent.headers.get('location')!, approve).href);
    assert.equal(status, 200);
    assert.match(text, /Approved/);
    assert.match(text, /by Grace/);
    assert.doesNotMatch(text, /<form/);
    const at = new Date(LAB_NOW_MS).toISOString();
    const form = { amount: 12.5, account: 'travel' };
    const decision = { decision: 'approved', by: 'Grace', at, comment: 'all\nfine', form, via: 'link' };
    assert.deepEqual(await standing(id), decision);
    const question = { types: ['approval.approved'], source: 'approval', where: [], since: 0, after: 0, except: '' };
    const events = await lab.store.lookBack({ ...question, where: [['body.approval', id]] }, 10);
    assert.deepEqual(
      events.map(({ event }) => event.body),
      [{ approval: id, run, step: STEP, ...decision }],
    );
  });

  it('shows what is wrong beside the field, keeps what was typed, and decides nothing', async () => {
    const id = await lab.ask({ run, form: FORM });
    const fields = { decision: 'approved', by: '', 'form.amount': 'a lot', 'form.account': 'travel', comment: 'typed' };
    const { status, text } = await lab.send(lab.links({ run }).page, fields);
    assert.equal(status, 422);
    assert.match(text, /id="field-0-fault">\s*Must be a number\./);
    assert.match(text, /aria-invalid="true"/);
    assert.match(text, /id="by-fault">\s*Please say who decides\./);
    assert.match(text, /value="a lot"/);
    assert.match(text, /<option value="travel"\s+selected>/);
    assert.match(text, />\s*typed<\/textarea>/);
    assert.equal(await standing(id), null);
  });

  it('needs no form of who rejects', async () => {
    const id = await lab.ask({ run, form: FORM });
    const fields = { decision: 'rejected', by: 'Ada', 'form.amount': '', 'form.account': '' };
    assert.equal((await lab.send(lab.links({ run }).page, fields)).status, 303);
    assert.deepEqual(((await standing(id)) as { form: unknown }).form, {});
  });

  it('tells whoever comes second what stands, and counts no other answer', async () => {
    const id = await lab.ask({ run });
    const { approve, reject } = lab.links({ run });
    await lab.send(approve, { decision: 'approved', by: 'Ada' });
    const { status, text } = await lab.send(reject, { decision: 'rejected', by: 'Grace' });
    assert.equal(status, 409);
    assert.match(text, /not counted/);
    assert.match(text, /Approved[\s\S]*by Ada/);
    assert.equal(
      (await lab.send(approve, { decision: 'approved', by: 'Ada' })).status,
      303,
      'the same again is no conflict',
    );
    assert.equal(((await standing(id)) as { by: string }).by, 'Ada');
  });

  it('lets one of twenty answers at the same time stand', async () => {
    const id = await lab.ask({ run });
    const { page } = lab.links({ run });
    const names = Array.from({ length: 20 }, (_, index) => `person ${index}`);
    const sent = await Promise.all(
      names.map((by, index) => lab.send(page, { decision: index % 2 === 0 ? 'approved' : 'rejected', by })),
    );
    assert.deepEqual(sent.map(({ status }) => status).sort(), [303, ...Array.from({ length: 19 }, () => 409)]);
    const winner = names[sent.findIndex(({ status }) => status === 303)];
    assert.equal(((await standing(id)) as { by: string }).by, winner);
  });

  it('takes a decision before the run has come to the step, as its definition asks', async () => {
    const { deliveryId, eventId } = { deliveryId: `early-${count}`, eventId: `shop~early-${count}` };
    const approve = { title: 'Ship $${{ it }}?', who: ['Ada', '${{ event.body.who }}'], form: FORM };
    const steps = [
      { verb: 'set', line: 1, set: {} },
      { verb: 'approve', line: 2, id: 'ship', approve },
    ];
    await lab.store.putDefinition(`hash-${count}`, JSON.stringify({ flow: 'order', steps }));
    const start = { flow: 'order', definitionHash: `hash-${count}` };
    await lab.store.accept(delivery({ deliveryId, event: { id: eventId, starts: [start] } }));
    for (const workflowId of [`order/${eventId}`, `order/${eventId}~r3`]) {
      // A run that was started again signs with the key of the first one.
      const links = lab.links({ run: workflowId, step: '1', signer: `order/${eventId}` });
      const { status, text } = await lab.open(links.page);
      assert.equal(status, 200);
      assert.match(text, /Ship \${{ it }}\?/);
      assert.match(text, /not come to this step yet/);
      assert.match(text, /For<\/dt>\s*<dd>Ada<\/dd>/);
      const fields = { decision: 'approved', by: 'Ada', 'form.amount': '2', 'form.account': 'main' };
      assert.equal((await lab.send(links.approve, fields)).status, 303);
      assert.match((await lab.open(links.page)).text, /Approved/);
    }
    assert.equal((await lab.open(lab.links({ run: `order/${eventId}`, step: '0' }).page)).status, 404, 'no approval');
  });

  it('says when it is closed, over, timed out or not known, and takes nothing then', async () => {
    const id = await lab.ask({ run });
    const { page } = lab.links({ run });
    const fields = { decision: 'approved', by: 'Ada' };
    over.add(run);
    assert.match((await lab.open(page)).text, /This is over/);
    assert.equal((await lab.send(page, fields)).status, 409);
    over.delete(run);
    await lab.ask({ run, expiresAt: LAB_NOW_MS + 1000 });
    lab.nowMs += 1000;
    assert.match((await lab.open(page)).text, /This is closed/);
    assert.equal((await lab.send(page, fields)).status, 409);
    assert.equal(await standing(id), null);
    await lab.store.accept(
      delivery({
        source: 'approval',
        deliveryId: id,
        event: {
          type: 'approval.closed',
          body: { by: null, at: '', comment: null, form: null, via: 'run' },
          starts: [],
        },
      }),
    );
    assert.match((await lab.open(page)).text, /This is closed/);
    const unknown = await lab.send(lab.links({ run: 'invoice/nobody' }).page, fields);
    assert.equal(unknown.status, 404);
    assert.match(unknown.text, /nothing to decide/);
  });

  it('says that a link has expired only to who holds a right one', async () => {
    const id = await lab.ask({ run });
    const { page } = lab.links({ run, goodUntil: LAB_NOW_MS - 1000 });
    assert.equal((await lab.open(page)).status, 410);
    assert.equal((await lab.send(page, { decision: 'approved', by: 'Ada' })).status, 410);
    assert.equal(await standing(id), null);
  });

  it('answers programs in JSON', async () => {
    const id = await lab.ask({ run, form: FORM });
    const { page } = lab.links({ run });
    const headers = { accept: 'application/json' };
    const shown = JSON.parse((await lab.open(page, headers)).text) as Record<string, unknown>;
    assert.deepEqual([shown['id'], shown['status'], shown['run'], shown['step']], [id, 'open', run, STEP]);
    const wrong = await lab.send(page, { decision: 'maybe', by: 'Ada' }, headers);
    const faults = JSON.parse(wrong.text).error.details as { field: string }[];
    assert.deepEqual(
      [wrong.status, ...faults.map(({ field }) => field).sort()],
      [422, 'decision', 'form.account', 'form.amount'],
    );
    const sent = await lab.send(page, { decision: 'rejected', by: 'Ada' }, headers);
    assert.deepEqual([sent.status, JSON.parse(sent.text).status], [200, 'rejected']);
    const late = await lab.send(page, { decision: 'approved', by: 'Ada' }, headers);
    assert.deepEqual([late.status, JSON.parse(late.text).error.details.decision.by], [409, 'Ada']);
  });
});

describe('the page while the inbox is away', () => {
  it('says that nothing was decided, and takes it later', async () => {
    const away = await startApprovalLab({
      storeInstead: { accept: () => Promise.reject(new StoreUnavailableError('the disk is full')) },
    });
    try {
      await away.ask({ run });
      const { status, text, headers } = await away.send(away.links({ run }).page, { decision: 'approved', by: 'Ada' });
      assert.equal(status, 503);
      assert.equal(headers.get('retry-after'), '5');
      assert.match(text, /Nothing was decided/);
      assert.doesNotMatch(text, /disk/);
    } finally {
      await away.close();
    }
  });
});
