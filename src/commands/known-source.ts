// Finds a source in the flows, with the secrets that a Hookline of this machine would use. It makes nothing up and writes nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closestWord } from '../../workflows/expression/index.ts';
import type { Settings } from '../config.ts';
import type { Catalog, Source } from '../flow/catalog.ts';
import { readFlowFiles } from '../flow/files.ts';
import { loadCatalog } from '../flow/load.ts';
import { readSchema } from '../flow/registry.ts';
import { findProvider } from '../providers/index.ts';
import type { Provider } from '../providers/provider.ts';
import { createSecretLookup, type SecretLookup } from '../secrets.ts';
import { CommandError } from './command.ts';
import { checkFlowsFolder } from './folders.ts';

/** A source of the flows, and what it needs. */
export interface KnownSource {
  catalog: Catalog;
  source: Source;
  provider: Provider;
  /** Those of its secrets that are set, in its order; `name` is the name in the secret store. */
  secrets: { name: string; value: string }[];
}

/** Sources named in a message; more are counted. */
const NAMED_MAX = 12;

/**
 * Loads the flows and finds the source.
 * @throws CommandError (exit code 2) when the flows cannot be read, the source does not exist or is broken.
 */
export async function knownSource(settings: Settings, name: string): Promise<KnownSource> {
  await checkFlowsFolder(settings.flows);
  const catalog = loadCatalog(await readFlowFiles(settings.flows), { readSchema });
  const source = catalog.sources.get(name.replace(/^\/?(?:hooks\/)?/, ''));
  if (!source) throw new CommandError(notFoundText(catalog, name, settings.flows), 2);
  const provider = findProvider(source.auth.provider);
  if (!provider) throw new CommandError(`There is no provider ${source.auth.provider} (source ${source.name})`, 2);
  const lookup = localSecrets(settings);
  const secrets = source.auth.secrets.flatMap((secret) => {
    const value = lookup(secret);
    return value === undefined ? [] : [{ name: secret, value }];
  });
  return { catalog, source, provider, secrets };
}

/** The URL by which third parties call a source, without a query; undefined when nothing says it. */
export function publicUrlOf(source: Source, settings: Settings): string | undefined {
  if (source.publicUrl !== undefined) return source.publicUrl;
  return settings.publicUrl && `${settings.publicUrl.replace(/\/$/, '')}/hooks/${source.name}`;
}

function notFoundText(catalog: Catalog, name: string, flows: string): string {
  if (catalog.brokenSources.has(name)) {
    return `The source ${name} has errors: run hookline validate to see them.`;
  }
  const names = [...catalog.sources.keys()].sort();
  const near = closestWord(name, names);
  if (near !== undefined) return `There is no source ${name} in ${flows}. Did you mean ${near}?`;
  if (names.length === 0) return `There is no source ${name}: the flows in ${flows} have none.`;
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  return `There is no source ${name} in ${flows}. There are ${names.slice(0, NAMED_MAX).join(', ')}${more}.`;
}

/** Secrets as `serve` finds them, then those that `hookline dev` made up and keeps in the data dir. */
export function localSecrets(settings: Settings): SecretLookup {
  const lookup = createSecretLookup(settings.secrets, settings.secretsDir);
  let madeUp: Record<string, string> = {};
  try {
    const file = join(settings.dataDir, 'development-secrets.json');
    madeUp = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    // No `dev` ran here yet: nothing was made up.
  }
  return (name) => lookup(name) ?? (Object.hasOwn(madeUp, name) ? madeUp[name] : undefined);
}
