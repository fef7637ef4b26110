// Approvals as a person reads them on a terminal. Text only; it asks nobody.
import { formFields } from '../approvals/fields.ts';
import type { ApprovalView } from '../approvals/view.ts';
import { counted, cut, json, printable, printableLines, shortTime, table } from './printing.ts';

const HEAD = ['ASKED', 'STATUS', 'ID', 'RUN', 'TITLE'];
const TITLE_CHARACTERS_MAX = 80;

/** The table, newest first. */
export function approvalListText(approvals: ApprovalView[]): string {
  const rows = approvals.map(({ id, status, title, run, openedAt }) => [
    openedAt === null ? '' : shortTime(openedAt),
    status,
    id,
    run,
    cut(title, TITLE_CHARACTERS_MAX),
  ]);
  const count = counted(approvals.length, 'approval');
  return [table(HEAD, rows), '', `${count}. Decide: hookline approvals approve ID, or reject ID`].join('\n');
}

/** Everything about one. */
export function approvalText(approval: ApprovalView): string {
  const { id, status, title, who, run, step, openedAt, expiresAt, form, decision } = approval;
  const lines = [printableLines(title), `  status   ${status}`, `  id       ${id}`, `  run      ${printable(run)}`];
  lines.push(`  step     ${printable(step)}`);
  if (who.length > 0) lines.push(`  for      ${printable(who.join(', '))}`);
  if (openedAt !== null) lines.push(`  asked    ${shortTime(openedAt)}`);
  if (expiresAt !== null) lines.push(`  until    ${shortTime(expiresAt)}`);
  const fields = formFields(form ?? {});
  for (const { name, label, kind, required, options } of fields) {
    const choices = options.length === 0 ? kind : options.map(({ value }) => value).join(' | ');
    const titled = label === name ? '' : ` (${label})`;
    lines.push(printable(`  form     ${name}${titled}: ${choices}${required ? ', needed' : ''}`));
  }
  if (decision !== null) {
    lines.push(`  decided  ${shortTime(decision.at)}${decision.by === null ? '' : ` by ${printable(decision.by)}`}`);
    lines.push(`  via      ${decision.via}`);
    if (decision.comment !== null) lines.push(`  comment  ${printableLines(decision.comment)}`);
    if (decision.form !== null) lines.push(`  filled   ${json(decision.form).replaceAll('\n', '\n           ')}`);
  }
  return lines.join('\n');
}
