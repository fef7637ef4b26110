// A Hookline without Temporal, a folder of flows, and the command line as an author has it: for tests of what the author is told.
import { fork, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { readSettings } from '../../src/config.ts';
import { startHookline, type Hookline } from '../../src/hookline.ts';
import { openSqliteStore, SQLITE_FILE, type SqliteStore } from '../../src/inbox/sqlite.ts';
import { createSecretLookup } from '../../src/secrets.ts';
import { signGithub } from '../support/sign.ts';
import { fromProcess } from '../support/waiting.ts';
import type { CommandRun, Ended } from './session.ts';

export interface AuthorLab {
  dataDir: string;
  url(): string;
  /** Runs `hookline ARGS` in the author's folder; it looks for a Hookline where the lab's listens (or did). */
  hookline(args: string[], env?: Record<string, string>): Promise<Ended>;
  /** Posts to `/hooks/NAME`; gives the status. */
  post(name: string, body: string, headers?: Record<string, string>): Promise<number>;
  /** Posts as GitHub would. */
  github(delivery: string, event: string, body: object): Promise<number>;
  /** The store, while no Hookline runs. */
  withStore(use: (store: SqliteStore) => Promise<unknown>): Promise<void>;
  start(): Promise<void>;
  /** Stops the Hookline; its data stays. */
  stop(): Promise<void>;
  end(): Promise<void>;
}

export const GITHUB_SECRET = 'github-secret-of-the-author';
const SESSION = join(import.meta.dirname, 'session.ts');
/** Nothing ever listens on the discard port of this machine, so that Temporal is away. */
const NOBODY = '127.0.0.1:9';

/** Makes the folders; `flows` are files by name. */
export async function openAuthorLab(flows: Record<string, string>): Promise<AuthorLab> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-author-'));
  const dataDir = join(folder, 'data');
  const flowsDir = join(folder, 'flows');
  await mkdir(flowsDir);
  for (const [name, text] of Object.entries(flows)) await writeFile(join(flowsDir, name), text);
  const env: Record<string, string> = {
    HOOKLINE_FLOWS: flowsDir,
    HOOKLINE_DATA_DIR: dataDir,
    HOOKLINE_HOST: '127.0.0.1',
    HOOKLINE_PORT: '0',
    HOOKLINE_SECRET_GITHUB_SECRET: GITHUB_SECRET,
    TEMPORAL_ADDRESS: NOBODY,
  };
  // What the test's process prints on its standard output is for the test runner alone.
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];
  const session = fork(SESSION, { cwd: folder, execArgv: ['--import', import.meta.resolve('tsx')], stdio });
  let hookline: Hookline | undefined;
  let url = '';
  let last: Promise<unknown> = Promise.resolve();

  /** One command after the other. */
  function run(command: CommandRun): Promise<Ended> {
    const ended = last.then(async () => {
      session.send(command);
      const [answer] = await fromProcess(session, `the answer to ${command.args.join(' ')}`, once(session, 'message'));
      return answer as Ended;
    });
    last = ended;
    return ended;
  }

  const lab: AuthorLab = {
    dataDir,
    url: () => url,
    hookline(args, more = {}) {
      const port = url === '' ? '9' : new URL(url).port;
      const all = { ...env, HOOKLINE_PORT: port, ...more };
      return run({ args, env: all });
    },
    async post(name, body, headers = {}) {
      const all = { 'content-type': 'application/json', ...headers };
      return (await fetch(`${url}/hooks/${name}`, { method: 'POST', body, headers: all })).status;
    },
    github(delivery, event, body) {
      const text = JSON.stringify(body);
      return lab.post('github', text, signGithub(text, GITHUB_SECRET, event, delivery));
    },
    async withStore(use) {
      const store = await openSqliteStore({ file: join(dataDir, SQLITE_FILE) });
      try {
        await use(store);
      } finally {
        await store.close();
      }
    },
    async start() {
      const settings = readSettings(env);
      hookline = await startHookline({
        settings,
        role: 'receiver',
        logger: pino({ level: 'silent' }),
        secrets: createSecretLookup(settings.secrets, undefined),
        config: () => undefined,
        watch: false,
        progress: () => undefined,
      });
      url = hookline.url;
    },
    async stop() {
      await hookline?.stop();
      hookline = undefined;
    },
    async end() {
      session.disconnect();
      await lab.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return lab;
}
