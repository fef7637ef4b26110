// Posts one request exactly as it was signed: no header is added but those that HTTP needs, no redirect is followed.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { OutboundRequest } from '../providers/provider.ts';

/** What came back. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A flow with `respond: result` may take as long as its `respond_within`; nobody waits longer than this. */
const ANSWER_WAIT_MS = 120_000;
/** Of an answer no more is read. */
const ANSWER_BYTES_MAX = 1024 * 1024;

/** Sends the request to `url`, which need not be the URL that was signed. Rejects when nothing answers. */
export function post(url: string, { method, headers, body }: OutboundRequest): Promise<Answer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const length = body.length > 0 || method !== 'GET' ? { 'content-length': String(body.length) } : {};
    const outgoing = send(url, { method, headers: { ...headers, ...length } }, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const answered = (): void => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      };
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) return void incoming.destroy();
        chunks.push(chunk);
      });
      incoming.on('end', answered).on('close', answered).on('error', reject);
    });
    outgoing.setTimeout(ANSWER_WAIT_MS, () => outgoing.destroy(new Error('no answer came in time')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
