// Reading bodies within what the whole process may hold, and the limits of the server itself.
import assert from 'node:assert/strict';
import { createServer, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { readBody, releaseBody, type InFlight } from '../../src/server/body.ts';
import { createHttpServer } from '../../src/server/http-server.ts';
import { eventually } from '../support/waiting.ts';

describe('bodies in flight', () => {
  const inFlight: InFlight = { bytes: 0, bytesMax: 100 };
  const held: Buffer[] = [];
  let read: ((outcome: string) => void) | undefined;
  const server = createServer((incoming, response) => void answer(incoming, response));
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming, response, 80, inFlight);
    if (Buffer.isBuffer(body)) held.push(body);
    read?.(Buffer.isBuffer(body) ? 'read' : body);
    response.end();
  }

  function send(size: number, headers: Record<string, string>): { outcome: Promise<string>; client: ClientRequest } {
    const outcome = new Promise<string>((resolve) => (read = resolve));
    const client = request({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      method: 'POST',
      headers,
    });
    client.on('error', () => undefined).on('response', (response) => response.resume());
    client.write(Buffer.alloc(size));
    return { outcome, client };
  }

  it('are limited over all requests, by what is announced and by what comes', async () => {
    const first = send(60, {});
    first.client.end();
    assert.equal(await first.outcome, 'read');
    assert.equal(inFlight.bytes, 60);
    const announced = send(50, { 'content-length': '50' });
    assert.equal(await announced.outcome, 'busy');
    announced.client.end();
    const chunked = send(50, {});
    assert.equal(await chunked.outcome, 'busy');
    chunked.client.end();
    assert.equal(inFlight.bytes, 60);
    releaseBody(held.pop()!, inFlight);
    const again = send(50, { 'content-length': '50' });
    again.client.end();
    assert.equal(await again.outcome, 'read');
    releaseBody(held.pop()!, inFlight);
  });

  it('of senders that go away, or send too much, are given back', async () => {
    const gone = send(30, { 'content-length': '70' });
    await eventually('it is being read', () => inFlight.bytes > 0);
    gone.client.destroy();
    assert.equal(await gone.outcome, 'cut_off');
    const tooMuch = send(90, {});
    assert.equal(await tooMuch.outcome, 'too_large');
    tooMuch.client.end();
    assert.equal(inFlight.bytes, 0);
  });
});

describe('the server', () => {
  it('limits how long and how much a client may send', () => {
    const server = createHttpServer(() => undefined);
    assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 10_000);
    assert.ok(server.requestTimeout >= server.headersTimeout && server.requestTimeout <= 30_000);
    assert.ok(server.keepAliveTimeout > 60_000);
    assert.ok(server.timeout > 0 && (server.maxConnections ?? 0) > 0);
  });
});
