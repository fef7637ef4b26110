// Questions of a command to the Hookline that runs. Nobody there is an answer too; anything else that goes wrong ends the command.
import { Option } from 'commander';
import type { Settings } from '../config.ts';
import { CommandError } from './command.ts';

/** An answer that takes longer is not waited for. */
const ANSWER_TIMEOUT_MS = 15_000;

const URL_HELP = 'where Hookline listens (default: HOOKLINE_PUBLIC_URL, else this machine and HOOKLINE_PORT)';

/** The flag of every command that asks a running Hookline. */
export function urlOption(): Option {
  return new Option('--url <url>', URL_HELP);
}

/** Where Hookline listens, without a trailing slash: `--url`, else HOOKLINE_PUBLIC_URL, else this machine and HOOKLINE_PORT. */
export function apiBase(settings: Settings, url: string | undefined): string {
  const base = url ?? settings.publicUrl ?? `http://127.0.0.1:${settings.port}`;
  if (!URL.canParse(base)) throw new CommandError(`--url ${base} is not a URL`, 2);
  return base.replace(/\/+$/, '');
}

/** How the API is asked: GET unless it says otherwise. */
export interface ApiCall {
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  posted?: unknown;
  /** The error that is an answer: null. */
  unknownCode?: string;
}

/**
 * The JSON that `path` answers; undefined when nothing listens at `base`, null when the answer is the error `unknownCode`.
 * @throws CommandError with the server's own words when it refuses, and when what answers is not Hookline.
 */
export async function askApi<T>(
  settings: Settings,
  base: string,
  path: string,
  { method = 'GET', posted, unknownCode }: ApiCall = {},
): Promise<T | null | undefined> {
  const headers: Record<string, string> = {};
  if (settings.apiToken !== undefined) headers['authorization'] = `Bearer ${settings.apiToken}`;
  if (posted !== undefined) headers['content-type'] = 'application/json';
  const response = await reach(base + path, { method, headers, body: JSON.stringify(posted) });
  if (response === undefined) return undefined;
  const body = parsed(await response.text().catch(() => ''));
  if (response.ok && body !== undefined) return body as T;
  const error = (body as { error?: { code?: string; message?: string } } | undefined)?.error;
  if (error?.message === undefined) {
    throw new CommandError(
      `What answers at ${base} is not Hookline (status ${response.status}): say where it is with --url`,
    );
  }
  if (error.code === unknownCode) return null;
  if (error.code === 'not_found') {
    throw new CommandError(`The Hookline at ${base} is of an older version and does not answer ${path}`);
  }
  throw new CommandError(`${error.message}${refusalHint(response.status, settings.port)}`);
}

/** What to do about a refusal: 401 where a token is set there, 403 where none is and the call comes from elsewhere. */
function refusalHint(status: number, port: number): string {
  if (status === 401) return ' Set HOOKLINE_API_TOKEN as it is set there.';
  return status === 403 ? ` Set it there and here, or, on its own machine, say --url http://127.0.0.1:${port}.` : '';
}

/** What a command ends with that needs a Hookline, where none is. */
export function nobodyThere(base: string, reason?: string): CommandError {
  const why = reason === undefined ? '' : ` (${reason})`;
  return new CommandError(
    `Nothing answers at ${base}${why}. Start it with \`npx hookline dev\`, or say where it is with --url.`,
  );
}

/**
 * Whether Temporal takes runs there, in words; undefined when it does or nobody says.
 */
export async function whyWaiting(base: string): Promise<string | undefined> {
  const response = await reach(`${base}/readyz`).catch(() => undefined);
  const readiness = parsed((await response?.text().catch(() => '')) ?? '') as Readiness | undefined;
  if (readiness?.temporal === undefined) return undefined;
  const { connected, unavailableSince, lastError } = readiness.temporal;
  if (connected && unavailableSince === null) return undefined;
  const since = unavailableSince === null ? '' : ` since ${unavailableSince}`;
  return `Temporal is away${since}${lastError === null ? '' : ` (${lastError})`}; runs start by themselves when it is back.`;
}

interface Readiness {
  temporal?: { connected: boolean; unavailableSince: string | null; lastError: string | null };
}

/** The answer of whatever listens at `url`; undefined when nothing does. Throws CommandError when it takes too long. */
export async function reach(
  url: string,
  request: RequestInit = {},
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    if ((error as Error).name !== 'TimeoutError') return undefined;
    throw new CommandError(`${new URL(url).origin} did not answer within ${timeoutMs / 1000} s`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
