// Requests that a proxy saved whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRawRequest, RawRequestError } from '../../src/verify/raw-request.ts';

test('the body is what follows the first empty line, byte for byte', () => {
  const body = Buffer.from([0, 1, 13, 10, 13, 10, 255]);
  const head = 'POST /hooks/a?b=c HTTP/1.1\r\nHost: h.example\r\nX-A:  1 \r\nX-A: 2\r\n\r\n';
  assert.deepEqual(parseRawRequest(Buffer.concat([Buffer.from(head), body])), {
    method: 'POST',
    target: '/hooks/a?b=c',
    headers: [
      ['Host', 'h.example'],
      ['X-A', '1'],
      ['X-A', '2'],
    ],
    body,
  });
});

test('heads with LF, whole URLs, HTTP/2, folded lines and no body are read', () => {
  const saved = parseRawRequest(Buffer.from('PUT https://h.example/x HTTP/2\nX-Long: a\n  b\nY: \n\n{"a":1}\n'));
  assert.deepEqual(saved, {
    method: 'PUT',
    target: 'https://h.example/x',
    headers: [
      ['X-Long', 'a b'],
      ['Y', ''],
    ],
    body: Buffer.from('{"a":1}\n'),
  });
  assert.equal(parseRawRequest(Buffer.from('GET / HTTP/1.1\r\nHost: a')).body.length, 0);
});

test('chunks are put together; what says chunked and is not stays as it is', () => {
  const head = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
  const bodyOf = (text: string): string => parseRawRequest(Buffer.from(head + text)).body.toString();
  assert.equal(bodyOf('4\r\n{"a"\r\n3;ext=1\r\n:1}\r\n0\r\n\r\n'), '{"a":1}');
  assert.equal(bodyOf('{"a":1}'), '{"a":1}');
  assert.equal(bodyOf('ff\r\ncut'), 'ff\r\ncut');
});

test('what is no request is refused with the line that is wrong', () => {
  const message = (text: string): string => {
    try {
      parseRawRequest(Buffer.from(text));
      return 'no error';
    } catch (error) {
      assert.ok(error instanceof RawRequestError);
      return error.message;
    }
  };
  assert.match(message('{"a":1}'), /^line 1 /);
  assert.match(message(''), /^line 1 /);
  assert.match(message('POST / HTTP/1.1\r\nHost: a\r\nno header here\r\n\r\n'), /^line 3 /);
});
