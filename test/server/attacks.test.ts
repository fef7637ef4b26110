// Manners under attack: requests that lie, never end, repeat headers or try to smuggle. Never a crash, never a 5xx of ours.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { signGithub } from '../support/sign.ts';
import { GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';

const DONE = /\r\n\r\n\{.*\}$/s;

function head(path: string, headers: string[]): string {
  return [`POST ${path} HTTP/1.1`, 'Host: hooks.example', 'Content-Type: application/json', ...headers, '', ''].join(
    '\r\n',
  );
}

function statuses(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
}

describe('a receiver', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({ sources: [githubSource, source('open', 'none')] });
  });
  after(() => lab.close());

  async function stillServes(): Promise<void> {
    assert.equal((await lab.post('/hooks/open', '{}')).status, 202);
    assert.match(await (await fetch(`${lab.url}/metrics`)).text(), /hookline_in_flight_bytes 0\n/);
  }

  it('counts a chunked body itself, and answers 413 once it is over the limit', async () => {
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const request = head('/hooks/open', ['Transfer-Encoding: chunked']) + chunk.repeat(20);
    assert.deepEqual(statuses(await lab.raw(request, DONE)), [413]);
    await stillServes();
  });

  it('lets a sender of far too much read its 413 before it goes on', async () => {
    const body = Buffer.alloc(4 * 1024 * 1024, 0x20);
    const request = Buffer.concat([Buffer.from(head('/hooks/open', [`Content-Length: ${body.length}`])), body]);
    assert.deepEqual(statuses(await lab.raw(request, DONE)), [413]);
    await stillServes();
  });

  it('ends the connection of a sender that goes on sending for ever', async () => {
    const socket = connect(lab.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
    socket.write(head('/hooks/open', ['Transfer-Encoding: chunked']));
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 0x20), Buffer.from('\r\n')]);
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pump).resume();
    pump();
    await closed;
    await stillServes();
  });

  it('stores nothing when the body ends early', async () => {
    const count = await lab.deliveries();
    const socket = connect(lab.port, '127.0.0.1');
    socket.write(`${head('/hooks/open', ['Content-Length: 100'])}{"a":`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => socket.once('close', resolve));
    await stillServes();
    assert.equal(await lab.deliveries(), count + 1);
  });

  it('refuses what could smuggle: two lengths, length and chunks, a folded header, a request after too short a length', async () => {
    const count = await lab.deliveries();
    const two = await lab.raw(`${head('/hooks/open', ['Content-Length: 2', 'Content-Length: 3'])}{} `, DONE);
    const both = await lab.raw(
      `${head('/hooks/open', ['Content-Length: 2', 'Transfer-Encoding: chunked'])}2\r\n{}\r\n0\r\n\r\n`,
    );
    const folded = await lab.raw(`${head('/hooks/open', ['X-A: b', ' folded', 'Content-Length: 2'])}{}`);
    assert.deepEqual([statuses(two), statuses(both), statuses(folded)], [[400], [400], [400]]);
    assert.equal(await lab.deliveries(), count);
    const short = await lab.raw(`${head('/hooks/open', ['Content-Length: 2'])}{}GARBAGE / X\r\n\r\n`);
    assert.equal(statuses(short).at(-1), 400);
  });

  it('refuses two different signatures, wherever the right one stands', async () => {
    const good = `X-Hub-Signature-256: ${signGithub('{}', GITHUB_SECRET, 'ping', 'd')['x-hub-signature-256']}`;
    const bad = `X-Hub-Signature-256: sha256=${'0'.repeat(64)}`;
    for (const pair of [
      [good, bad],
      [bad, good],
    ]) {
      const answer = await lab.raw(`${head('/hooks/github', [...pair, 'Content-Length: 2'])}{}`, DONE);
      assert.deepEqual(statuses(answer), [400]);
    }
    const answer = await lab.raw(`${head('/hooks/github', [good, 'Content-Length: 2'])}{}`, DONE);
    assert.deepEqual(statuses(answer), [202]);
  });

  it('answers 431 to too many headers, and 414 or 431 to a huge query', async () => {
    const headers = Array.from({ length: 20_000 }, (_, index) => `X-${index}: y`);
    assert.deepEqual(statuses(await lab.raw(head('/hooks/open', headers))), [431]);
    assert.deepEqual(statuses(await lab.raw(head(`/hooks/open?${'q'.repeat(40_000)}`, []))), [431]);
    await stillServes();
  });

  it('asks for a body that was announced only when it will take it', async () => {
    const expecting = ['Expect: 100-continue', 'Content-Length: 2'];
    const socket = connect(lab.port, '127.0.0.1');
    const answer = await new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (received.endsWith('100 Continue\r\n\r\n')) socket.write('{}');
        if (DONE.test(received)) resolve(received);
      });
      socket.write(head('/hooks/open', expecting));
    });
    socket.destroy();
    assert.deepEqual(statuses(answer), [100, 202]);
    const tooLarge = head('/hooks/open', ['Expect: 100-continue', 'Content-Length: 9999999']);
    assert.deepEqual(statuses(await lab.raw(tooLarge, DONE)), [413]);
    assert.deepEqual(statuses(await lab.raw(head('/hooks/open', ['Expect: cake', 'Content-Length: 2']), /417/)), [417]);
  });

  it('answers pipelined requests in their order', async () => {
    const one = `${head('/hooks/open', ['Content-Length: 2'])}{}`;
    const other = `${head('/hooks/nobody', ['Content-Length: 2'])}{}`;
    const answer = await lab.raw(one + other + one, /202.*404.*202.*\r\n\r\n\{.*\}/s);
    assert.deepEqual(statuses(answer), [202, 404, 202]);
  });

  it('takes HTTP/1.0', async () => {
    const answer = await lab.raw(
      'POST /hooks/open HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    assert.deepEqual(statuses(answer), [202]);
  });

  it('serves good senders while others hold half a request open', async () => {
    const held: Socket[] = Array.from({ length: 100 }, (_, index) => {
      const socket = connect(lab.port, '127.0.0.1');
      socket.on('error', () => undefined);
      const start = head('/hooks/open', ['Content-Length: 1000']);
      socket.write(index % 2 === 0 ? start.slice(0, 40) : `${start}{`);
      return socket;
    });
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => lab.post('/hooks/open', '{}')));
      assert.deepEqual(new Set(answers.map((response) => response.status)), new Set([202]));
    } finally {
      for (const socket of held) socket.destroy();
    }
  });

  it('answers any bytes whatever without a 5xx, and goes on serving', async () => {
    const valid = `${head('/hooks/github?a=1', [`X-Hub-Signature-256: sha256=${'0'.repeat(64)}`, 'Content-Length: 9'])}{"a":"b"}`;
    const mutation = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
    const property = fc.asyncProperty(mutation, async (changes) => {
      const bytes = Buffer.from(valid, 'latin1');
      for (const [position, byte] of changes) bytes[position % bytes.length] = byte;
      // A half-open end tells the receiver that no more comes.
      const answer = await halfClosed(lab.port, bytes);
      for (const status of statuses(answer)) assert.ok(status < 500, `${status} for ${bytes.toString('latin1')}`);
    });
    await fc.assert(property, { numRuns: 300 });
    await stillServes();
  });
});

function halfClosed(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end(bytes));
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => resolve(received));
    socket.on('end', () => (socket.destroy(), resolve(received)));
  });
}
