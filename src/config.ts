// Settings: the only reader of the environment. One table; validation, `Settings` and docs/configuration.md derive from it.
import { parseEnv } from 'node:util';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TASK_QUEUE } from '../workflows/definition.ts';
import { closestWord } from '../workflows/expression/index.ts';
import { isAddressRange } from './server/address-ranges.ts';

/** The environment as read: names to texts. */
export type Environment = Record<string, string | undefined>;

/** A setting that cannot be used; the message names it and says what to do. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

interface Setting<T> {
  env: string;
  /** The default as docs show it. */
  shown: string;
  summary: string;
  /** Turns the text, or its absence, into the value. Throws an Error whose message says what is expected. */
  read(text: string | undefined): T;
}

const MEBIBYTE = 1024 * 1024;
/** Temporal takes 4 MiB a message; bodies beyond are refused whatever the setting says. */
export const BODY_BYTES_LIMIT = 64 * MEBIBYTE;

function text(env: string, fallback: string, summary: string): Setting<string> {
  return { env, shown: fallback === '' ? '(none)' : fallback, summary, read: (value) => value ?? fallback };
}

function optional(env: string, summary: string): Setting<string | undefined> {
  return { env, shown: '(none)', summary, read: (value) => (value === '' ? undefined : value) };
}

function integer(env: string, fallback: number, min: number, max: number, summary: string): Setting<number> {
  const read = (value: string | undefined): number => {
    if (value === undefined || value === '') return fallback;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
  return { env, shown: String(fallback), summary, read };
}

function addresses(env: string, summary: string): Setting<string[]> {
  const read = (value: string | undefined): string[] => {
    const ranges = (value ?? '').split(',').flatMap((range) => range.trim() || []);
    const wrong = ranges.find((range) => !isAddressRange(range));
    if (wrong !== undefined) {
      throw new Error(`must be addresses or CIDR ranges, separated by commas, and \`${wrong}\` is neither`);
    }
    return ranges;
  };
  return { env, shown: '(none)', summary, read };
}

function flag(env: string, fallback: boolean, summary: string): Setting<boolean> {
  const read = (value: string | undefined): boolean => {
    if (value === undefined || value === '') return fallback;
    if (['true', '1', 'yes', 'on'].includes(value.toLowerCase())) return true;
    if (['false', '0', 'no', 'off'].includes(value.toLowerCase())) return false;
    throw new Error('must be true or false');
  };
  return { env, shown: String(fallback), summary, read };
}

function choice<const T extends string>(env: string, fallback: T, values: readonly T[], summary: string): Setting<T> {
  const read = (value: string | undefined): T => {
    if (value === undefined || value === '') return fallback;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return found;
  };
  return { env, shown: fallback, summary, read };
}

function port(env: string, fallback: number, summary: string): Setting<number> {
  return integer(env, fallback, 0, 65_535, summary);
}

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** Every setting, in the order of docs/configuration.md. */
export const settingsTable = {
  port: port('HOOKLINE_PORT', 8080, 'Port of the receiver. 0 takes a free one.'),
  host: optional('HOOKLINE_HOST', 'Address the receiver listens on. `dev` uses 127.0.0.1, `serve` 0.0.0.0.'),
  publicUrl: optional(
    'HOOKLINE_PUBLIC_URL',
    'The URL that third parties see, e.g. behind a proxy. Used in result links and by schemes that sign the URL.',
  ),
  replayWindows: flag(
    'HOOKLINE_REPLAY_WINDOWS',
    true,
    'Takes the same bytes under another delivery id as a repeat, where a provider signs neither id nor time. `dev` sets false, so that a payload can be tried again; `replay_window` of a source holds in any case.',
  ),
  trustedProxies: addresses(
    'HOOKLINE_TRUSTED_PROXIES',
    'Addresses and CIDR ranges of the proxies in front, separated by commas. Only from them `X-Forwarded-For` and client certificates are believed.',
  ),
  flows: text('HOOKLINE_FLOWS', './flows', 'Folder (or one file) with the flows.'),
  dataDir: text(
    'HOOKLINE_DATA_DIR',
    './.hookline',
    'Folder for the inbox and for the embedded Temporal server. One process at a time uses it.',
  ),
  apiToken: optional(
    'HOOKLINE_API_TOKEN',
    'Bearer token of the API (`/api/…`). Without it only this machine may call the API.',
  ),
  secretsDir: optional(
    'HOOKLINE_SECRETS_DIR',
    'Folder of files, one a secret, named as in `secrets.NAME`. `HOOKLINE_SECRET_NAME` wins.',
  ),
  allowPrivateNetwork: flag(
    'HOOKLINE_ALLOW_PRIVATE_NETWORK',
    false,
    'Lets connectors call loopback and private addresses. `dev` sets it.',
  ),
  bodyBytesMax: integer(
    'HOOKLINE_BODY_BYTES_MAX',
    MEBIBYTE,
    1,
    BODY_BYTES_LIMIT,
    'Largest request body taken, in bytes, where a source says nothing else.',
  ),
  logLevel: choice('HOOKLINE_LOG_LEVEL', 'info', LOG_LEVELS, `How much is logged: ${LOG_LEVELS.join(', ')}.`),
  openRunsMax: integer(
    'HOOKLINE_OPEN_RUNS_MAX',
    64,
    1,
    1000,
    'Most runs that the dispatcher keeps busy at once (waiting ones do not count); below it, it adapts.',
  ),
  dispatch: flag('HOOKLINE_DISPATCH', true, 'Set to false to acknowledge and store deliveries without starting runs.'),
  deliveryDays: integer(
    'HOOKLINE_DELIVERY_DAYS',
    30,
    1,
    3650,
    'Days that delivery ids are remembered, so that a repeat starts nothing.',
  ),
  bodyDays: integer('HOOKLINE_BODY_DAYS', 7, 1, 3650, 'Days that bodies of finished deliveries are kept.'),
  temporalPort: port('HOOKLINE_TEMPORAL_PORT', 7233, 'Port of the embedded Temporal server.'),
  temporalUiPort: port('HOOKLINE_TEMPORAL_UI_PORT', 8233, "Port of the embedded server's Web UI."),
  temporalBinary: optional(
    'HOOKLINE_TEMPORAL_BINARY',
    'Path of the `temporal` program to embed. By default it is looked for, then downloaded or built.',
  ),
  taskQueue: text('HOOKLINE_TASK_QUEUE', TASK_QUEUE, 'Task queue of the runs.'),
  temporalAddress: optional(
    'TEMPORAL_ADDRESS',
    'host:port of a Temporal cluster or of Temporal Cloud. Without it a server is embedded.',
  ),
  temporalNamespace: text('TEMPORAL_NAMESPACE', 'default', 'Namespace of the runs.'),
  temporalUiUrl: optional(
    'HOOKLINE_TEMPORAL_UI_URL',
    "Address of Temporal's Web UI, for links to runs and for `run.url`; of the embedded server it is known.",
  ),
  temporalApiKey: optional('TEMPORAL_API_KEY', 'API key of Temporal Cloud; implies TLS.'),
  temporalTls: flag('TEMPORAL_TLS', false, 'Use TLS towards the cluster.'),
  temporalTlsServerName: optional('TEMPORAL_TLS_SERVER_NAME', "Name to expect in the cluster's certificate."),
  temporalTlsServerCaPath: optional(
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    'File with the certificate authority of the cluster (PEM).',
  ),
  temporalTlsClientCertPath: optional(
    'TEMPORAL_TLS_CLIENT_CERT_PATH',
    'File with the client certificate (PEM); implies TLS.',
  ),
  temporalTlsClientKeyPath: optional('TEMPORAL_TLS_CLIENT_KEY_PATH', "File with the client certificate's key (PEM)."),
} satisfies Record<string, Setting<unknown>>;

type Values = { [K in keyof typeof settingsTable]: ReturnType<(typeof settingsTable)[K]['read']> };

/** The settings of one process, and the values that flows may read. */
export interface Settings extends Values {
  /** `HOOKLINE_CONFIG_NAME` by NAME, for `config.NAME`. */
  config: Record<string, string>;
  /** `HOOKLINE_SECRET_NAME` by NAME. Never logged. */
  secrets: Record<string, string>;
  /** Things to tell the user, e.g. a misspelt setting. */
  warnings: string[];
}

const CONFIG_PREFIX = 'HOOKLINE_CONFIG_';
const SECRET_PREFIX = 'HOOKLINE_SECRET_';

function prefixed(environment: Environment, prefix: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith(prefix) && name.length > prefix.length && value !== undefined)
      found[name.slice(prefix.length)] = value;
  }
  return found;
}

function misspelt(environment: Environment): string[] {
  const known = Object.values(settingsTable).map((setting) => setting.env);
  return Object.keys(environment)
    .filter((name) => name.startsWith('HOOKLINE_') && !known.includes(name))
    .filter((name) => !name.startsWith(CONFIG_PREFIX) && !name.startsWith(SECRET_PREFIX))
    .map((name) => {
      const near = closestWord(name, known);
      return `${name} is not a setting${near ? `; did you mean ${near}?` : ''}`;
    });
}

/**
 * Reads and checks all settings.
 * @throws SettingsError naming every setting that cannot be used, a line each.
 */
export function readSettings(environment: Environment): Settings {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settingsTable)) {
    try {
      values[key] = setting.read(environment[setting.env]?.trim());
    } catch (error) {
      faults.push(`${setting.env} ${(error as Error).message} (it is ${JSON.stringify(environment[setting.env])})`);
    }
  }
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  const settings = values as unknown as Values;
  return {
    ...settings,
    flows: resolve(settings.flows),
    dataDir: resolve(settings.dataDir),
    config: prefixed(environment, CONFIG_PREFIX),
    secrets: prefixed(environment, SECRET_PREFIX),
    warnings: misspelt(environment),
  };
}

/** The process's environment; with `envFile`, what that file adds (the environment wins). */
export function processEnvironment(envFile?: string): Environment {
  if (envFile === undefined) return { ...process.env };
  try {
    return { ...parseEnv(readFileSync(envFile, 'utf8')), ...process.env };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...process.env };
    throw new SettingsError(`${envFile} cannot be read: ${(error as Error).message}`);
  }
}

/** docs/configuration.md's table, one row a setting. */
export function settingsReference(): string {
  const rows = Object.values(settingsTable).map(
    (setting) => `| \`${setting.env}\` | \`${setting.shown}\` | ${setting.summary} |`,
  );
  return ['| setting | default | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}
