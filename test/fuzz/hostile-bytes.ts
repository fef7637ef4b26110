// What a hostile client writes on a connection: noise, requests put together from odd parts, and valid requests damaged.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { signGithub } from '../support/sign.ts';
import { GITHUB_SECRET } from '../server/lab.ts';
import { chunk, head, post } from '../server/wire.ts';
import { anyEdit, edited } from './edits.ts';
import { deepJsonText, jsonText } from './hostile-json.ts';

const METHODS = [
  'POST',
  'POST',
  'POST',
  'GET',
  'HEAD',
  'PUT',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PATCH',
  'post',
  'M-SEARCH',
  '',
];
const TARGETS = [
  '/hooks/open',
  '/hooks/open?a=1&__proto__=2&%',
  '/hooks/github',
  '/hooks/packed',
  '/hooks/checked',
  '/hooks/slack',
  '/hooks/__proto__',
  '/hooks//open',
  '/hooks/%2f..%2f',
  '/hooks/',
  '*',
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/api/flows/x/runs',
  '/api/deliveries',
  '/runs/a/b/result?token=x',
  '/runs/%E0%A4%A/b/result',
  'http://other.example/hooks/open',
  'other.example:443',
  '',
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.10', ''];
const HEADERS = [
  'Host: hooks.example',
  'Host: hooks.example',
  'Content-Type: application/json',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: text/plain; charset=utf-7',
  'Content-Type: multipart/form-data; boundary=x',
  'Content-Length: 2',
  'Content-Length: 0',
  'Content-Length: -1',
  'Content-Length: 99999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Content-Encoding: gzip',
  'Content-Encoding: br',
  'Content-Encoding: gzip, gzip',
  'Connection: close',
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Expect: 100-continue',
  'Expect: 200-ok',
  `X-Hub-Signature-256: sha256=${'0'.repeat(64)}`,
  'X-Hub-Signature-256: x',
  'X-Slack-Request-Timestamp: 1700000000',
  'Authorization: Bearer x',
  'X-Forwarded-For: 1.2.3.4, ::1, x',
  '__proto__: x',
  'constructor: x',
  'Trailer: X-A',
  ' folded',
  ': empty',
  'X-Odd: \u0000\u00ff',
];
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\u0000',
  '\u00ff',
  ' ',
  ':',
  '0\r\n\r\n',
  'HTTP/1.1',
  '%00',
  '{',
  '"',
  'ffffffff\r\n',
  ';x=y',
];

const json = '{"action":"opened","id":"fuzz"}';
const packed = gzipSync(json);
const VALID: Buffer[] = [
  post('/hooks/open', json),
  post('/hooks/github?a=1', json, signed(json)),
  head('/hooks/open', ['Transfer-Encoding: chunked']) + chunk(json, ';a=b') + '0\r\nX-Trailer: t\r\n\r\n',
  post('/hooks/open', json) + post('/hooks/github', json, signed(json)),
  post('/hooks/open', 'a=1&b=%C3%A4&a=2').replace('application/json', 'application/x-www-form-urlencoded'),
  head('/hooks/open', ['Expect: 100-continue', `Content-Length: ${json.length}`]) + json,
  post('/hooks/open', json).replace('HTTP/1.1', 'HTTP/1.0'),
  post('/hooks/checked', '{"id":1}'),
  'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n',
  post('/api/flows/x/runs', '{}'),
  Buffer.concat([
    Buffer.from(head('/hooks/packed', ['Content-Encoding: gzip', `Content-Length: ${packed.length}`])),
    packed,
  ]),
].map((request) => (typeof request === 'string' ? Buffer.from(request, 'latin1') : request));

function signed(body: string): string[] {
  return Object.entries(signGithub(body, GITHUB_SECRET, 'issues', 'fuzz'))
    .filter(([name]) => name !== 'content-type')
    .map(([name, value]) => `${name}: ${value}`);
}

const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));

const assembled = fc
  .record({
    method: fc.constantFrom(...METHODS),
    target: fc.oneof({ arbitrary: fc.constantFrom(...TARGETS), weight: 8 }, fc.webPath()),
    version: fc.constantFrom(...VERSIONS),
    headers: fc.array(fc.constantFrom(...HEADERS), { maxLength: 7 }),
    body: fc.oneof(
      jsonText,
      { arbitrary: deepJsonText, weight: 1 },
      fc.constantFrom('', '{}', '2\r\n{}\r\n0\r\n\r\n', 'a=1&b'),
    ),
    framing: fc.constantFrom('length', 'chunks', 'none'),
  })
  .map(({ method, target, version, headers, body, framing }) => {
    const bytes = Buffer.from(body);
    const framed =
      framing === 'length'
        ? [`Content-Length: ${bytes.length}`]
        : framing === 'chunks'
          ? ['Transfer-Encoding: chunked']
          : [];
    const lines = [`${method} ${target} ${version}`, 'Host: h', ...framed, ...headers, '', ''];
    const content = framing === 'chunks' ? Buffer.from(chunk(bytes.toString('latin1')) + '0\r\n\r\n', 'latin1') : bytes;
    return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), content]);
  });

const splice = fc.record({ at: fc.nat(2_000), token: fc.constantFrom(...TOKENS), removed: fc.nat(20) });
const damaged = fc
  .record({
    request: fc.constantFrom(...VALID),
    edits: fc.array(anyEdit, { maxLength: 3 }),
    splices: fc.array(splice, { maxLength: 2 }),
    repeats: fc.constantFrom(1, 1, 1, 2, 5),
  })
  .map(({ request, edits, splices, repeats }) => {
    let bytes = edits.reduce(edited, Buffer.from(request));
    for (const { at, token, removed } of splices) {
      const place = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(token, 'latin1'), bytes.subarray(place + removed)]);
    }
    return Buffer.concat(Array.from({ length: repeats }, () => bytes));
  });

/** Bytes for one connection. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { arbitrary: damaged, weight: 6 },
  { arbitrary: assembled, weight: 6 },
  { arbitrary: noise, weight: 1 },
);
