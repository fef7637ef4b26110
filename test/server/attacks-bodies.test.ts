// Manners under attack: bodies that lie about their length, never end, come or come in crumbs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { signGithub } from '../support/sign.ts';
import { flow, GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';
import {
  chunk,
  closeClients,
  head,
  openClient,
  post,
  readAnswers,
  sendAndClose,
  statuses,
  whileServing,
} from './wire.ts';

const MEBIBYTE = 1024 * 1024;
const CHUNKED = 'Transfer-Encoding: chunked';
const END = '0\r\n\r\n';

describe('a receiver whose bodies are hostile', () => {
  let lab: Lab;
  before(async () => {
    const settings = { delivery_id: 'body:id', event_type: 'body:type' };
    const sources = [githubSource, source('good', 'none'), source('open', 'none', { settings })];
    lab = await startLab({ sources, flows: [flow('all', [{ source: 'open' }])] });
  });
  after(() => lab.close());

  it('counts a body itself: too much is 413, announced or not, and the sender can read that', async () => {
    const tooMuch = ' '.repeat(4 * MEBIBYTE);
    const chunked = head('/hooks/open', [CHUNKED]) + chunk(' '.repeat(0x10000)).repeat(20);
    const announced = head('/hooks/open', [`Content-Length: ${8 * 1024 ** 4}`]);
    const beyondNumbers = head('/hooks/open', ['Content-Length: 9007199254740993']);
    for (const bytes of [post('/hooks/open', tooMuch), chunked + END, announced, beyondNumbers]) {
      const client = await openClient(lab.port);
      client.socket.write(bytes);
      const received = await whileServing(lab, () => client.until(/too_large/));
      assert.deepEqual(statuses(received), [413]);
      await closeClients([client]);
    }
  });

  it('ends the connection of a sender that goes on for ever, chunked or announced', async () => {
    const heads = [head('/hooks/open', [CHUNKED]), head('/hooks/nobody', [CHUNKED]), head('/hooks/github', [CHUNKED])];
    heads.push(head('/hooks/open', [`Content-Length: ${1024 ** 4}`]));
    const endless = chunk(' '.repeat(0x10000));
    await whileServing(lab, async () => {
      const clients = await Promise.all(heads.map(() => openClient(lab.port)));
      for (const [index, { socket }] of clients.entries()) {
        const pump = (): void => {
          while (!socket.destroyed && socket.write(endless));
        };
        socket.write(heads[index]!);
        socket.on('drain', pump);
        pump();
      }
      await Promise.all(clients.map((client) => client.closed));
    });
  });

  it('does not hold a body in crumbs as more than it is', async () => {
    const crumbs = chunk(' ').repeat(0x10000);
    await whileServing(lab, async () => {
      const clients = await Promise.all(Array.from({ length: 16 }, () => openClient(lab.port)));
      for (const { socket } of clients) {
        socket.write(head('/hooks/open', [CHUNKED]));
        for (let index = 0; index < 15 && !socket.destroyed; index += 1) socket.write(crumbs);
      }
      await Promise.all(clients.map((client) => client.closed));
    });
  });

  it('takes a body in some thousand pieces, none of them lost', async () => {
    const body = JSON.stringify({ id: 'pieces', list: Array.from({ length: 3_000 }, (_, index) => `piece ${index}`) });
    const pieces = body.match(/.{1,20}/gs)!.map((piece) => chunk(piece));
    const request = head('/hooks/open', [CHUNKED]) + pieces.join('') + END;
    assert.deepEqual(statuses(await whileServing(lab, () => sendAndClose(lab.port, request), 1)), [202]);
    const start = (await lab.starts()).find((candidate) => candidate.eventId === 'open~pieces');
    assert.deepEqual(start?.body, JSON.parse(body));
  });

  it('refuses chunks that are none, and extensions without end', async () => {
    const bodies = [
      'g\r\n{}\r\n',
      '-2\r\n{}\r\n',
      '0x2\r\n{}\r\n',
      '2 \r\n{}\r\n',
      '2\r\n{}x\r\n',
      '2\n{}\n0\n\n',
      'ffffffffffffffffff\r\n{}\r\n',
      '\r\n{}\r\n',
    ];
    const requests = bodies.map((body) => `${head('/hooks/open', [CHUNKED])}${body}${END}`);
    requests.push(`${head('/hooks/open', [CHUNKED])}2;${'x'.repeat(100_000)}\r\n{}\r\n${END}`);
    const received = await whileServing(lab, () => Promise.all(requests.map((one) => sendAndClose(lab.port, one))));
    for (const [index, text] of received.entries()) {
      const [answer] = readAnswers(text);
      assert.ok(answer === undefined || [400, 413].includes(answer.status), `${answer?.status} for ${bodies[index]}`);
    }
  });

  it('ignores chunk extensions, and a signature in a trailer proves nothing', async () => {
    const extended = `${head('/hooks/open', [CHUNKED])}${chunk('{}', ';a=b;c="d"')}${END}`;
    assert.deepEqual(statuses(await whileServing(lab, () => sendAndClose(lab.port, extended), 1)), [202]);
    const signature = signGithub('{}', GITHUB_SECRET, 'ping', 'd')['x-hub-signature-256'];
    const trailer = `0\r\nX-Hub-Signature-256: ${signature}\r\nContent-Type: text/plain\r\n\r\n`;
    const trailed = `${head('/hooks/github', [CHUNKED, 'Trailer: X-Hub-Signature-256'])}${chunk('{}')}${trailer}`;
    assert.deepEqual(statuses(await whileServing(lab, () => sendAndClose(lab.port, trailed))), [401]);
  });

  it('refuses lengths that are none, and stores nothing of a body that ends early', async () => {
    const lengths = ['-1', '+2', '0x2', '2e0', '2.0', '', ' ', '2 2', '99999999999999999999999', 'NaN', '２'];
    const refused = await whileServing(lab, () =>
      Promise.all(lengths.map((one) => sendAndClose(lab.port, `${head('/hooks/open', [`Content-Length: ${one}`])}{}`))),
    );
    for (const [index, received] of refused.entries()) assert.deepEqual(statuses(received), [400], lengths[index]);
    const early = [`${head('/hooks/open', ['Content-Length: 100'])}{"a":`, `${head('/hooks/open', [CHUNKED])}64\r\n{}`];
    for (const request of early) {
      const client = await openClient(lab.port);
      await whileServing(lab, async () => {
        client.socket.write(request);
        client.socket.destroySoon();
        await client.closed;
      });
    }
    for (const request of early) {
      const received = await whileServing(lab, () => sendAndClose(lab.port, request));
      assert.deepEqual(statuses(received), [400]);
    }
  });

  it('reads what follows too short a length as a request of its own', async () => {
    const short = `${head('/hooks/open', ['Content-Length: 2'])}{}GARBAGE / X\r\n\r\n`;
    const received = await whileServing(lab, () => sendAndClose(lab.port, short), 1);
    assert.equal(statuses(received).at(-1), 400);
  });
});
