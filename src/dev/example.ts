// The first thing a new user pastes: a curl that starts a run of a loaded flow, and the link to exactly that run.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Catalog, LoadedFlow, Source } from '../flow/catalog.ts';
import type { SecretLookup } from '../secrets.ts';
import { eventIdOf } from '../server/event-id.ts';
import { workflowIdOf } from '../temporal/workflow-id.ts';

export interface Example {
  flow: string;
  curl: string;
  /** The run's workflow id. */
  workflowId: string;
}

/** Providers whose proof is a fixed header, so that a pasted command needs no signature. */
const HEADER_PROOFS: Record<string, (secret: string) => string[]> = {
  bearer: (secret) => [`authorization: Bearer ${secret}`],
  none: () => [],
};

/** The first flow (by preference `user-created`) that a plain curl can start; undefined when there is none. */
export function exampleCall(
  catalog: Catalog,
  url: string,
  secrets: SecretLookup,
  flowsFolder: string,
): Example | undefined {
  const flows = [...catalog.flows.values()].sort((a, b) => rank(a) - rank(b));
  for (const flow of flows) {
    const source = callableSource(catalog, flow);
    if (source === undefined) continue;
    const secret = source.auth.secrets.map(secrets).find((value) => value !== undefined) ?? '';
    const delivery = `try-${randomBytes(3).toString('hex')}`;
    const headers = [
      ...HEADER_PROOFS[source.auth.provider]!(secret),
      'content-type: application/json',
      `idempotency-key: ${delivery}`,
    ];
    const lines = [
      `curl -sS ${url}/hooks/${source.name}`,
      ...headers.map((header) => `  -H ${quote(header)}`),
      `  -d ${quote(exampleBody(flow, flowsFolder))}`,
    ];
    const workflowId = workflowIdOf(flow.definition.flow, eventIdOf(source.name, delivery));
    return { flow: flow.definition.flow, curl: lines.join(' \\\n'), workflowId };
  }
  return undefined;
}

function rank(flow: LoadedFlow): number {
  return flow.definition.flow === 'user-created' ? 0 : 1;
}

function callableSource(catalog: Catalog, flow: LoadedFlow): Source | undefined {
  for (const trigger of flow.triggers) {
    const source = trigger.source === undefined ? undefined : catalog.sources.get(trigger.source);
    if (source && trigger.events === undefined && source.auth.provider in HEADER_PROOFS) return source;
  }
  return undefined;
}

/** `fixtures/FLOW.json` beside the flow's file, else an empty object; always one line. */
function exampleBody(flow: LoadedFlow, flowsFolder: string): string {
  const name = `${flow.definition.flow}.json`;
  const folders = [
    flowsFolder,
    dirname(flowsFolder),
    join(dirname(flowsFolder), basename(dirname(flow.definition.file))),
  ];
  const file = folders.map((folder) => join(folder, 'fixtures', name)).find((path) => existsSync(path));
  return file === undefined ? '{}' : JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
}

/** One argument of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
