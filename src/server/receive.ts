// The path from a request to a committed delivery: `/hooks/NAME`. Nothing is acknowledged before the store has it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Json } from '../../workflows/definition.ts';
import type { Catalog, Source } from '../flow/catalog.ts';
import type { InboundRequest } from '../providers/provider.ts';
import type { SecretLookup } from '../secrets.ts';
import { readBody, releaseBody, type InFlight } from './body.ts';
import { sourceCompiler, type CompiledSource } from './compiled-source.ts';
import { readContentType, type Content } from './content.ts';
import { UNKNOWN_SOURCE } from './metrics.ts';
import { fieldsObject, parseBody } from './parse.ts';
import * as refusals from './refusals.ts';
import { errorReply, type Reply } from './reply.ts';
import type { StoreDelivery } from './store-delivery.ts';

/** What receiving needs. */
export interface ReceiveDeps {
  catalog(): Catalog;
  secrets: SecretLookup;
  /** Unix time in milliseconds. */
  clock(): number;
  logger: Logger;
  /** Of sources that say nothing else. */
  bodyBytesMax: number;
  /** Without a trailing slash. */
  publicUrl(): string;
  inFlight: InFlight;
  storeDelivery: StoreDelivery;
}

/** An answer, and the source it is counted for. */
interface Received {
  source: string;
  reply: Reply;
}

/** Answers one request to the source `name`. `search` is its query with the `?`, or empty. Rejects only on a bug. */
export type Receive = (
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  search: string,
) => Promise<Received>;

const METHODS_ALLOWED = 'POST, HEAD';
const here: Reply = { status: 200, reason: 'head' };
const NO_QUERY: Record<string, string | string[]> = {};

/** Makes the receiving function of one process. */
export function createReceive(deps: ReceiveDeps): Receive {
  const compile = sourceCompiler(deps.secrets);

  const compiled = (source: Source): CompiledSource | undefined => {
    try {
      return compile(source);
    } catch (error) {
      deps.logger.error({ source: source.name, reason: (error as Error).message }, 'a source cannot be used');
      return undefined;
    }
  };

  return async (request, response, name, search) => {
    const catalog = deps.catalog();
    // Names are only ever looked up among those that were loaded, so no name can reach anything else.
    if (catalog.brokenSources.has(name)) return { source: name, reply: refusals.sourceBroken };
    const source = catalog.sources.get(name);
    if (!source) return { source: UNKNOWN_SOURCE, reply: refusals.notFound };
    const ready = compiled(source);
    const reply = ready ? await receive(deps, catalog, ready, request, response, search) : refusals.sourceBroken;
    if (reply.status >= 400) logRefusal(deps.logger, name, reply);
    return { source: name, reply };
  };
}

async function receive(
  deps: ReceiveDeps,
  catalog: Catalog,
  source: CompiledSource,
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
): Promise<Reply> {
  if (request.method === 'HEAD') return here;
  if (request.method !== 'POST') return refusals.methodNotAllowed(METHODS_ALLOWED);
  const content = contentOf(request, source);
  if ('status' in content) return content;
  const bodyBytesMax = source.source.bodyBytesMax ?? deps.bodyBytesMax;
  const body = await readBody(request, response, bodyBytesMax, deps.inFlight);
  if (body === 'too_large') return refusals.tooLarge;
  if (body === 'busy') return refusals.busy;
  if (body === 'cut_off') return refusals.cutOff;
  try {
    if (body.length > 0 && content.content === undefined) return refusals.contentTypeNotTaken;
    const inbound = inboundRequest(deps, request, search, body);
    return await judge(deps, catalog, source, inbound, content.content);
  } finally {
    releaseBody(body, deps.inFlight);
  }
}

/** What the body is said to be; without a content type there must be no body. */
function contentOf(request: IncomingMessage, source: CompiledSource): { content: Content | undefined } | Reply {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return refusals.encodingNotTaken;
  const type = request.headers['content-type'];
  if (type === undefined) return { content: undefined };
  const content = readContentType(type);
  if (!content || !source.provider.contentKinds.includes(content.kind)) return refusals.contentTypeNotTaken;
  return { content };
}

function inboundRequest(deps: ReceiveDeps, request: IncomingMessage, search: string, body: Buffer): InboundRequest {
  return {
    method: request.method ?? 'POST',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    query: search === '' ? NO_QUERY : fieldsObject(new URLSearchParams(search)),
    url: deps.publicUrl() + (request.url ?? ''),
    body,
    fromTrustedProxy: false,
  };
}

/** From bytes to a stored delivery: verify, then parse, then check, then commit. */
async function judge(
  deps: ReceiveDeps,
  catalog: Catalog,
  source: CompiledSource,
  request: InboundRequest,
  content: Content | undefined,
): Promise<Reply> {
  const receivedAt = deps.clock();
  const verdict = source.verify(request, source.secrets(), receivedAt);
  if (!verdict.ok) return refusals.refused(verdict, source.provider.challenge);

  const parsed = parseBody(request.body, content, source.provider.jsonFormField);
  if (!parsed.ok) return errorReply(400, parsed.code, parsed.message);
  const handshake = source.provider.handshake?.(request, parsed.body, {
    settings: source.settings,
    secrets: source.secrets(),
    secretOf: () => undefined,
  });
  if (handshake) return { ...handshake, reason: 'handshake' };

  const { eventBody } = source.provider;
  const body: Json = eventBody ? eventBody(parsed.body) : parsed.body;
  const mismatches = source.checkBody?.(body);
  if (mismatches && source.source.onInvalid === 'reject') {
    return errorReply(422, 'schema_mismatch', 'The body does not follow the schema of this source.', {
      details: mismatches.map(({ path, message }) => ({ path, message })),
    });
  }
  return deps.storeDelivery(catalog, source, {
    request,
    receivedAt,
    parsedBody: parsed.body,
    body,
    // The store may read the body from the raw bytes only when it is exactly what they hold.
    bodyIsRaw: parsed.exact && eventBody === undefined,
    parkedFor: mismatches?.map(({ path, message }) => `${path || '/'} ${message}`).join('; '),
  });
}

function logRefusal(logger: Logger, source: string, reply: Reply): void {
  const fields = { source, status: reply.status, reason: reply.reason };
  if (reply.reason === 'secret_not_set') logger.error(fields, 'refused: no usable secret is set for this source');
  else logger.warn(fields, 'a request was refused');
}
