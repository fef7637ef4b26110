// Whose signature a request carries, by asking every provider of the table. Names only; nothing of the request is shown.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Provider } from '../providers/provider.ts';
import { judgeAtItsTime, type Question } from './question.ts';

/** A provider that the request may be from. */
export interface LooksLike {
  provider: Provider;
  /** It verifies as that provider's, with the secrets that were given. */
  verifies: boolean;
}

/** More are not listed: many third parties share a header. */
const LISTED_MAX = 4;

/** The reasons for which a provider refuses a request that carries nothing of its own. */
const NOTHING_OF_ITS_OWN = new Set([
  'signature_missing',
  'credential_missing',
  'credential_malformed',
  'timestamp_missing',
  'id_missing',
  'envelope_malformed',
  'secret_not_set',
  'settings_invalid',
  'proxy_not_trusted',
]);

/** Other providers that the request looks like: those that verify it, else those whose headers it carries. */
export function looksLike(question: Question, providers: readonly Provider[]): LooksLike[] {
  const others = providers.filter((provider) => provider.needsSecret && provider.name !== question.provider.name);
  const as = (provider: Provider): Question => ({ ...question, provider, settings: provider.exampleSettings ?? {} });
  const rank = (provider: Provider): number => (announces(provider, question) ? 0 : 1);
  const byRank = others.sort((left, right) => rank(left) - rank(right));
  const verified = byRank.filter((provider) => judgeAtItsTime(as(provider)).verdict.ok);
  if (verified.length > 0) return verified.slice(0, LISTED_MAX).map((provider) => ({ provider, verifies: true }));
  const secrets = plausibleSecrets().map((value) => ({ name: '', value }));
  const resembling = byRank.filter((provider) => {
    const { verdict } = judgeAtItsTime({ ...as(provider), secrets });
    return verdict.ok || !NOTHING_OF_ITS_OWN.has(verdict.reason);
  });
  const surest = resembling.filter((provider) => rank(provider) === 0);
  return (surest.length > 0 ? surest : resembling)
    .slice(0, LISTED_MAX)
    .map((provider) => ({ provider, verifies: false }));
}

/** Whether the request carries the headers by which that provider tells type and id. */
function announces(provider: Provider, { request }: Question): boolean {
  const names = Object.keys(provider.announce?.(undefined, 'id') ?? {}).map((name) => name.toLowerCase());
  return names.some((name) => name !== 'idempotency-key' && request.headers[name] !== undefined);
}

/** Texts that are a key in every provider's form of one, so that each looks at the request. None is anybody's secret. */
function plausibleSecrets(): string[] {
  const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
  const ed25519 = pem(generateKeyPairSync('ed25519').publicKey);
  const p256 = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  return ['00'.repeat(32), 'nobody:nothing', ed25519, p256];
}
