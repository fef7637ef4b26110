// `hookline approvals`: what runs ask of people, and answers to it. It asks the Hookline that runs; who says what is kept with the run.
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { ApprovalView } from '../approvals/view.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { APPROVAL_STATES, type ApprovalStates } from '../server/approval-query.ts';
import { LIST_LIMIT_MAX } from '../server/inspect-query.ts';
import { apiBase, askApi, nobodyThere, urlOption } from './api.ts';
import { approvalListText, approvalText } from './approval-text.ts';
import { CommandError, commandSettings, countOf } from './command.ts';
import { json, note, print } from './printing.ts';

interface Flags {
  state: string;
  flow?: string;
  run?: string;
  limit: string;
  json?: boolean;
  url?: string;
}

interface Decision {
  by?: string;
  comment?: string;
  form?: string;
}

const LIMIT_DEFAULT = 50;
const ID_HELP = 'its id, as `hookline approvals` shows it';

/** Adds `approvals` with `list`, `show`, `approve` and `reject`. */
export function addApprovals(program: Command): void {
  const approvals = program.command('approvals').description('What runs ask of people: list, show, approve and reject');
  approvals
    .command('list', { isDefault: true })
    .addOption(urlOption())
    .description('What waits for a decision, newest first')
    .option('--state <state>', `only ${APPROVAL_STATES.join(', ')}`, 'open')
    .option('--flow <flow>', 'only of this flow')
    .option('--run <run>', 'only of this run, FLOW/EVENT-ID')
    .option('--limit <count>', `at most so many, up to ${LIST_LIMIT_MAX}`, String(LIMIT_DEFAULT))
    .option('--json', 'as JSON, with everything')
    .action(list);
  approvals
    .command('show')
    .addOption(urlOption())
    .description('One approval: what is asked, the fields of its form, what was decided')
    .argument('<id>', ID_HELP)
    .option('--json', 'as JSON, with everything')
    .action(show);
  for (const [name, decision] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    approvals
      .command(name)
      .addOption(urlOption())
      .description(name === 'approve' ? 'Approve, so that the run goes on' : 'Reject: the run goes on with that answer')
      .argument('<id>', ID_HELP)
      .option('--by <name>', 'who decides (default: your name on this machine)')
      .option('--comment <text>', 'kept with the decision')
      .option('--form <json>', 'what the form asks for, as a JSON object')
      .action((id: string, flags: Flags & Decision) => decide(id, decision, flags));
  }
}

async function list(flags: Flags): Promise<void> {
  const { state, flow, run } = flags;
  if (!APPROVAL_STATES.includes(state as ApprovalStates))
    throw new CommandError(`--state must be one of ${APPROVAL_STATES.join(', ')}`, 2);
  const limit = countOf('--limit', flags.limit, LIST_LIMIT_MAX);
  const query = new URLSearchParams({ state, limit: String(limit) });
  if (flow !== undefined) query.set('flow', flow);
  if (run !== undefined) query.set('run', run);
  const { answer } = await ask<{ approvals: ApprovalView[]; next: string | null }>(
    flags,
    `/api/approvals?${query.toString()}`,
  );
  const { approvals, next } = answer!;
  if (flags.json === true) return print(json(approvals));
  if (approvals.length === 0) return note(state === 'open' ? 'Nothing waits for a decision.' : 'There is none.');
  print(approvalListText(approvals));
  if (next !== null) note(`There are more; --limit shows up to ${LIST_LIMIT_MAX}.`);
}

async function show(id: string, flags: Flags): Promise<void> {
  const { answer } = await ask<ApprovalView>(flags, pathOf(id));
  if (answer === null) throw unknown(id);
  print(flags.json === true ? json(answer) : approvalText(answer));
}

async function decide(id: string, decision: 'approved' | 'rejected', flags: Flags & Decision): Promise<void> {
  const { by = nameHere(), comment } = flags;
  const form = flags.form === undefined ? {} : { form: formOf(flags.form) };
  const { answer, base } = await ask<ApprovalView>(flags, pathOf(id), { decision, by, comment, ...form });
  if (answer === null) throw unknown(id);
  print(`${answer.title}\n${decision} by ${by}; ${answer.run} goes on`);
  note(`It was decided at ${base}.`);
}

async function ask<T>(flags: Flags, path: string, posted?: object): Promise<{ answer: T | null; base: string }> {
  const settings = commandSettings({}, '.env');
  const base = apiBase(settings, flags.url);
  const answer = await askApi<T>(settings, base, path, {
    method: posted === undefined ? 'GET' : 'POST',
    posted,
    unknownCode: 'approval_unknown',
  });
  if (answer === undefined) throw nobodyThere(base);
  return { answer, base };
}

function pathOf(id: string): string {
  return `/api/approvals/${encodeURIComponent(id)}`;
}

function formOf(text: string): JsonObject {
  let form: unknown;
  try {
    form = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`--form is not JSON: ${(error as Error).message}`, 2);
  }
  if (form === null || typeof form !== 'object' || Array.isArray(form))
    throw new CommandError('--form must be a JSON object', 2);
  return form as JsonObject;
}

/** Where the user has no name (a container may have none), nobody is made up. */
function nameHere(): string {
  try {
    return userInfo().username;
  } catch {
    throw new CommandError('Say who decides: --by NAME', 2);
  }
}

function unknown(id: string): CommandError {
  return new CommandError(`No run asked for an approval ${id}, or it was deleted by age. See: hookline approvals`);
}
