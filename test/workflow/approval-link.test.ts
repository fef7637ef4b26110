// Links of approvals: signed as node:crypto signs, good for one step of one run and until they expire.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { linkState, runKeyOf } from '../../src/approvals/link-signature.ts';
import { approvalIdOf, approvalLinks, signatureOf, type ApprovalPlace } from '../../workflows/approval-link.ts';

const serverKey = randomBytes(32).toString('hex');
const place: ApprovalPlace = { workflowId: 'refunds/shop~7', stepPath: '2[4]/then/0' };
const runKey = runKeyOf(serverKey, place.workflowId);
const EXPIRES = 1_800_000_000;

/** The query of a link, as a server gets it. */
function queryOf(link: string): { expires: string; signature: string } {
  const query = new URL(link).searchParams;
  return { expires: query.get('expires')!, signature: query.get('signature')! };
}

describe('the links of an approval', () => {
  it('are signed by runs, without a crypto module, as the server checks them: whatever the lengths of key and text', () => {
    for (const length of [1, 31, 32, 33, 64, 100]) {
      const key = randomBytes(length).toString('hex');
      const long = { workflowId: `flow/${'ü€😀'.repeat(length)}`, stepPath: `${length}/then/0` };
      const text = `approval.v1\n${long.workflowId}\n${long.stepPath}\n${EXPIRES}`;
      const signature = signatureOf(key, long, EXPIRES);
      assert.equal(signature, createHmac('sha256', key).update(text).digest('base64url'));
      assert.equal(linkState(key, long, { expires: String(EXPIRES), signature }, 0), 'good');
    }
  });

  it('are signed with a key of the run alone, made from that of the server', () => {
    const expected = createHmac('sha256', serverKey).update(`approval.run\n${place.workflowId}`).digest('hex');
    assert.equal(runKey, expected);
    assert.notEqual(runKey, runKeyOf(serverKey, 'refunds/shop~8'));
  });

  it('name the run and the step so that a URL parser finds them again', () => {
    const links = approvalLinks({ key: runKey, url: 'https://hooks.example' }, place, EXPIRES * 1000 - 1);
    for (const [name, decision] of [
      ['approve', 'approved'],
      ['reject', 'rejected'],
      ['page', null],
    ] as const) {
      const url = new URL(links[name]);
      const [, first, run, step, ...rest] = url.pathname.split('/');
      assert.deepEqual([url.origin, first, rest], ['https://hooks.example', 'approvals', []]);
      assert.deepEqual([decodeURIComponent(run!), decodeURIComponent(step!)], [place.workflowId, place.stepPath]);
      assert.equal(url.searchParams.get('decision'), decision);
      assert.equal(url.searchParams.get('expires'), String(EXPIRES));
      assert.equal(linkState(runKey, place, queryOf(links[name]), EXPIRES * 1000), 'good');
    }
  });

  it('are good until their time is over, and say so after it', () => {
    const query = queryOf(approvalLinks({ key: runKey, url: 'https://a.example' }, place, EXPIRES * 1000).page);
    assert.equal(linkState(runKey, place, query, EXPIRES * 1000), 'good');
    assert.equal(linkState(runKey, place, query, EXPIRES * 1000 + 1), 'expired');
  });

  it('are no good for another step, another run, another time, or with any character changed', () => {
    const query = { expires: String(EXPIRES), signature: signatureOf(runKey, place, EXPIRES) };
    const state = (changed: Partial<typeof query>, at = place, key = runKey): string =>
      linkState(key, at, { ...query, ...changed }, 0);
    assert.equal(state({}), 'good');
    assert.equal(state({}, { ...place, stepPath: '2[5]/then/0' }), 'forged');
    assert.equal(state({}, { ...place, workflowId: 'refunds/shop~8' }), 'forged');
    assert.equal(state({}, place, runKeyOf(serverKey, 'refunds/shop~8')), 'forged');
    for (const expires of [String(EXPIRES + 1), `0${EXPIRES}`, `${EXPIRES}.0`, '', '-1', 'NaN', '9'.repeat(30)]) {
      assert.equal(state({ expires }), 'forged', expires);
    }
    const { signature } = query;
    for (let index = 0; index < signature.length; index += 1) {
      const other = signature[index] === 'A' ? 'B' : 'A';
      assert.equal(state({ signature: signature.slice(0, index) + other + signature.slice(index + 1) }), 'forged');
    }
    for (const wrong of ['', signature.slice(1), `${signature}=`, `${signature}A`]) {
      assert.equal(state({ signature: wrong }), 'forged', wrong);
    }
  });

  it('belong to an approval with an id of its own for each run and step', () => {
    const ids = [
      place,
      { ...place, stepPath: '2[5]/then/0' },
      { ...place, workflowId: 'refunds/shop~8' },
      { workflowId: 'a', stepPath: 'b\nc' },
    ].map(approvalIdOf);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal(approvalIdOf({ ...place }), ids[0]);
  });
});
