// A receiver on a real store and a real port, with a catalog made by hand and a run whose answer the test gives.
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import type { Catalog, LoadedFlow, Source, Trigger } from '../../src/flow/catalog.ts';
import { openSqliteStore } from '../../src/inbox/sqlite.ts';
import type { ClaimedStart, Rejection, Store } from '../../src/inbox/store.ts';
import { createReceiver, type ReceiverDeps } from '../../src/server/app.ts';
import type { Answer } from '../../src/server/answer.ts';
import type { JsonObject } from '../../workflows/definition.ts';

export const GITHUB_SECRET = "It's a Secret to Everybody";

export interface Lab {
  url: string;
  port: number;
  /** The HTTP server, for tests of its limits. */
  server: Server;
  catalog: Catalog;
  store: Store;
  /** Lines of the log so far. */
  log(): string;
  /** Unix time in milliseconds; the test moves it. */
  nowMs: number;
  /** What was refused, in order. */
  rejections: Rejection[];
  /** The starts that wait in the inbox. */
  starts(): Promise<ClaimedStart[]>;
  /** Deliveries in the inbox. */
  deliveries(): Promise<number>;
  /** What runs answer; `pending` unless the test sets it. */
  answer: Answer;
  post(path: string, body: string | Buffer, headers?: Record<string, string>): Promise<Response>;
  /** Sends bytes on a connection of its own and gives what came back until it closed or `until` was seen. */
  raw(text: string | Buffer, until?: RegExp): Promise<string>;
  /** Stops receiving as the process does; the connections in hand are drained. */
  stopReceiving(): Promise<void>;
  close(): Promise<void>;
}

export interface LabOptions {
  sources?: Source[];
  flows?: LoadedFlow[];
  brokenSources?: string[];
  secrets?: Record<string, string>;
  deps?: Partial<ReceiverDeps>;
  /** What the receiver sees of the store in place of some of it, e.g. to let it fail. */
  storeInstead?: Partial<Store>;
}

/** Unix time at which the lab lives. */
export const LAB_NOW_MS = 1_700_000_000_000;

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const directory = await mkdtemp(join(tmpdir(), 'hookline-receiver-'));
  const store = await openSqliteStore({ file: join(directory, 'inbox.db') });
  const catalog: Catalog = {
    flows: new Map((options.flows ?? []).map((loaded) => [loaded.definition.flow, loaded])),
    sources: new Map((options.sources ?? [githubSource]).map((declared) => [declared.name, declared])),
    connections: new Map(),
    brokenSources: new Set(options.brokenSources ?? []),
    problems: [],
  };
  const secrets: Record<string, string> = { GITHUB_SECRET, ...options.secrets };
  const lines: string[] = [];
  const receiver = createReceiver({
    catalog: () => catalog,
    store: { ...store, ...options.storeInstead },
    secrets: (name) => secrets[name],
    clock: () => lab.nowMs,
    monotonic: () => lab.nowMs,
    rejected: (rejection) => void lab.rejections.push(rejection),
    logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
    answer: (start, withinMs) => lab.answer(start, withinMs),
    bodyBytesMax: 1024 * 1024,
    publicUrl: () => lab.url,
    resultKey: 'result key of the lab',
    approvalKey: 'approval key of the lab',
    health: async () => ({ ready: true, body: { ready: true } }),
    metrics: new Registry(),
    ...options.deps,
  });
  const server = receiver.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  const lab: Lab = {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    catalog,
    store,
    log: () => lines.join(''),
    nowMs: LAB_NOW_MS,
    rejections: [],
    starts: () => store.claimStarts(1000, 1, LAB_NOW_MS + 3_600_000),
    deliveries: async () => (await store.stats()).deliveries,
    answer: async () => ({ state: 'pending' }),
    post: (path, body, headers = { 'content-type': 'application/json' }) =>
      fetch(lab.url + path, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers }),
    raw: (text, until) => exchange(port, text, until),
    stopReceiving: () => (stopped ??= receiver.close(server)),
    async close() {
      server.closeAllConnections();
      await lab.stopReceiving();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return lab;
}

function exchange(port: number, text: string | Buffer, until: RegExp | undefined): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const end = (): void => {
      socket.destroy();
      resolve(received);
    };
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (until?.test(received)) end();
    });
    socket.on('error', end).on('close', end);
  });
}

export function source(name: string, provider: string, more: Partial<Source> & { settings?: JsonObject } = {}): Source {
  const { settings = {}, auth, ...rest } = more;
  return {
    name,
    auth: auth ?? { provider, secrets: provider === 'none' ? [] : [`${provider.toUpperCase()}_SECRET`], settings },
    onInvalid: 'reject',
    decompress: false,
    retired: false,
    file: 'flows/lab.yaml',
    line: 1,
    ...rest,
  };
}

export const githubSource = source('github', 'github');

export function flow(
  name: string,
  triggers: Partial<Trigger>[],
  more: Partial<LoadedFlow['definition']> = {},
): LoadedFlow {
  return {
    definition: {
      language: 1,
      flow: name,
      file: 'flows/lab.yaml',
      vars: {},
      steps: [],
      configNames: [],
      respondsEarly: false,
      ...more,
    },
    hash: `hash-of-${name}`,
    triggers: triggers.map((trigger) => ({
      kind: 'webhook',
      respond: 'immediately',
      respondWithinMs: 10_000,
      ...trigger,
    })),
  };
}
