// Microsoft Graph: the validation of the URL as documented, and a secret in every notification of a batch.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { microsoftGraph } from '../../src/providers/microsoft-graph.ts';
import { flow, source, startLab, type Lab } from '../server/lab.ts';
import { inbound } from './requests.ts';

const SECRET = 'secretClientValue';
const json = { 'content-type': 'application/json' };
const notification = (more: object = {}) => ({ clientState: SECRET, changeType: 'created', resource: 'me', ...more });

function judge(body: unknown, secrets = ['old', SECRET]): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const verdict = microsoftGraph.verifier({})(inbound(json, text), secrets, 0);
  return verdict.ok ? 'ok' : `${verdict.status} ${verdict.reason}`;
}

describe('Microsoft Graph', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({
      sources: [source('graph', 'microsoft-graph')],
      flows: [flow('on-change', [{ source: 'graph' }])],
      secrets: { 'MICROSOFT-GRAPH_SECRET': SECRET },
    });
  });
  after(() => lab.close());

  it('gets its validation token back, decoded, as plain text', async () => {
    // As documented: a POST with an empty text/plain body, the token URL-encoded in the query.
    const token = 'Validation: Testing client application reachability for subscription Request-Id: 522a8e7e';
    const url = `/hooks/graph?validationToken=${encodeURIComponent(token).replaceAll('%20', '+')}`;
    const response = await lab.post(url, '', { 'content-type': 'text/plain; charset=utf-8' });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type')!, /^text\/plain/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(await response.text(), token);
    assert.equal(await lab.deliveries(), 0);
  });

  it('does not get back what is too long, or comes twice', async () => {
    for (const query of [`validationToken=${'a'.repeat(1025)}`, 'validationToken=a&validationToken=b']) {
      const response = await lab.post(`/hooks/graph?${query}`, '{}');
      assert.equal(response.status, 400);
      assert.equal((await response.text()).includes('aaa'), false);
    }
  });

  it('delivers a batch as one request with an event each, and flows do not see the secret', async () => {
    const value = [notification({ id: 'n-1' }), notification({ id: 'n-2', changeType: 'updated' })];
    for (let count = 0; count < 2; count += 1) {
      const response = await lab.post('/hooks/graph', JSON.stringify({ value }));
      assert.equal(response.status, 202);
      assert.equal(await response.text(), '');
    }
    assert.equal(await lab.deliveries(), 1);
    const starts = await lab.starts();
    assert.deepEqual(
      starts.map(({ eventId, eventType }) => [eventId, eventType]),
      [
        ['graph~n-1', 'created'],
        ['graph~n-2', 'updated'],
      ],
    );
    assert.equal(JSON.stringify(starts).includes(SECRET), false);
  });

  it('may send the same notification without an id twice, and both count', async () => {
    const body = JSON.stringify({ value: [notification({ resource: 'me/drive/root', changeType: 'updated' })] });
    const before = await lab.deliveries();
    await lab.post('/hooks/graph', body);
    await lab.post('/hooks/graph', body);
    assert.equal(await lab.deliveries(), before + 2);
  });
});

describe('the secret of a Graph subscription', () => {
  it('must be in every notification of a request', () => {
    assert.equal(judge({ value: [notification(), notification()] }), 'ok');
    assert.equal(judge({ value: [notification(), notification({ clientState: 'x' })] }), '401 credential_mismatch');
    assert.equal(judge({ value: [notification(), { changeType: 'created' }] }), '401 credential_missing');
    assert.equal(judge({ value: [notification({ clientState: '' })] }), '401 credential_missing');
    assert.equal(judge({ value: [notification({ clientState: null })] }), '401 credential_missing');
    assert.equal(judge({ value: [notification({ clientState: [SECRET] })] }), '400 credential_malformed');
    assert.equal(judge({ value: [notification(), 'x'] }), '400 envelope_malformed');
  });

  it('is not proved by a request without notifications', () => {
    assert.equal(judge({ value: [] }), '401 credential_missing');
    for (const body of ['', '{', 'null', '[]', '{}', '{"value":{}}', '{"value":"x"}', '['.repeat(5000)]) {
      assert.equal(judge(body), '400 envelope_malformed', body.slice(0, 20));
    }
    assert.equal(judge(`{"value":[{"__proto__":{"clientState":"${SECRET}"}}]}`), '401 credential_missing');
  });

  it('that is not set refuses everything, an empty `clientState` too', () => {
    assert.equal(judge({ value: [notification()] }, []), '401 secret_not_set');
    assert.equal(judge({ value: [notification({ clientState: '' })] }, ['']), '401 secret_not_set');
  });
});
