// What is passed on while files are loaded: options, the catalog so far, the names that are taken. No checks here.
import { createHash } from 'node:crypto';
import type { Flow, JsonObject } from '../../workflows/definition.ts';
import { APPROVAL_SOURCE } from '../../workflows/decision.ts';
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import { CALL_SOURCE, RUN_SOURCE } from '../../workflows/run-life.ts';
import { BATCH } from '../inbox/gathering.ts';
import type { CalledFlow } from './called-flows.ts';
import type { Catalog } from './catalog.ts';
import type { DocumentKind } from './document-kind.ts';
import type { FlowDocument } from './document.ts';
import type { Path } from './yaml-node.ts';

/** Names that documents declare; the value says whether the document is sound. */
export interface DeclaredNames {
  /** Flows, sound or not, as those that call them know them. */
  flows: Map<string, CalledFlow>;
  sources: Map<string, boolean>;
  /** Connection → its connector, when sound. */
  connections: Map<string, { connector?: string; isSound: boolean }>;
}

export interface LoadOptions {
  /** Reads and parses the JSON Schema at `path`, relative to the flow file. Throws when it cannot. */
  readSchema(path: string, fromFile: string): unknown;
  /** Whether a secret is set. Without it secrets are not looked for. */
  hasSecret?(name: string): boolean;
  /** Whether HOOKLINE_TRUSTED_PROXIES names any. Undefined: not known, so nothing is said about it. */
  hasTrustedProxies?: boolean;
  /** The files are all there are, so that a source or connection which nobody names is used by nobody. */
  isWhole?: boolean;
}

/** A document whose kind is known. */
export interface KnownDocument {
  kind: DocumentKind;
  document: FlowDocument;
  raw: JsonObject;
}

/** What loading one document needs of the others. */
export interface Loading {
  catalog: Catalog;
  names: DeclaredNames;
  options: LoadOptions;
  /** `KIND NAME` → where it is declared, for duplicates. */
  declared: Map<string, string>;
}

/** SHA-256 (hex) of a definition: of its JSON, keys in the order in which they stand. */
export function definitionHash(definition: Flow): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex');
}

/** Sources of events that no request brings. A source of that name would share their ids. */
const RESERVED_SOURCES: ReadonlyMap<string, string> = new Map([
  ['manual', 'runs started by hand'],
  ['schedule', 'runs started by schedules'],
  [EMIT_SOURCE, 'those that flows emit'],
  [CALL_SOURCE, 'calls of flows by flows'],
  [RUN_SOURCE, 'ends of runs'],
  [APPROVAL_SOURCE, 'what people decide about approvals'],
  [BATCH, 'what `batch` gathered'],
]);

/** Reports a name that is taken or reserved; true when it was free. */
export function claimName(
  loading: Loading,
  kind: DocumentKind,
  name: string,
  document: FlowDocument,
  path: Path,
): boolean {
  if (kind === 'source' && RESERVED_SOURCES.has(name)) {
    document.report.add(
      'reserved_name',
      document.valuePlace(path),
      `no source can be named \`${name}\`: events of that source are ${RESERVED_SOURCES.get(name)}`,
      'Choose another name.',
    );
    return false;
  }
  const key = `${kind} ${name}`;
  const first = loading.declared.get(key);
  if (first === undefined) {
    loading.declared.set(key, `${document.file.path}:${document.lineOf(path)}`);
    return true;
  }
  const hint =
    kind === 'source'
      ? 'Flows that share a URL listen with `event: TYPE` and `source: NAME` to one `source:` document.'
      : 'Names are unique over all files.';
  document.report.add(
    'duplicate_name',
    document.valuePlace(path),
    `the ${kind} \`${name}\` is declared at ${first} already`,
    hint,
  );
  return false;
}
