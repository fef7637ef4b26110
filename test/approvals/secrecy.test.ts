// What becomes of a link that came to the server: its signature, and the keys behind it, are written nowhere and told to nobody.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, it } from 'node:test';
import { LAB_NOW_MS } from '../server/lab.ts';
import { APPROVAL_KEY, DAY_MS, RUN, startApprovalLab, type ApprovalLab } from './lab.ts';

let lab: ApprovalLab;
let isBroken = false;

before(async () => {
  lab = await startApprovalLab({
    storeInstead: {
      getApproval: (id) => (isBroken ? Promise.reject(new Error('a bug')) : lab.store.getApproval(id)),
    },
  });
});
after(() => lab.close());

const FIELDS = { decision: 'approved', by: 'Ada' };

it('writes no signature and no key to its log, its metrics, its inbox or its answers', async () => {
  const id = await lab.ask();
  const { page, approve } = lab.links({});
  const expired = lab.links({ goodUntil: LAB_NOW_MS - DAY_MS }).page;
  const signatures = [page, expired].map((link) => new URL(link).searchParams.get('signature')!);
  const key = createHmac('sha256', APPROVAL_KEY).update(`approval.run\n${RUN}`).digest('hex');
  const texts: string[] = [];

  isBroken = true;
  assert.equal((await lab.open(page)).status, 500);
  assert.match(lab.log(), /a bug/);
  isBroken = false;
  const forged = page.replace('expires=1', 'expires=2');
  for (const [link, status] of [
    [page, 200],
    [forged, 404],
    [expired, 410],
  ] as const) {
    const answer = await lab.open(link);
    assert.equal(answer.status, status);
    texts.push(answer.text);
  }
  for (const path of ['/hooks', '/api', '/x']) texts.push((await lab.open(page.replace('/approvals', path))).text);
  texts.push((await lab.send(approve, { decision: 'approved' })).text);
  assert.equal((await lab.send(approve, FIELDS)).status, 303);
  texts.push((await lab.send(page, { ...FIELDS, by: 'Eve' })).text);
  texts.push(JSON.stringify(lab.rejections));
  const decided = await lab.store.getApproval(id);
  assert.equal(decided.decision?.by, 'Ada');
  for (const path of ['/metrics', '/api/approvals?state=all', `/api/approvals/${id}`, '/api/deliveries'])
    texts.push((await lab.open(lab.url + path)).text);
  texts.push(
    (await lab.open(`${lab.url}/api/deliveries/${id}`)).text,
    (await lab.open(`${lab.url}/api/rejections`)).text,
  );

  for (const text of [lab.log(), ...texts]) {
    for (const secret of [...signatures, key, APPROVAL_KEY]) assert.ok(!text.includes(secret), text.slice(0, 500));
  }
});
