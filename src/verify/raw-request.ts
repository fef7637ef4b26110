// Reads a whole HTTP/1.1 request as a proxy, `nc` or a debugger saved it. The body's bytes are kept as they are; only chunks
// are put together, since they are no part of the body.

/** A request taken apart. */
export interface RawRequest {
  method: string;
  /** As in the first line: a path with query, or a whole URL. */
  target: string;
  /** Names and values, as received. */
  headers: [string, string][];
  body: Buffer;
}

/** The file is not an HTTP/1.1 request; the message says where it stops being one. */
export class RawRequestError extends Error {
  override name = 'RawRequestError';
}

const REQUEST_LINE = /^([A-Z]+) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/** Takes a request apart. Heads with LF instead of CRLF are read too. @throws RawRequestError */
export function parseRawRequest(bytes: Buffer): RawRequest {
  const { head, body } = split(bytes);
  const [first = '', ...rest] = head.split(/\r?\n/);
  const match = REQUEST_LINE.exec(first.trim());
  if (!match) throw new RawRequestError(`line 1 is not a request line such as \`POST /hooks/github HTTP/1.1\``);
  const headers: [string, string][] = [];
  for (const [index, line] of rest.entries()) {
    const previous = headers.at(-1);
    if (/^[ \t]/.test(line) && previous) {
      previous[1] = `${previous[1]} ${line.trim()}`; // A folded line (RFC 9112, 5.2).
      continue;
    }
    const header = HEADER.exec(line);
    if (!header) throw new RawRequestError(`line ${index + 2} is not a header \`Name: value\``);
    headers.push([header[1]!, header[2]!]);
  }
  const isChunked = headers.some(
    ([name, value]) => name.toLowerCase() === 'transfer-encoding' && /chunked/i.test(value),
  );
  return { method: match[1]!, target: match[2]!, headers, body: isChunked ? joinChunks(body) : body };
}

/** Head and body, parted by the first empty line. */
function split(bytes: Buffer): { head: string; body: Buffer } {
  const found = ['\r\n\r\n', '\n\n'].map((mark) => ({ mark, at: bytes.indexOf(mark) })).filter(({ at }) => at !== -1);
  const [end] = found.sort((left, right) => left.at - right.at);
  // Header values are bytes, which Node reads as Latin-1.
  if (!end) return { head: bytes.toString('latin1').replace(/(\r?\n)+$/, ''), body: Buffer.alloc(0) };
  return { head: bytes.subarray(0, end.at).toString('latin1'), body: bytes.subarray(end.at + end.mark.length) };
}

/** The body of a chunked message (RFC 9112, 7.1); the bytes as they are when they are not chunks, as most proxies save them. */
function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\n', at);
    const size =
      lineEnd === -1 ? null : /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?\r?$/.exec(bytes.toString('latin1', at, lineEnd));
    if (!size) return bytes;
    const length = Number.parseInt(size[1]!, 16);
    if (length === 0) return Buffer.concat(chunks);
    const start = lineEnd + 1;
    if (start + length > bytes.length) return bytes;
    chunks.push(bytes.subarray(start, start + length));
    const after = bytes.indexOf('\n', start + length);
    if (after === -1) return bytes;
    at = after + 1;
  }
}
