// The path from a request to a committed delivery: `/hooks/NAME`. Nothing is acknowledged before the store has it.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Catalog } from '../flow/catalog.ts';
import { deliveryIdOf } from '../providers/event-fields.ts';
import type { InboundRequest, Verdict } from '../providers/provider.ts';
import type { SecretLookup } from '../secrets.ts';
import { readBody, releaseBody, type InFlight } from './body.ts';
import { sourceCompiler, type CompiledSource } from './compiled-source.ts';
import type { Content } from './content.ts';
import type { Decompress } from './decompress.ts';
import { contentOf, encodingOf, greet, passGates } from './gates.ts';
import type { Introduce } from './introductions.ts';
import { readItems } from './items.ts';
import { fieldsObject, parseBody } from './parse.ts';
import * as refusals from './refusals.ts';
import { errorReply, handshakeReply, type Reply } from './reply.ts';
import type { SenderAddresses } from './sender-address.ts';
import type { StoreDelivery } from './store-delivery.ts';

/** What receiving needs. */
export interface ReceiveDeps {
  catalog(): Catalog;
  secrets: SecretLookup;
  /** Unix time in milliseconds. */
  clock(): number;
  /** Milliseconds of a clock that only grows. */
  monotonic(): number;
  logger: Logger;
  /** Of sources that say nothing else. */
  bodyBytesMax: number;
  /** Without a trailing slash. */
  publicUrl(): string;
  inFlight: InFlight;
  addresses: SenderAddresses;
  decompress: Decompress;
  introduce: Introduce;
  storeDelivery: StoreDelivery;
}

/** One request to `/hooks/NAME`, filled in as it is received; what is not accepted is recorded from it. */
export interface Attempt {
  /** What stands in the path. */
  name: string;
  /** The name is one of a loaded source. */
  known: boolean;
  source?: CompiledSource;
  /** Once it was read. */
  body?: Buffer;
}

/** Answers one request. `search` is its query with the `?`, or empty. Rejects only on a bug. */
export type Receive = (
  attempt: Attempt,
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
) => Reply | Promise<Reply>;

const NO_QUERY: Record<string, string | string[]> = {};
const NO_BYTES = Buffer.alloc(0);

/** Makes the receiving function of one process. */
export function createReceive(deps: ReceiveDeps): Receive {
  const compile = sourceCompiler(deps.secrets, ({ name }, error) =>
    deps.logger.error({ source: name, reason: error.message }, 'a source cannot be used'),
  );
  return (attempt, request, response, search) => {
    const catalog = deps.catalog();
    const { name } = attempt;
    // Names are only ever looked up among those that were loaded, so no name can reach anything else.
    const declared = catalog.sources.get(name);
    attempt.known = declared !== undefined || catalog.brokenSources.has(name);
    if (catalog.brokenSources.has(name)) return refusals.sourceBroken;
    if (!declared) return refusals.notFound;
    const source = compile(declared);
    if (!source) return refusals.sourceBroken;
    attempt.source = source;
    return beforeBody(deps, catalog, source, attempt, request, response, search);
  };
}

function beforeBody(
  deps: ReceiveDeps,
  catalog: Catalog,
  source: CompiledSource,
  attempt: Attempt,
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
): Reply | Promise<Reply> {
  const stopped = passGates(source, request, deps.addresses);
  if (stopped) return stopped;
  const inbound = inboundRequest(deps, source, request, search);
  const greeting = greet(source, inbound);
  if (greeting) return greeting;
  const content = contentOf(source, request);
  if (content !== undefined && 'status' in content) return content;
  return withBody(deps, catalog, source, attempt, inbound, content, request, response);
}

/** Its body is empty until it was read. */
function inboundRequest(
  deps: ReceiveDeps,
  { source }: CompiledSource,
  request: IncomingMessage,
  search: string,
): InboundRequest {
  const { publicUrl } = source;
  return {
    method: request.method ?? 'POST',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    query: search === '' ? NO_QUERY : fieldsObject(new URLSearchParams(search)),
    url: publicUrl === undefined ? deps.publicUrl() + (request.url ?? '') : publicUrl + search,
    body: NO_BYTES,
    fromTrustedProxy: deps.addresses.fromTrustedProxy(request),
  };
}

async function withBody(
  deps: ReceiveDeps,
  catalog: Catalog,
  source: CompiledSource,
  attempt: Attempt,
  inbound: InboundRequest,
  content: Content | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Reply> {
  const encoding = encodingOf(source, request);
  if (typeof encoding === 'object') return encoding;
  const { inFlight } = deps;
  const bodyBytesMax = source.source.bodyBytesMax ?? deps.bodyBytesMax;
  const sent = await readBody(request, response, bodyBytesMax, inFlight);
  if (typeof sent === 'string') return refusals.bodyFailures[sent];
  attempt.body = sent;
  let body = sent;
  try {
    if (sent.length > 0 && content === undefined) return refusals.contentTypeNotTaken;
    if (encoding !== undefined && sent.length > 0) {
      const unpacked = await deps.decompress(sent, encoding, bodyBytesMax);
      if (typeof unpacked === 'string') return refusals.bodyFailures[unpacked];
      attempt.body = body = unpacked;
    }
    inbound.body = body;
    return await judge(deps, catalog, source, inbound, sent, content);
  } finally {
    releaseBody(sent, inFlight);
    if (body !== sent) releaseBody(body, inFlight);
  }
}

/** From bytes to a stored delivery: verify, then parse, then check, then commit. `sent` is the body as it came. */
async function judge(
  deps: ReceiveDeps,
  catalog: Catalog,
  source: CompiledSource,
  request: InboundRequest,
  sent: Buffer,
  content: Content | undefined,
): Promise<Reply> {
  const { provider } = source;
  const receivedAt = deps.clock();
  const secrets = source.secrets();
  if (provider.introduction && secrets.length === 0) {
    const introduced = await deps.introduce(source, request, content);
    if (introduced) return introduced;
  }
  const verdict = verify(source, request, sent, secrets, receivedAt);
  if (!verdict.ok) return refusals.refused(verdict, provider);
  const waitSeconds = source.bucket?.take(deps.monotonic()) ?? 0;
  if (waitSeconds > 0) return refusals.rateLimited(waitSeconds);

  const parsed = parseBody(request.body, content, provider.jsonFormField);
  if (!parsed.ok) return errorReply(400, parsed.code, parsed.message);
  const handshake = provider.handshake?.(request, parsed.body, source.handshakeContext());
  if (handshake) return handshakeReply(handshake);

  const carried = readItems(source, parsed.body);
  if ('status' in carried) return carried;
  return deps.storeDelivery(catalog, source, {
    request,
    receivedAt,
    items: carried.items,
    several: carried.several,
    // Without an id of the sender's nothing can be recognised as a repeat: every request is a delivery of its own.
    deliveryId: deliveryIdOf(provider, source.settings, request, parsed.body) ?? randomUUID(),
    // The store may read the body from the raw bytes only when it is exactly what they hold.
    bodyIsRaw: parsed.exact && !carried.several && provider.eventBody === undefined,
  });
}

/**
 * Some sign what they mean and some what they send; of a packed body either proves who sent it. But a proof in the bytes as
 * sent must vouch for all of them: bytes that hold one beside packed ones that say something else are easily made.
 */
function verify(
  source: CompiledSource,
  request: InboundRequest,
  sent: Buffer,
  secrets: string[],
  nowMs: number,
): Verdict {
  const verdict = source.verify(request, secrets, nowMs);
  if (verdict.ok || request.body === sent || source.provider.proofInBody) return verdict;
  const asSent = source.verify({ ...request, body: sent }, secrets, nowMs);
  return asSent.ok ? asSent : verdict;
}
