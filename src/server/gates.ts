// What is decided about a request before its body is read: none of it costs more than a look at its first lines.
import type { IncomingMessage } from 'node:http';
import type { InboundRequest } from '../providers/provider.ts';
import type { CompiledSource } from './compiled-source.ts';
import { readContentType, type Content } from './content.ts';
import { readEncoding, type Encoding } from './decompress.ts';
import * as refusals from './refusals.ts';
import { handshakeReply, type Reply } from './reply.ts';
import type { SenderAddresses } from './sender-address.ts';

const here: Reply = { status: 200, reason: 'head' };

/** Retired sources, other methods and other addresses; HEAD is answered here too. Undefined: go on. */
export function passGates(
  source: CompiledSource,
  request: IncomingMessage,
  addresses: SenderAddresses,
): Reply | undefined {
  const method = request.method ?? '';
  if (source.source.retired) return refusals.retired;
  if (!source.methods.has(method)) return source.methodRefusal;
  if (source.allowsAddress?.(addresses.of(request)) === false) return refusals.forbidden;
  return method === 'HEAD' ? here : undefined;
}

/** Answers an unsigned handshake; a method that only handshakes come by is refused otherwise. Undefined: go on. */
export function greet(source: CompiledSource, request: InboundRequest): Reply | undefined {
  const answer = source.provider.greeting?.(request, source.handshakeContext());
  if (answer) return handshakeReply(answer);
  return source.deliveryMethods.has(request.method) ? undefined : source.methodRefusal;
}

/** What the body is said to be; undefined without a content type, and then there must be no body. */
export function contentOf(source: CompiledSource, request: IncomingMessage): Content | Reply | undefined {
  const header = request.headers['content-type'];
  if (header === undefined) return undefined;
  const content = readContentType(header);
  return content && source.takesContent(content, header) ? content : refusals.contentTypeNotTaken;
}

/** How the body is packed; undefined when it is not. */
export function encodingOf(source: CompiledSource, request: IncomingMessage): Encoding | Reply | undefined {
  const header = request.headers['content-encoding'];
  if (header === undefined || header.toLowerCase() === 'identity') return undefined;
  return (source.source.decompress ? readEncoding(header) : undefined) ?? source.encodingRefusal;
}
