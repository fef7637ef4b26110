// Loads `source:` and `connection:` documents, which flows share. A broken one is left out and remembered as broken.
import { findProvider } from '../providers/index.ts';
import { readBodySchema } from './body-schema.ts';
import { checkExpressions } from './check-expressions.ts';
import { checkSecretSet } from './check-secrets.ts';
import { checkSource } from './check-source.ts';
import { reportWords } from './check-structure.ts';
import { connectionSites, plainTexts, sourceSites } from './expression-sites.ts';
import { claimName, type KnownDocument, type Loading } from './loading.ts';
import { bareText } from './normalise.ts';
import { connectionOf, sourceOf } from './normalise-source.ts';
import { checkAgainstSchema } from './validator.ts';

/** Loads a source into the catalog. */
export function loadSource(loading: Loading, { document, raw }: KnownDocument): void {
  const { catalog, names, options } = loading;
  reportWords(document, [], raw, 'source', []);
  checkSource(document, raw, [], 'source', options);
  checkAgainstSchema(document);
  const own = ['schema', 'secret', 'if', ...(findProvider(String(raw['provider']))?.secretSettings ?? [])];
  for (const [key, value] of Object.entries(raw)) if (!own.includes(key)) plainTexts(document, [key], value);
  const schema = readBodySchema(document, raw, [], options);
  const shapes = { bodies: schema === undefined ? [] : [schema] };
  checkExpressions(document, sourceSites(document, raw), { blocks: [], vars: {}, shapes });
  const name = raw['source'];
  if (typeof name !== 'string') return;
  const isFree = claimName(loading, 'source', name, document, ['source']);
  const isSound = !document.report.broken();
  // A repeat never takes the place of the first: flows go on to mean that one.
  if (isFree || !names.sources.has(name)) names.sources.set(name, isSound);
  if (!isSound) return;
  const condition = raw['if'] === undefined ? undefined : bareText(raw['if']);
  catalog.sources.set(name, sourceOf(document, raw, [], name, schema, condition));
}

/** Loads a connection into the catalog. */
export function loadConnection(loading: Loading, { document, raw }: KnownDocument): void {
  const { catalog, names, options } = loading;
  reportWords(document, [], raw, 'connection', []);
  checkAgainstSchema(document);
  const used = checkExpressions(document, connectionSites(document, raw));
  for (const [secret, site] of used.secrets)
    checkSecretSet(document, secret, document.textPlace(site.path, site.offset, site.text.length), options);
  const name = raw['connection'];
  if (typeof name !== 'string') return;
  const isFree = claimName(loading, 'connection', name, document, ['connection']);
  if (!isFree) return;
  const isSound = !document.report.broken();
  names.connections.set(name, { connector: String(raw['connector']), isSound });
  if (isSound) catalog.connections.set(name, connectionOf(document, raw));
}
