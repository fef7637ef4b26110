// Manners under attack: request heads that lie, repeat, overflow or are no HTTP at all. Never a crash, never a 5xx of ours.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { signGithub } from '../support/sign.ts';
import { GITHUB_SECRET, githubSource, source, startLab, type Lab } from './lab.ts';
import { chunk, head, post, readAnswers, sendAndClose, statuses, whileServing } from './wire.ts';

const HEADERS_MANY = 100_000;
const NAME = 'X-Hub-Signature-256';
const signatureOf = (body: string): string => {
  return `${NAME}: ${signGithub(body, GITHUB_SECRET, 'ping', 'd')['x-hub-signature-256']}`;
};
const signature = signatureOf('{}');
const wrongSignature = `${NAME}: sha256=${'0'.repeat(64)}`;

describe('a receiver whose requests are hostile', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({ sources: [githubSource, source('good', 'none'), source('open', 'none')] });
  });
  after(() => lab.close());

  /** What each of the requests is answered, on a connection of its own, while a good sender is served. */
  function answersTo(requests: (string | Buffer)[], stored = 0): Promise<number[][]> {
    const send = async (bytes: string | Buffer): Promise<number[]> => statuses(await sendAndClose(lab.port, bytes));
    return whileServing(lab, () => Promise.all(requests.map(send)), stored);
  }

  /** Every answer is one of `allowed`, or the connection was closed without one. */
  async function refuses(requests: (string | Buffer)[], allowed: number[]): Promise<void> {
    const answers = await answersTo(requests);
    for (const [index, found] of answers.entries()) {
      const request = requests[index]!.toString('latin1').slice(0, 200);
      for (const status of found) assert.ok(allowed.includes(status), `${status} for ${JSON.stringify(request)}`);
    }
  }

  it('refuses 100,000 headers, one huge header and a huge target with 431', async () => {
    const many = Array.from({ length: HEADERS_MANY }, (_, index) => `X-${index}: y`);
    const huge = [`X-Huge: ${'y'.repeat(1_000_000)}`];
    const target = `/hooks/open?${'q'.repeat(100_000)}`;
    // A sender that is cut off while it still writes may lose the answer on the way.
    await refuses([head('/hooks/open', many), head('/hooks/open', huge), head(target, [])], [431]);
    assert.deepEqual(await answersTo([head('/hooks/open', [`X-Large: ${'y'.repeat(16_400)}`])]), [[431]]);
  });

  it('takes every header that fits, so that none that matters is dropped', async () => {
    const many = Array.from({ length: 3_000 }, () => 'X:y');
    const request = `POST /hooks/github HTTP/1.1\r\nHost:h\r\n${many.join('\r\n')}\r\nContent-Type: application/json\r\n${signatureOf('[]')}\r\nContent-Length: 2\r\n\r\n[]`;
    assert.deepEqual(await answersTo([request], 1), [[202]]);
  });

  it('refuses folded headers, and headers with NUL, a bare line feed or a space before the colon', async () => {
    const bad = ['X-A: b\r\n folded', 'X-A: b\u0000c', 'X-A: b\nX-B: c\u0001', 'X-A : b', ': b', 'X-Ä: b', 'no colon'];
    const answers = await answersTo(bad.map((line) => post('/hooks/open', '{}', [line])));
    assert.deepEqual(new Set(answers.flat()), new Set([400]));
    assert.equal(answers.flat().length, bad.length);
  });

  it('refuses two different signatures wherever the right one stands, and takes the same one twice', async () => {
    const pairs = [
      [signature, wrongSignature],
      [wrongSignature, signature],
      [signature, `${NAME.toLowerCase()}: ${signature.slice(NAME.length + 2).toUpperCase()}`],
      [`${signature}, ${wrongSignature.slice(NAME.length + 2)}`],
    ];
    assert.deepEqual(
      await answersTo(pairs.map((headers) => post('/hooks/github', '{}', headers))),
      pairs.map(() => [400]),
    );
    assert.deepEqual(await answersTo([post('/hooks/github', '{"twice":1}', [])]), [[401]]);
    assert.deepEqual(await answersTo([post('/hooks/github', '{}', [signature, signature])], 1), [[202]]);
  });

  it('refuses what could smuggle a request past a proxy', async () => {
    const chunked = `${chunk('{}')}0\r\n\r\n`;
    const smuggling = [
      `${head('/hooks/open', ['Content-Length: 2', 'Content-Length: 3'])}{} `,
      `${head('/hooks/open', ['Content-Length: 2', 'Content-Length: 2'])}{}`,
      `${head('/hooks/open', ['Content-Length: 2, 2'])}{}`,
      head('/hooks/open', ['Content-Length: 2', 'Transfer-Encoding: chunked']) + chunked,
      head('/hooks/open', ['Transfer-Encoding: chunked', 'Content-Length: 2']) + chunked,
      head('/hooks/open', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']) + chunked,
      head('/hooks/open', ['Transfer-Encoding: chunked, identity']) + chunked,
      head('/hooks/open', ['Transfer-Encoding: xchunked']) + chunked,
      head('/hooks/open', ['Transfer-Encoding : chunked']) + chunked,
      head('/hooks/open', ['Transfer-Encoding:\u000bchunked']) + chunked,
    ];
    for (const [index, found] of (await answersTo(smuggling)).entries()) {
      assert.deepEqual(found, [400], JSON.stringify(smuggling[index]));
    }
  });

  it('finds nothing under any other spelling of a path', async () => {
    const targets = [
      '/hooks/%2f..%2f..%2fetc/passwd',
      '/hooks/..%2fopen',
      '/hooks//open',
      '/hooks/open/',
      '/hooks/./open',
      '/hooks/../hooks/open',
      '/hooks/%6fpen',
      '/hooks/OPEN',
      '/hooks/open%00',
      '/hooks/open;x=1',
      '/hooks/open#fragment',
      '/hooks/__proto__',
      '/hooks/constructor',
      '/hooks/%',
      '/hooks/',
      '/hooks',
      '//hooks/open',
      '/%68ooks/open',
      '/api/flows/%2e%2e/runs/..',
      '/runs/%/x/result',
      '/%ff%fe',
      'http://hooks.example/hooks/open',
      'authority.example:80',
      '*',
    ];
    for (const [index, found] of (await answersTo(targets.map((target) => post(target, '{}')))).entries()) {
      assert.ok(found.length === 1 && [400, 404, 405].includes(found[0]!), `${found.join()} for ${targets[index]}`);
    }
  });

  it('does not echo any of it', async () => {
    const answer = await sendAndClose(lab.port, post('/hooks/echo-me?echo-me', '"echo-me"', ['X-Echo: echo-me']));
    assert.doesNotMatch(answer, /echo-me/i);
  });

  it('answers every other method with 405 and what is allowed, or closes', async () => {
    const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE'];
    const received = await whileServing(lab, () =>
      Promise.all(methods.map((method) => sendAndClose(lab.port, post('/hooks/open', '{}').replace('POST', method)))),
    );
    for (const [index, text] of received.entries()) {
      const [answer] = readAnswers(text);
      assert.equal(answer?.status, 405, methods[index]);
      assert.match(answer.headers['allow'] ?? '', /POST/);
    }
    await refuses(
      [
        'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n',
        'TRACE / HTTP/1.1\r\nHost: h\r\nX-Secret: s\r\n\r\n',
        'CONNECT internal.example:22 HTTP/1.1\r\nHost: internal.example:22\r\n\r\n',
        'CONNECT /hooks/open HTTP/1.1\r\nHost: h\r\n\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'INVENTED /hooks/open HTTP/1.1\r\nHost: h\r\n\r\n',
      ],
      [400, 404, 405, 501],
    );
  });

  it('takes no part in an upgrade, and goes on in HTTP/1.1', async () => {
    const upgrades = ['websocket', 'h2c', 'TLS/1.0'];
    const requests = upgrades.map((protocol) =>
      post('/hooks/open', '{}', ['Connection: Upgrade', `Upgrade: ${protocol}`, 'HTTP2-Settings: AAMAAABkAAQAAP__']),
    );
    assert.deepEqual(await answersTo(requests, 3), [[202], [202], [202]]);
  });

  it('refuses an expectation that nobody can meet with 417', async () => {
    const expectations = ['cake', '100-continue-please', '', ','].map((value) => `Expect: ${value}`);
    for (const found of await answersTo(expectations.map((line) => post('/hooks/open', '{}', [line])))) {
      assert.deepEqual(found, [417]);
    }
  });

  it('takes HTTP/1.0, and refuses HTTP/0.9, other versions, TLS and noise', async () => {
    const old = 'POST /hooks/open HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    assert.deepEqual(await answersTo([old, old.replace('{}', '{"')], 2 - 1), [[202], [400]]);
    const clientHello = Buffer.from('16030100c8010000c40303' + 'ab'.repeat(197), 'hex');
    await refuses(
      [
        'GET /hooks/open\r\n',
        'POST /hooks/open HTTP/1.2\r\nHost: h\r\n\r\n',
        'POST /hooks/open HTTP/3.0\r\nHost: h\r\n\r\n',
        'POST /hooks/open HTTP/1.1\r\n\r\n',
        clientHello,
        Buffer.alloc(100_000),
        Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 256)),
        '\r\n'.repeat(10_000),
        'GET ',
        '',
        'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
        '{"not":"http"}',
        '\u0000\u0000\u0000',
      ],
      [400, 431, 505],
    );
  });

  it('reads a query with thousands of parameters, hostile names among them', async () => {
    const query = Array.from({ length: 3_000 }, (_, index) => `${(index % 1_000).toString(36)}=`).join('&');
    const names = '__proto__=1&constructor=2&toString=3&hasOwnProperty=4&a[b]=5&%=6&%ff=7&=8&&&';
    const requests = [post(`/hooks/open?${query}`, '{}'), post(`/hooks/open?${names}`, '{}')];
    assert.deepEqual(await answersTo(requests, 2), [[202], [202]]);
  });

  it('takes headers named like what every JavaScript object has', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'].map((name) => `${name}: x`);
    assert.deepEqual(await answersTo([post('/hooks/github', '{}', names)]), [[401]]);
    assert.deepEqual(await answersTo([post('/hooks/open', '{}', names)], 1), [[202]]);
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
  });
});
