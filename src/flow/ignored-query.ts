// Finds out whether a provider's signature covers the body and not the URL, by asking the provider to sign. It sends nothing.
import type { JsonObject } from '../../workflows/definition.ts';
import { findProvider } from '../providers/index.ts';
import type { Sign } from '../providers/provider.ts';

/** Signed with nothing but itself, so any text does; 32 characters, which the schemes that decode their key take too. */
const probeKey = '0123456789abcdef0123456789abcdef';
const probeUrl = 'https://probe.invalid/';

/**
 * True when the source's signature changes with the body and not with the query: of a GET it then proves nothing, and
 * one that was captured serves for every query. False where that cannot be told, as with keys of a form of their own.
 */
export function ignoresQuery(raw: JsonObject): boolean {
  const provider = typeof raw['provider'] === 'string' ? findProvider(raw['provider']) : undefined;
  if (provider === undefined || !provider.needsSecret) return false;
  try {
    const sign = provider.signer(raw);
    const plain = proofOf(sign, probeUrl, '{}');
    return plain !== proofOf(sign, probeUrl, '[]') && plain === proofOf(sign, `${probeUrl}?a=1`, '{}');
  } catch {
    return false; // The key is of another form, or the settings are wrong, which is reported for itself.
  }
}

function proofOf(sign: Sign, url: string, body: string): string {
  const request = { method: 'GET', url, headers: {}, body: Buffer.from(body) };
  return JSON.stringify(sign(request, probeKey, 'probe', 0).headers);
}
