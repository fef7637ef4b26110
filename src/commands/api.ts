// Questions of a command to the Hookline that runs. Nobody there is an answer too; anything else that goes wrong ends the command.
import type { Settings } from '../config.ts';
import { CommandError } from './command.ts';

/** An answer that takes longer is not waited for. */
const ANSWER_TIMEOUT_MS = 15_000;

/** Where Hookline listens, without a trailing slash: `--url`, else HOOKLINE_PUBLIC_URL, else this machine and HOOKLINE_PORT. */
export function apiBase(settings: Settings, url: string | undefined): string {
  const base = url ?? settings.publicUrl ?? `http://127.0.0.1:${settings.port}`;
  if (!URL.canParse(base)) throw new CommandError(`--url ${base} is not a URL`, 2);
  return base.replace(/\/+$/, '');
}

/**
 * The JSON that `path` answers to a GET, or to a POST of `posted`; undefined when nothing listens at `base`, null when the answer is the error `unknownCode`.
 * @throws CommandError with the server's own words when it refuses, and when what answers is not Hookline.
 */
export async function askApi<T>(
  settings: Settings,
  base: string,
  path: string,
  unknownCode?: string,
  posted?: object,
): Promise<T | null | undefined> {
  const headers: Record<string, string> =
    settings.apiToken === undefined ? {} : { authorization: `Bearer ${settings.apiToken}` };
  const response = await reach(base + path, headers, posted);
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
  const here = `on its own machine, --url http://127.0.0.1:${settings.port}`;
  const refused = response.status === 401 || response.status === 403;
  const hint = refused ? ` Set HOOKLINE_API_TOKEN as it is set there, or, ${here}.` : '';
  throw new CommandError(`${error.message}${hint}`);
}

/**
 * Whether Temporal takes runs there, in words; undefined when it does or nobody says.
 */
export async function whyWaiting(base: string): Promise<string | undefined> {
  const response = await reach(`${base}/readyz`, {}).catch(() => undefined);
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

async function reach(url: string, headers: Record<string, string>, posted?: object): Promise<Response | undefined> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const post = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(posted),
  };
  try {
    return await fetch(url, { ...(posted === undefined ? { headers } : post), signal });
  } catch (error) {
    if ((error as Error).name !== 'TimeoutError') return undefined;
    throw new CommandError(`${new URL(url).origin} did not answer within ${ANSWER_TIMEOUT_MS / 1000} s`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
