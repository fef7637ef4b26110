// `hookline run FLOW`: starts a run on a Hookline that is up, through its inbox, and with --wait follows it to its end.
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { apiBase, askApi, nobodyThere, reach, urlOption } from './api.ts';
import { CommandError, commandSettings } from './command.ts';
import { print } from './printing.ts';

const WAIT_POLL_MS = 250;
/** The server holds the question for so long when there is no result yet. */
const WAIT_SECONDS = 20;
const RESULT_TIMEOUT_MS = 60_000;

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
    .addOption(urlOption())
    .action(start);
}

async function start(flow: string, flags: Flags): Promise<void> {
  const settings = commandSettings({}, '.env');
  const base = apiBase(settings, flags.url);
  const posted = await readInput(flags);
  const path = `/api/flows/${encodeURIComponent(flow)}/runs`;
  const started = await askApi<Started>(settings, base, path, { method: 'POST', posted });
  if (!started) throw nobodyThere(base);
  const { run, ui } = started;
  print(ui === undefined ? `run ${run}` : `run ${run}\n${ui}`);
  if (flags.wait !== true) return;
  const result = resultUrl(base, started.result);
  const { followHere } = await import('./run-follow.ts');
  // A start that is skipped later has its answer already.
  await followHere(settings, run, process.stderr, ui, async () => (await lookAt(result)).pending);
  await waitForResult(result);
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

/** Asked where the command asks all else: the public URL may not be reachable from here. */
function resultUrl(base: string, result: string): string {
  if (result.startsWith(`${base}/`)) return result;
  const { pathname, search } = new URL(result, base);
  return `${base}${pathname}${search}`;
}

async function waitForResult(result: string): Promise<void> {
  for (;;) {
    const { ok, body, pending } = await lookAt(`${result}&wait=${WAIT_SECONDS}`);
    if (!pending) {
      print(JSON.stringify(body, null, 2));
      if (!ok) process.exitCode = 1;
      return;
    }
    await sleep(WAIT_POLL_MS);
  }
}

/** What the run answered, whatever its status; or that it is still to come. */
async function lookAt(result: string): Promise<{ ok: boolean; body: unknown; pending: boolean }> {
  const response = await reach(result, {}, RESULT_TIMEOUT_MS);
  if (response === undefined) throw nobodyThere(new URL(result).origin);
  // A flow may itself answer 202; only one that is still to come says when to ask again.
  const pending = response.status === 202 && response.headers.has('retry-after');
  return { ok: response.status < 400, body: parseAnswer(await response.text()), pending };
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // A flow may answer with text.
  }
}
