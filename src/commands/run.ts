// `hookline run FLOW`: starts a run on a Hookline that is up, through its inbox, and with --wait waits for its end.
import type { Command } from 'commander';
import { CommandError, commandSettings } from './command.ts';

const WAIT_POLL_MS = 250;
/** The server holds the question for so long when there is no result yet. */
const WAIT_SECONDS = 20;

interface Started {
  id: string;
  run: string;
  result: string;
  ui?: string;
}

/** Adds `run`. */
export function addRun(program: Command): void {
  program
    .command('run')
    .description('Start a run of a flow on the Hookline that is running')
    .argument('<flow>', "the flow's name")
    .option('--input <json>', 'input as JSON', '{}')
    .option('--wait', 'wait for the end of the run and print its output')
    .option('--url <url>', 'where Hookline listens (default: HOOKLINE_PUBLIC_URL, else this machine and HOOKLINE_PORT)')
    .action(async (flow: string, flags: { input: string; wait?: boolean; url?: string }) => {
      const settings = commandSettings({}, '.env');
      const base = (flags.url ?? settings.publicUrl ?? `http://127.0.0.1:${settings.port}`).replace(/\/$/, '');
      const input = parseInput(flags.input);
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (settings.apiToken !== undefined) headers['authorization'] = `Bearer ${settings.apiToken}`;
      const started = (await call(base, `/api/flows/${encodeURIComponent(flow)}/runs`, {
        method: 'POST',
        headers,
        body: JSON.stringify(input),
      })) as { status: number; body: Started };
      process.stdout.write(`run ${started.body.run}${started.body.ui ? `\n${started.body.ui}` : ''}\n`);
      if (flags.wait) await waitForResult(base, started.body.result);
    });
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`--input is not JSON: ${(error as Error).message}`, 2);
  }
}

async function waitForResult(base: string, result: string): Promise<void> {
  const path = result.startsWith('http') ? new URL(result).pathname + new URL(result).search : result;
  for (;;) {
    const answer = await call(base, `${path}&wait=${WAIT_SECONDS}`, {}, true);
    if (!answer.pending) {
      process.stdout.write(`${JSON.stringify(answer.body, null, 2)}\n`);
      if (answer.status >= 400) process.exitCode = 1;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_POLL_MS));
  }
}

/** The server's own words, and what exactly is wrong where it says so. */
function refusalText(body: unknown): string | undefined {
  const error = (body as { error?: { message?: string; details?: unknown } } | null)?.error;
  if (error?.message === undefined) return undefined;
  return error.details === undefined ? error.message : `${error.message}\n${JSON.stringify(error.details, null, 2)}`;
}

interface Called {
  status: number;
  body: unknown;
  pending: boolean;
}

async function call(base: string, path: string, init: RequestInit, anyStatus = false): Promise<Called> {
  const response = await fetch(`${base}${path}`, init).catch(() => {
    throw new CommandError(
      `Nothing answers at ${base}. Start it with \`npx hookline dev\`, or say where it is with --url.`,
    );
  });
  const text = await response.text();
  const body = parseAnswer(text);
  // A flow may itself answer 202; only one that is still to come says when to ask again.
  const pending = response.status === 202 && response.headers.has('retry-after');
  if (response.ok || anyStatus) return { status: response.status, body, pending };
  throw new CommandError(refusalText(body) ?? `${base}${path} answered ${response.status}`);
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // A flow may answer with text.
  }
}
