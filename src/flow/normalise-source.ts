// Makes sources, triggers and connections from documents that have passed all checks. Pure; reports nothing.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { findProvider } from '../providers/index.ts';
import type { Connection, Source, SourceAuth, Trigger } from './catalog.ts';
import type { FlowDocument } from './document.ts';
import { respondWithinDefaultMs } from './limits.ts';
import { bareText, literalMs, withoutUndefined } from './normalise.ts';
import type { Path } from './yaml-node.ts';

/** A source from its document or from a `webhook` trigger. `schema` is the body's schema, read and compiled. */
export function sourceOf(
  document: FlowDocument,
  raw: JsonObject,
  path: Path,
  name: string,
  schema?: JsonObject,
): Source {
  return withoutUndefined({
    name,
    auth: authOf(raw),
    schema,
    onInvalid: (raw['on_invalid'] ?? 'reject') as Source['onInvalid'],
    bodyBytesMax: raw['body_bytes_max'] as number | undefined,
    decompress: false,
    retired: false,
    file: document.file.path,
    line: document.lineOf(path.length === 0 ? ['source'] : path),
  });
}

function authOf(raw: JsonObject): SourceAuth {
  const provider = raw['auth'] === 'none' ? 'none' : (raw['provider'] as string);
  const known = Object.keys(findProvider(provider)?.settings ?? {});
  const settings = Object.fromEntries(known.flatMap((key) => (raw[key] === undefined ? [] : [[key, raw[key]]])));
  return { provider, secrets: textsOf(raw['secret']), settings: settings as JsonObject };
}

/** A flow's interest in events. */
export function triggerOf(raw: JsonObject): Trigger {
  const isManual = raw['manual'] !== undefined;
  const types = raw['event'] ?? raw['events'];
  return withoutUndefined({
    kind: isManual ? ('manual' as const) : ('webhook' as const),
    source: isManual ? undefined : ((raw['webhook'] ?? raw['source']) as string),
    events: types === undefined ? undefined : textsOf(types),
    if: raw['if'] === undefined ? undefined : bareText(raw['if']),
    respond: (raw['respond'] ?? 'immediately') as Trigger['respond'],
    respondWithinMs: literalMs(raw['respond_within']) ?? respondWithinDefaultMs,
  });
}

/** A `connection:` document. */
export function connectionOf(document: FlowDocument, raw: JsonObject): Connection {
  return {
    connection: raw['connection'] as string,
    connector: raw['connector'] as string,
    with: raw['with'] ?? {},
    file: document.file.path,
    line: document.lineOf(['connection']),
  };
}

/** One text or a list of them, as a list; anything else is left out. */
export function textsOf(value: Json | undefined): string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}
