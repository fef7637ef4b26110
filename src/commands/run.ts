// `hookline run FLOW`: starts a run on a Hookline that is up, through its inbox, and with --wait follows it to its end.
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { CommandError, commandSettings } from './command.ts';

const WAIT_POLL_MS = 250;
/** The server holds the question for so long when there is no result yet. */
const WAIT_SECONDS = 20;

interface Flags {
  input?: string;
  event?: string;
  wait?: boolean;
  url?: string;
}

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
    .option('--input <json>', 'input as JSON (default: {})')
    .option('--event <file>', 'the body of the event, which is the input, as a JSON file; - reads stdin')
    .option('--wait', 'follow the run step by step to its end and print its output')
    .option('--url <url>', 'where Hookline listens (default: HOOKLINE_PUBLIC_URL, else this machine and HOOKLINE_PORT)')
    .action(async (flow: string, flags: Flags) => {
      const settings = commandSettings({}, '.env');
      const base = (flags.url ?? settings.publicUrl ?? `http://127.0.0.1:${settings.port}`).replace(/\/$/, '');
      const input = await readInput(flags);
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (settings.apiToken !== undefined) headers['authorization'] = `Bearer ${settings.apiToken}`;
      const started = (await call(base, `/api/flows/${encodeURIComponent(flow)}/runs`, {
        method: 'POST',
        headers,
        body: JSON.stringify(input),
      })) as { status: number; body: Started };
      process.stdout.write(`run ${started.body.run}${started.body.ui ? `\n${started.body.ui}` : ''}\n`);
      if (flags.wait !== true) return;
      const { followHere } = await import('./run-follow.ts');
      const { run, result, ui } = started.body;
      await followHere(settings, run, process.stderr, ui, () => isComing(base, result));
      await waitForResult(base, result);
    });
}

async function readInput({ input, event }: Flags): Promise<unknown> {
  if (input !== undefined && event !== undefined) throw new CommandError('Give either --input or --event', 2);
  if (event === undefined) return parseInput('--input', input ?? '{}');
  return parseInput(event === '-' ? 'stdin' : event, await readText(event));
}

async function readText(file: string): Promise<string> {
  if (file === '-') return readAll(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      `--event: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      2,
    );
  }
}

function parseInput(name: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CommandError(`${name} is not JSON: ${(error as Error).message}`, 2);
  }
}

function pathOf(result: string): string {
  return result.startsWith('http') ? new URL(result).pathname + new URL(result).search : result;
}

/** Whether the run is still to come, or goes on; a start that is skipped later has its answer already. */
async function isComing(base: string, result: string): Promise<boolean> {
  return (await call(base, pathOf(result), {}, true)).pending;
}

async function waitForResult(base: string, result: string): Promise<void> {
  const path = pathOf(result);
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
