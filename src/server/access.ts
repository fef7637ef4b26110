// Who may call the API. It fails closed: without a token only programs on this machine, and never a web page's script.
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { anySecretEquals } from '../providers/signing/constant-time.ts';
import { errorReply, type Reply } from './reply.ts';

const LOCAL_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
/** Browsers and proxies add these; a program on this machine that talks to us directly sends none of them. */
const SIGNS_OF_OTHERS = ['origin', 'sec-fetch-site', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'via'];
const BEARER = /^bearer +(\S+) *$/i;

const missing = errorReply(401, 'unauthorized', 'The API needs `Authorization: Bearer` with the API token.', {
  headers: { 'www-authenticate': 'Bearer' },
});
const localOnly = errorReply(
  403,
  'forbidden',
  'Without HOOKLINE_API_TOKEN only programs on this machine may use the API.',
);

/** Undefined when the request may use the API, else the answer to it. */
export function refuseApiCall(request: IncomingMessage, apiToken: string | undefined): Reply | undefined {
  if (apiToken !== undefined) {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    return token !== undefined && anySecretEquals([apiToken], token) ? undefined : missing;
  }
  const foreign = SIGNS_OF_OTHERS.some((name) => request.headers[name] !== undefined);
  const local = isLoopback(request.socket.remoteAddress) && LOCAL_HOST.test(request.headers.host ?? '');
  return local && !foreign ? undefined : localOnly;
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
