// What the receiver needs to know of a source, worked out once for each loaded source and not for each request.
import type { JsonObject } from '../../workflows/definition.ts';
import type { Source } from '../flow/catalog.ts';
import { findProvider } from '../providers/index.ts';
import type { Provider, Verify } from '../providers/provider.ts';
import type { SecretLookup } from '../secrets.ts';
import { compileSchema, type CheckBody } from './schema.ts';

/** A source made ready. */
export interface CompiledSource {
  source: Source;
  provider: Provider;
  settings: JsonObject;
  verify: Verify;
  /** Values of its secrets that are set. Looked up at each request, so that a rotated secret needs no restart. */
  secrets(): string[];
  checkBody?: CheckBody;
  /** Where its settings put credentials, in lower case. */
  credentialHeaders: readonly string[];
  credentialParameters: readonly string[];
}

/** Makes sources ready and remembers them for as long as the catalog does. Throws for a source that cannot be used. */
export function sourceCompiler(lookup: SecretLookup): (source: Source) => CompiledSource {
  const compiled = new WeakMap<Source, CompiledSource>();
  return (source) => {
    const known = compiled.get(source);
    if (known) return known;
    const made = compileSource(source, lookup);
    compiled.set(source, made);
    return made;
  };
}

function compileSource(source: Source, lookup: SecretLookup): CompiledSource {
  const { settings, secrets, provider: name } = source.auth;
  const provider = findProvider(name);
  if (!provider) throw new Error(`source ${source.name}: there is no provider ${name}`);
  const credentials = provider.credentials?.(settings) ?? { headers: [], query: [] };
  return {
    source,
    provider,
    settings,
    verify: provider.verifier(settings),
    secrets: () => secrets.flatMap((secret) => lookup(secret) ?? []),
    checkBody: source.schema && compileSchema(source.schema, { fillDefaults: false }),
    credentialHeaders: credentials.headers,
    credentialParameters: credentials.query,
  };
}
