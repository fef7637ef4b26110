// What every Store driver must do for approvals: what is asked is kept, the first decision stands, and both go together.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NewApproval } from '../../src/inbox/approvals.ts';
import type { Accepted, Store } from '../../src/inbox/store.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { DAY_MS, delivery, NOW, type StoreAtHand } from './deliveries.ts';

function approvalOf(id: string, changes: Partial<NewApproval> = {}): NewApproval {
  return {
    id,
    run: 'invoice/shop~i-1',
    flow: 'invoice',
    step: '2/then/0',
    title: 'Pay 12.50 to Zoë?',
    who: ['Ada', 'Grace'],
    form: { type: 'object', properties: { reason: { type: 'string' } } },
    openedAt: NOW,
    expiresAt: NOW + DAY_MS,
    ...changes,
  };
}

/** Stores a decision as the one place does that makes them: a delivery under the approval's id. */
function decide(
  store: Store,
  id: string,
  decision: string,
  said: JsonObject = {},
  receivedAt = NOW + 10,
): Promise<Accepted> {
  const at = new Date(receivedAt).toISOString();
  const body = { approval: id, decision, by: null, at, comment: null, form: null, via: 'link', ...said };
  const event = { type: `approval.${decision}`, body, outcome: 'unmatched' as const, starts: [] };
  return store.accept(delivery({ source: 'approval', deliveryId: id, receivedAt, event }));
}

async function ids(listed: Promise<{ id: string }[]>): Promise<string[]> {
  return (await listed).map(({ id }) => id);
}

export function testApprovals(at: StoreAtHand): void {
  it('keeps an approval with everything that is asked, over a restart', async () => {
    await at.store().openApproval(approvalOf('a'));
    const store = await at.reopen();
    assert.deepEqual(await store.getApproval('a'), { opened: approvalOf('a'), decision: null });
    assert.deepEqual(await store.getApproval('b'), { opened: null, decision: null });
  });

  it('takes an approval twice: what is asked is brought up to date, the time it was first asked stays', async () => {
    const store = at.store();
    await store.openApproval(approvalOf('a', { form: null }));
    const later = { title: 'Pay now?', who: [], expiresAt: null };
    await store.openApproval(approvalOf('a', { ...later, openedAt: NOW + 5000 }));
    assert.deepEqual((await store.getApproval('a')).opened, approvalOf('a', later));
    assert.equal((await store.listApprovals({ limit: 10 })).length, 1);
  });

  it('lets the first decision stand, whole, and no other', async () => {
    const store = at.store();
    await store.openApproval(approvalOf('a'));
    const said = { by: 'Ada', comment: 'fine', form: { reason: 'paid' }, via: 'link' };
    await decide(store, 'a', 'approved', said);
    assert.equal((await decide(store, 'a', 'rejected', { by: 'Mallory' }, NOW + 20)).duplicate, true);
    const { decision } = await store.getApproval('a');
    assert.deepEqual(decision, { decision: 'approved', at: new Date(NOW + 10).toISOString(), ...said });
  });

  it('knows a decision that came before it was asked for', async () => {
    const store = at.store();
    await decide(store, 'a', 'rejected', { by: 'Ada', via: 'link' });
    assert.equal((await store.getApproval('a')).decision?.decision, 'rejected');
    assert.equal(await store.countOpenApprovals(), 0);
    await store.openApproval(approvalOf('a'));
    assert.equal(await store.countOpenApprovals(), 0, 'it is never open');
    assert.equal((await store.getApproval('a')).opened?.title, 'Pay 12.50 to Zoë?');
  });

  it('takes no other delivery for a decision', async () => {
    const store = at.store();
    await store.openApproval(approvalOf('a'));
    await store.accept(delivery({ source: 'shop', deliveryId: 'a', event: { type: 'approval.approved' } }));
    assert.equal((await store.getApproval('a')).decision, null);
    assert.equal(await store.countOpenApprovals(), 1);
  });

  it('lists approvals newest first, by state, flow and run, in pages', async () => {
    const store = at.store();
    for (const id of ['a', 'b', 'c', 'd']) await store.openApproval(approvalOf(id, { run: `invoice/${id}` }));
    await store.openApproval(approvalOf('e', { flow: 'order', run: 'order/e' }));
    await decide(store, 'b', 'approved');
    await decide(store, 'd', 'closed');
    assert.deepEqual(await ids(store.listApprovals({ limit: 10 })), ['e', 'd', 'c', 'b', 'a']);
    assert.deepEqual(await ids(store.listApprovals({ limit: 10, open: true })), ['e', 'c', 'a']);
    assert.deepEqual(await ids(store.listApprovals({ limit: 10, open: false })), ['d', 'b']);
    assert.deepEqual(await ids(store.listApprovals({ limit: 10, open: true, flow: 'invoice' })), ['c', 'a']);
    assert.deepEqual(await ids(store.listApprovals({ limit: 10, run: 'order/e' })), ['e']);
    const first = await store.listApprovals({ limit: 2, open: true });
    assert.deepEqual(await ids(store.listApprovals({ limit: 2, open: true, beforeRow: first[1]!.row })), ['a']);
    assert.deepEqual(
      (await store.listApprovals({ limit: 10 })).map(({ decision }) => decision?.decision ?? null),
      [null, 'closed', null, 'approved', null],
    );
    assert.equal(await store.countOpenApprovals(), 3);
  });

  it('keeps a decision whole until it is deleted, so that a run that comes to it later finds it', async () => {
    const store = at.store();
    await decide(store, 'a', 'approved', { by: 'Ada' });
    const question = { types: ['approval.approved'], source: 'approval', since: 0, after: 0, except: '' };
    const found = (): Promise<{ event: { body: Json } }[]> =>
      store.lookBack({ ...question, where: [['body.approval', 'a']] }, 1);
    await store.prune(NOW + DAY_MS, NOW - DAY_MS);
    assert.equal((await store.getApproval('a')).decision?.by, 'Ada');
    const bodies = (await found()).map(({ event }) => (event.body as JsonObject)['by']);
    assert.deepEqual(bodies, ['Ada']);
    await store.prune(NOW + DAY_MS, NOW + DAY_MS);
    assert.deepEqual(await store.getApproval('a'), { opened: null, decision: null });
    assert.deepEqual(await found(), []);
    assert.equal((await decide(store, 'a', 'rejected')).duplicate, false, 'it can be decided anew');
  });

  it('deletes an approval with its decision, an open one when its run is gone, and none that a run waits for', async () => {
    const store = at.store();
    for (const id of ['decided', 'gone', 'waited', 'young'])
      await store.openApproval(
        approvalOf(id, { run: `invoice/${id}`, openedAt: id === 'young' ? NOW + 2 * DAY_MS : NOW }),
      );
    await decide(store, 'decided', 'approved');
    await store.registerWaiter(
      {
        id: 'invoice/waited/2',
        workflowId: 'invoice/waited',
        types: ['approval.approved'],
        source: 'approval',
        where: [['body.approval', 'waited']],
        since: NOW,
        after: 0,
        except: '',
        once: true,
        expiresAt: null,
      },
      NOW,
    );
    await store.prune(NOW + DAY_MS, NOW + DAY_MS);
    assert.deepEqual(await ids(store.listApprovals({ limit: 10 })), ['young', 'waited']);
    assert.deepEqual(await store.getApproval('decided'), { opened: null, decision: null });
  });

  it('finds the definition that an event started a flow with', async () => {
    const store = at.store();
    await store.accept(delivery());
    assert.equal(await store.definitionOfStart('welcome', 'shop~d-1'), '{"flow":"welcome"}');
    assert.equal(await store.definitionOfStart('other', 'shop~d-1'), null);
    assert.equal(await store.definitionOfStart('welcome', 'shop~d-2'), null);
  });
}
