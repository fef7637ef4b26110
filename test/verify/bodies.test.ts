// What happens to bodies on their way is found by trying it, and said exactly.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { ask, certain, github, hmac, likely, SECRET } from './questions.ts';

const DOCUMENT = { zeta: 'Ünïcödé', alpha: [1, 2.5, { 'b/c': '<tag> & more' }], empty: {}, none: [] };
const COMPACT = JSON.stringify(DOCUMENT);
const RESERIALISED = `${JSON.stringify(DOCUMENT, null, 2)}\n`;

/** [what was sent, what is here, what is found] */
const CASES: [string, string | Buffer, string | Buffer, RegExp][] = [
  [
    'compact JSON, pretty-printed since',
    COMPACT,
    RESERIALISED,
    /^body: it verifies with the body as compact JSON \(no spaces\)$/,
  ],
  ['JSON with 2 spaces, compact since', JSON.stringify(DOCUMENT, null, 2), COMPACT, /pretty-printed with 2 spaces$/],
  ['JSON with 4 spaces, compact since', JSON.stringify(DOCUMENT, null, 4), COMPACT, /pretty-printed with 4 spaces$/],
  ['JSON with tabs', JSON.stringify(DOCUMENT, null, '\t'), COMPACT, /pretty-printed with tabs$/],
  ['JSON with a newline at its end, compact since', RESERIALISED, COMPACT, /2 spaces and a newline at the end$/],
  ['a newline that was trimmed', `${COMPACT}\n`, COMPACT, /with a newline at its end$/],
  ['a newline that was added', COMPACT, `${COMPACT}\n`, /without the newline at its end$/],
  ['a CRLF that was added', COMPACT, `${COMPACT}\r\n`, /without the newline at its end$/],
  ['LF that became CRLF', RESERIALISED, RESERIALISED.replaceAll('\n', '\r\n'), /with LF line ends instead of CRLF$/],
  ['CRLF that became LF', 'a: 1\r\nb: 2\r\n', 'a: 1\nb: 2\n', /with CRLF line ends instead of LF$/],
  ['a byte order mark', COMPACT, `\ufeff${COMPACT}`, /without the byte order mark at its start$/],
  [
    'escapes of letters, as Python writes them',
    '{"zeta": "\\u00dcn\\u00efc\\u00f6d\\u00e9", "one": 1}',
    '{"zeta":"Ünïcödé","one":1}',
    /with a space after commas and colons \(Python\) with non-ASCII letters as \\u escapes$/,
  ],
  [
    'escaped slashes, as PHP writes them',
    '{"url":"https:\\/\\/a.example\\/b"}',
    '{"url":"https://a.example/b"}',
    /with \/ written \\\/ \(PHP\)$/,
  ],
  [
    'escaped brackets, as Go writes them',
    '{"t":"\\u003cb\\u003e \\u0026 c"}',
    '{"t":"<b> & c"}',
    /as \\u escapes \(Go\)$/,
  ],
  [
    'sorted keys',
    '{"alpha":1,"beta":{"a":1,"b":2}}',
    '{"beta":{"b":2,"a":1},"alpha":1}',
    /compact JSON \(no spaces\) with its keys sorted$/,
  ],
  [
    'numbers that a parser would change',
    '{"price": 1.0, "id": 12345678901234567890}',
    '{"price":1.0,"id":12345678901234567890}',
    /\(Python\)$/,
  ],
  ['gzip', COMPACT, gzipSync(COMPACT), /unpacked: the body is compressed/],
  ['deflate', COMPACT, deflateSync(COMPACT), /unpacked: the body is compressed/],
  ['brotli', COMPACT, brotliCompressSync(COMPACT), /unpacked: the body is compressed/],
  ['base64, as gateways hand it over', COMPACT, Buffer.from(COMPACT).toString('base64'), /decoded from base64/],
  ['a JSON string, as logs hold it', COMPACT, JSON.stringify(COMPACT), /as a JSON string$/],
  [
    'UTF-8 that was encoded twice',
    COMPACT,
    Buffer.from(Buffer.from(COMPACT).toString('latin1')),
    /they were encoded twice$/,
  ],
  ['Latin-1', COMPACT, Buffer.from(COMPACT, 'latin1'), /they are Latin-1 here$/],
  ['no body at all', '', COMPACT, /with the body empty$/],
];

for (const [name, sent, here, found] of CASES) {
  test(`a body that differs by ${name}`, () => {
    const diagnosis = ask({ provider: 'github', headers: github(sent), body: here });
    assert.equal(diagnosis.reason, 'signature_mismatch');
    const [cause, ...more] = certain(diagnosis);
    assert.match(cause ?? '', found);
    assert.deepEqual(more, []);
    assert.equal(ask({ provider: 'github', headers: github(sent), body: sent }).valid, true, 'as sent it is valid');
  });
}

test('a form of which only the JSON field was kept', () => {
  const json = '{"action":"opened","title":"a b"}';
  const form = `payload=${encodeURIComponent(json).replaceAll('%20', '+')}`;
  const diagnosis = ask({ provider: 'github', headers: github(form), body: json });
  assert.deepEqual(certain(diagnosis), ['body: it verifies with the body as a form with the JSON in `payload`']);
});

test('bytes beyond the content-length are cut, bytes that are missing are counted', () => {
  const longer = ask({ provider: 'github', headers: { ...github('abc'), 'content-length': '3' }, body: 'abcdef' });
  assert.match(certain(longer)[0] ?? '', /cut to its content-length/);
  const shorter = ask({ provider: 'github', headers: { ...github('abcdef'), 'content-length': '6' }, body: 'abc' });
  assert.deepEqual(certain(shorter), []);
  assert.ok(likely(shorter).some(({ what }) => what === 'the body has 3 bytes, and its content-length says 6'));
});

test('a body and a secret that both differ are found together', () => {
  const diagnosis = ask({
    provider: 'github',
    secrets: [` ${SECRET}\n`],
    headers: github(COMPACT),
    body: RESERIALISED,
  });
  assert.deepEqual(certain(diagnosis), [
    'secret: it verifies with the secret without the white space around it',
    'body: it verifies with the body as compact JSON (no spaces)',
  ]);
});

test('a body that nobody could have made of the signed one is not explained by one', () => {
  const diagnosis = ask({ provider: 'github', headers: github(COMPACT), body: COMPACT.replace('2.5', '2.6') });
  assert.deepEqual(certain(diagnosis), []);
  assert.equal(diagnosis.reason, 'signature_mismatch');
  assert.ok(likely(diagnosis).length > 0);
});

test('what is neither JSON nor text, and what nests too deep, is judged all the same', () => {
  for (const body of [
    Buffer.from([0, 255, 254, 128]),
    '['.repeat(100_000),
    '{"a":'.repeat(5000),
    '"\\ud800"',
    '{"__proto__":1}',
  ]) {
    const signed = hmac('another', body);
    assert.equal(
      ask({ provider: 'github', headers: { 'x-hub-signature-256': `sha256=${signed}` }, body }).valid,
      false,
    );
  }
});
