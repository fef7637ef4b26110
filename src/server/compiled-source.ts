// What the receiver needs to know of a source, worked out once for each loaded source and not for each request.
import type { JsonObject } from '../../workflows/definition.ts';
import type { Source } from '../flow/catalog.ts';
import { findProvider } from '../providers/index.ts';
import type { HandshakeContext, Provider, Verify } from '../providers/provider.ts';
import type { SecretLookup } from '../secrets.ts';
import { addressMatcher } from './address-ranges.ts';
import type { Content } from './content.ts';
import { ENCODINGS_TAKEN } from './decompress.ts';
import { encodingNotTaken, methodNotAllowed } from './refusals.ts';
import type { Reply } from './reply.ts';
import { compileSchema, type CheckBody } from './schema.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** A source made ready. */
export interface CompiledSource {
  source: Source;
  provider: Provider;
  settings: JsonObject;
  verify: Verify;
  /** Values of its secrets that are set. Looked up at each request, so that a rotated secret needs no restart. */
  secrets(): string[];
  handshakeContext(): HandshakeContext;
  checkBody?: CheckBody;
  /** Where its settings put credentials, in lower case. */
  credentialHeaders: readonly string[];
  credentialParameters: readonly string[];
  /** Methods that deliver. */
  deliveryMethods: ReadonlySet<string>;
  /** All that may be answered otherwise than with `methodRefusal`. */
  methods: ReadonlySet<string>;
  methodRefusal: Reply;
  encodingRefusal: Reply;
  /** Absent where any address may send. */
  allowsAddress?: (address: string) => boolean;
  /** Whether a body of this content is taken; `header` is the content type as sent. */
  takesContent(content: Content, header: string): boolean;
  bucket?: TokenBucket;
  /** The answer to what is stored. */
  success: { status: number; withId: boolean };
  /** 0: the same bytes again are no repeat. */
  replayWindowMs: number;
}

/** A bucket outlives a reload, or each one would fill it. */
interface KeptBucket {
  perSecond: number;
  burst: number;
  bucket: TokenBucket;
}

/**
 * Makes sources ready and remembers them for as long as the catalog does. Undefined for a source that cannot be used,
 * of which `onUnusable` is told once.
 */
export function sourceCompiler(
  lookup: SecretLookup,
  onUnusable: (source: Source, error: Error) => void,
): (source: Source) => CompiledSource | undefined {
  const known = new WeakMap<Source, { compiled: CompiledSource | undefined }>();
  const buckets = new Map<string, KeptBucket>();
  return (source) => {
    const found = known.get(source);
    if (found) return found.compiled;
    const made = { compiled: tryCompile(source, lookup, buckets, onUnusable) };
    known.set(source, made);
    return made.compiled;
  };
}

function tryCompile(
  source: Source,
  lookup: SecretLookup,
  buckets: Map<string, KeptBucket>,
  onUnusable: (source: Source, error: Error) => void,
): CompiledSource | undefined {
  try {
    return compileSource(source, lookup, buckets);
  } catch (error) {
    onUnusable(source, error as Error);
    return undefined;
  }
}

function compileSource(source: Source, lookup: SecretLookup, buckets: Map<string, KeptBucket>): CompiledSource {
  const { settings, provider: name } = source.auth;
  const provider = findProvider(name);
  if (!provider) throw new Error(`there is no provider ${name}`);
  const credentials = provider.credentials?.(settings) ?? { headers: [], query: [] };
  const secrets = (): string[] => source.auth.secrets.flatMap((secret) => lookup(secret) ?? []);
  const deliveryMethods = new Set<string>(source.methods ?? ['POST']);
  const methods = new Set([...deliveryMethods, ...(provider.handshakeMethods ?? []), 'HEAD']);
  const status = source.status ?? provider.success.status;
  return {
    source,
    provider,
    settings,
    verify: provider.verifier(settings),
    secrets,
    handshakeContext: () => ({
      settings,
      secrets: secrets(),
      secretOf: (setting) => secretOf(provider, settings, setting, lookup),
    }),
    checkBody: source.schema && compileSchema(source.schema, { fillDefaults: false }),
    credentialHeaders: credentials.headers,
    credentialParameters: credentials.query,
    deliveryMethods,
    methods,
    methodRefusal: methodNotAllowed([...methods].join(', ')),
    encodingRefusal: encodingNotTaken(source.decompress ? ENCODINGS_TAKEN : 'identity'),
    allowsAddress: source.ipAllow && addressMatcher(source.ipAllow),
    takesContent: contentTaker(source, provider),
    bucket: source.rate && bucketOf(source.name, source.rate, buckets),
    success: { status, withId: provider.success.body === 'id' && status !== 204 },
    replayWindowMs: source.replayWindowMs ?? windowOf(provider, settings),
  };
}

function windowOf({ replayWindowMs = 0 }: Provider, settings: JsonObject): number {
  return typeof replayWindowMs === 'function' ? replayWindowMs(settings) : replayWindowMs;
}

function secretOf(provider: Provider, settings: JsonObject, setting: string, lookup: SecretLookup): string | undefined {
  const name = settings[setting];
  if (typeof name !== 'string' || !provider.secretSettings?.includes(setting)) return undefined;
  return lookup(name);
}

function contentTaker({ contentTypes }: Source, provider: Provider): CompiledSource['takesContent'] {
  if (contentTypes === undefined) return (content) => provider.contentKinds.includes(content.kind);
  const taken = new Set(contentTypes);
  return (content, header) => taken.has(content.kind) || taken.has(mediaTypeOf(header));
}

function mediaTypeOf(header: string): string {
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}

function bucketOf(
  name: string,
  { perSecond, burst }: { perSecond: number; burst: number },
  buckets: Map<string, KeptBucket>,
): TokenBucket {
  const kept = buckets.get(name);
  if (kept?.perSecond === perSecond && kept.burst === burst) return kept.bucket;
  const bucket = createTokenBucket(perSecond, burst);
  buckets.set(name, { perSecond, burst, bucket });
  return bucket;
}
