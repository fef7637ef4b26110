// The property of the receiver: whatever is written on a connection, what comes back is HTTP without a 5xx, or nothing.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { githubSource, source, startLab, type Lab } from '../server/lab.ts';
import { readAnswers, sendAndClose } from '../server/wire.ts';
import { hostileBytes } from './hostile-bytes.ts';

/** A receiver with a source of each kind of manners. */
export function startReceiver(): Promise<Lab> {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } };
  return startLab({
    sources: [
      githubSource,
      source('open', 'none'),
      source('packed', 'none', { decompress: true }),
      source('checked', 'none', { schema }),
      source('slack', 'slack'),
    ],
    secrets: { SLACK_SECRET: 'secret of the lab' },
  });
}

/** Any bytes on a connection of its own are answered in HTTP, never with a 5xx, or the connection is closed. */
export function anyBytesAreAnswered(lab: Pick<Lab, 'port'>) {
  return fc.asyncProperty(hostileBytes, async (bytes) => {
    for (const { status, body } of readAnswers(await sendAndClose(lab.port, bytes))) {
      assert.ok(status < 500, `${status} ${body}`);
    }
  });
}

/** A good sender is served, nothing is held any more, and nothing failed unexpectedly. */
export async function assertServes(lab: Lab): Promise<void> {
  const response = await lab.post('/hooks/open', '{"from":"a good sender"}');
  assert.equal(response.status, 202, await response.text());
  const metrics = await (await fetch(`${lab.url}/metrics`)).text();
  assert.match(metrics, /hookline_in_flight_bytes 0\n/);
  assert.match(metrics, /hookline_receiver_errors_total 0\n/);
}
