// First, unsigned requests that carry the secret of all later ones. The secret is kept for the author to take over; it
// verifies nothing by itself, or whoever comes first could choose it. It is never logged.
import { StoreUnavailableError, type Store } from '../inbox/store.ts';
import type { Introduction, InboundRequest } from '../providers/provider.ts';
import type { CompiledSource } from './compiled-source.ts';
import type { Content } from './content.ts';
import { parseBody } from './parse.ts';
import * as refusals from './refusals.ts';
import { handshakeReply, type Reply } from './reply.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** Longer secrets are none. */
const SECRET_CHARACTERS_MAX = 1_000;
/** Anybody can send one and each is a commit, so no more than these a source. */
const INTRODUCTIONS_PER_SECOND = 1;
const INTRODUCTIONS_BURST = 5;

export interface IntroductionDeps {
  store: Pick<Store, 'set'>;
  /** Milliseconds of a clock that only grows. */
  monotonic(): number;
}

/** Answers an introduction; undefined when the request is none. */
export type Introduce = (
  source: CompiledSource,
  request: InboundRequest,
  content: Content | undefined,
) => Promise<Reply | undefined>;

/** The name under which the store keeps the secret that `source` was told. */
export function introductionName(source: string): string {
  return `introduction:${source}`;
}

/** Makes the function. It is asked only while a source has no secret. */
export function createIntroduce(deps: IntroductionDeps): Introduce {
  const buckets = new Map<string, TokenBucket>();
  return async (source, request, content) => {
    const introduction = readIntroduction(source, request, content);
    if (introduction === undefined) return undefined;
    const { name } = source.source;
    const bucket = buckets.get(name) ?? createTokenBucket(INTRODUCTIONS_PER_SECOND, INTRODUCTIONS_BURST);
    buckets.set(name, bucket);
    const wait = bucket.take(deps.monotonic());
    if (wait > 0) return refusals.rateLimited(wait);
    try {
      await deps.store.set(introductionName(name), introduction.secret);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return { ...refusals.storeUnavailable, cause: error.message };
    }
    return { ...handshakeReply(introduction.answer), reason: 'introduction' };
  };
}

function readIntroduction(
  source: CompiledSource,
  request: InboundRequest,
  content: Content | undefined,
): Introduction | undefined {
  const parsed = parseBody(request.body, content, source.provider.jsonFormField);
  const introduction = parsed.ok ? source.provider.introduction?.(request, parsed.body) : undefined;
  return introduction && introduction.secret.length <= SECRET_CHARACTERS_MAX ? introduction : undefined;
}
