// Manners under attack: connections that trickle, idle, pipeline, half-close or never read. Others are served meanwhile.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { respondWithinMaxMs } from '../../src/flow/limits.ts';
import { createHttpServer, REQUESTS_PER_CONNECTION_MAX } from '../../src/server/http-server.ts';
import { signGithub } from '../support/sign.ts';
import { GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';
import {
  chunk,
  closeClients,
  head,
  openClient,
  post,
  sendAndClose,
  statuses,
  whileServing,
  type Client,
} from './wire.ts';

/** The receiver's limits are shortened to these, so that the test sees them. */
const HEADERS_TIMEOUT_MS = 300;
const REQUEST_TIMEOUT_MS = 1_000;
const SILENCE_MS = 1_000;
const TRICKLE_PAUSE_MS = 50;
const SLOW_CLIENTS = 200;
/** Requests in one write. */
const PIPELINED = 1_000;

describe('a receiver whose connections are hostile', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({ sources: [githubSource, source('good', 'none'), source('open', 'none')] });
  });
  after(() => lab.close());

  function open(count: number): Promise<Client[]> {
    return Promise.all(Array.from({ length: count }, () => openClient(lab.port)));
  }

  it('cuts off whoever trickles headers or a body, or sends nothing, and serves others meanwhile', async () => {
    const { headersTimeout, requestTimeout } = lab.server;
    Object.assign(lab.server, { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
    const starts = [
      '',
      'POST /hooks/open HTTP/1.1\r\nHost: h\r\n',
      head('/hooks/open', ['Content-Length: 1000']),
      head('/hooks/open', ['Transfer-Encoding: chunked']),
    ];
    const drops = ['', 'X-Drop: 1\r\n', ' ', chunk(' ')];
    await whileServing(lab, async () => {
      const clients = await open(SLOW_CLIENTS);
      clients.forEach(({ socket }, index) => socket.write(starts[index % starts.length]!));
      const trickle = setInterval(() => {
        for (const [index, { socket }] of clients.entries()) {
          if (!socket.destroyed) socket.write(drops[index % drops.length]!);
        }
      }, TRICKLE_PAUSE_MS);
      await Promise.all(clients.map((client) => client.closed));
      clearInterval(trickle);
      for (const client of clients) assert.deepEqual(statuses(client.received()), [408]);
    });
    Object.assign(lab.server, { headersTimeout, requestTimeout });
  });

  it('serves good senders beside many connections that do nothing more', async () => {
    const clients = await open(SLOW_CLIENTS);
    await Promise.all(
      clients.map(({ socket, until }) => {
        socket.write(post('/hooks/nobody', '{}'));
        return until(/not_found/);
      }),
    );
    await whileServing(lab, () => Promise.all(Array.from({ length: 20 }, () => lab.post('/hooks/open', '{}'))), 20);
    await closeClients(clients);
  });

  it('makes room for others when idle connections have taken every place', async () => {
    const server = createHttpServer((_request, response) => void response.end('{}'), 10);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const request = post('/', '{}');
    const hoarders = await Promise.all(Array.from({ length: 10 }, () => openClient(port)));
    await Promise.all(
      hoarders.map(({ socket, until }) => {
        socket.write(request);
        return until(/\{\}$/);
      }),
    );
    const turnedAway = await openClient(port);
    await turnedAway.closed;
    await Promise.all(hoarders.map((hoarder) => hoarder.closed));
    assert.deepEqual(statuses(await sendAndClose(port, request)), [200]);
    server.closeAllConnections();
    server.close();
  });

  it('answers pipelined requests in their order, good and bad', async () => {
    const signed = (body: string): string => {
      const signature = signGithub(body, GITHUB_SECRET, 'ping', body)['x-hub-signature-256'];
      return post('/hooks/github', body, [`X-Hub-Signature-256: ${signature}`]);
    };
    const pipeline: [string, number][] = [
      [post('/hooks/open', '{}'), 202],
      [post('/hooks/nobody', '{}'), 404],
      [signed('{"pipelined":1}'), 202],
      [post('/hooks/github', '{}'), 401],
      [post('/hooks/open', '{'), 400],
      [post('/hooks/open', '{}').replace('POST', 'PUT'), 405],
      [post('/hooks/open', '{}', ['Content-Encoding: compress']), 415],
      [head('/hooks/open', ['Transfer-Encoding: chunked']) + chunk('{}') + '0\r\n\r\n', 202],
      [post('/hooks/open', ' '.repeat(1_100_000)), 413],
      [post('/hooks/open', '{}'), 202],
    ];
    const bytes = pipeline.map(([request]) => request).join('');
    const received = await whileServing(lab, () => sendAndClose(lab.port, bytes), 4);
    assert.deepEqual(
      statuses(received),
      pipeline.map(([, status]) => status),
    );
  });

  it('answers a thousand requests that came in one write', async () => {
    const received = await whileServing(
      lab,
      () => sendAndClose(lab.port, post('/hooks/open', '{}').repeat(1_000)),
      1_000,
    );
    assert.deepEqual(
      statuses(received),
      Array.from({ length: PIPELINED }, () => 202),
    );
  });

  it('ends a connection after its last request, and answers nothing that came after it', async () => {
    const most = REQUESTS_PER_CONNECTION_MAX;
    const request = 'GET /hooks/nobody HTTP/1.1\r\nHost: h\r\n\r\n';
    const client = await openClient(lab.port);
    await whileServing(lab, async () => {
      client.socket.write(request.repeat(most + 100));
      await client.closed;
    });
    const found = statuses(client.received());
    assert.deepEqual([found.length, new Set(found)], [most, new Set([404])]);
    assert.match(client.received().slice(-300), /Connection: close/);
  });

  it('does not read on for a client that never reads its answers, and ends its connection', async () => {
    const { timeout } = lab.server;
    assert.ok(timeout > respondWithinMaxMs, 'a sender that waits for a result is as silent, and not hostile');
    lab.server.timeout = SILENCE_MS;
    let requests = 0;
    const count = (request: IncomingMessage): void => void (requests += request.url === '/metrics' ? 1 : 0);
    lab.server.on('request', count);
    const [client] = await open(1);
    const { socket, closed } = client!;
    socket.pause();
    const asked = 'GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(PIPELINED);
    await whileServing(lab, async () => {
      const pump = (): void => {
        while (!socket.destroyed && socket.write(asked));
      };
      socket.on('drain', pump);
      pump();
      await closed;
    });
    lab.server.off('request', count);
    lab.server.timeout = timeout;
    assert.ok(
      requests < REQUESTS_PER_CONNECTION_MAX,
      `${requests} requests were taken from a client that reads nothing`,
    );
  });

  it('answers a sender that half-closes after its request', async () => {
    const requests = ['HTTP/1.1', 'HTTP/1.0'].map((version) => post('/hooks/open', '{}').replace('HTTP/1.1', version));
    const received = await whileServing(lab, () => Promise.all(requests.map((one) => sendAndClose(lab.port, one))), 2);
    assert.deepEqual(received.map(statuses), [[202], [202]]);
  });

  it('serves the next request on the same connection after each refusal', async () => {
    const [client] = await open(1);
    const { socket, until } = client!;
    const refused: [string, number][] = [
      [post('/hooks/nobody', '{}'), 404],
      [post('/hooks/github', '{}'), 401],
      [post('/hooks/github', '{}', ['X-Hub-Signature-256: nonsense']), 400],
      [post('/hooks/open', '{'), 400],
      [post('/hooks/open', '{}').replace('POST', 'PUT'), 405],
      [post('/hooks/open', '{}', ['Content-Encoding: compress']), 415],
      [post('/hooks/open', '{}').replace('application/json', 'multipart/form-data'), 415],
      [post('/hooks/open', ' '.repeat(1_100_000)), 413],
      ['GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n', 404],
    ];
    const expected: number[] = [];
    await whileServing(
      lab,
      async () => {
        for (const [request, status] of refused) {
          expected.push(status, 202);
          socket.write(request + post('/hooks/open', '{}'));
          await until(new RegExp(`(HTTP/1.1 .*?){${expected.length}}\\r\\n\\r\\n\\{.*\\}$`, 's'));
        }
      },
      refused.length,
    );
    assert.deepEqual(statuses(client!.received()), expected);
    await closeClients([client!]);
  });

  it('asks for a body that was announced only when it will take it, and closes when it will not', async () => {
    const [asked, tooLarge, nobody] = await open(3);
    await whileServing(
      lab,
      async () => {
        asked!.socket.write(head('/hooks/open', ['Expect: 100-continue', 'Content-Length: 2']));
        await asked!.until(/100 Continue\r\n\r\n$/);
        asked!.socket.write(`{}${post('/hooks/open', '{}')}`);
        await asked!.until(/(HTTP.*){3}\{.*\}$/s);
        // A client that goes on without its body: this must not be read as that body.
        const next = post('/hooks/open', '{}');
        tooLarge!.socket.write(head('/hooks/open', ['Expect: 100-continue', 'Content-Length: 9999999']) + next);
        nobody!.socket.write(head('/hooks/nobody', ['Expect: 100-continue', 'Content-Length: 9']) + next);
        await Promise.all([tooLarge!.closed, nobody!.closed]);
      },
      2,
    );
    assert.deepEqual(statuses(asked!.received()), [100, 202, 202]);
    assert.deepEqual(statuses(tooLarge!.received()), [413]);
    assert.deepEqual(statuses(nobody!.received()), [404]);
    await closeClients([asked!]);
  });
});
