// Checks `schedule` triggers: that their times exist, that Temporal can keep them, and that `input` is what the flow takes.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { closestWord } from '../../workflows/expression/closest-word.ts';
import { WAIT_MS_MAX } from '../../workflows/limits.ts';
import { compileSchema, type CheckBody } from '../server/schema.ts';
import { parseCron } from './cron.ts';
import type { FlowDocument } from './document.ts';
import { catchUpMinMs, scheduleEveryMinMs, schedulesPerFlowMax } from './limits.ts';
import { literalMs } from './normalise.ts';
import { isObject } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Checks the `schedule` triggers of a flow. */
export function checkSchedules(document: FlowDocument, flow: JsonObject): void {
  const triggers = Array.isArray(flow['triggers']) ? flow['triggers'] : [];
  let count = 0;
  for (const [index, trigger] of triggers.entries()) {
    if (!isObject(trigger) || trigger['schedule'] === undefined) continue;
    const path = ['triggers', index, 'schedule'];
    const { schedule } = trigger;
    count += 1;
    if (count === schedulesPerFlowMax + 1) {
      const message = `a flow has at most ${schedulesPerFlowMax} \`schedule\` triggers`;
      document.report.add('wrong_value', document.keyPlace(path), message, 'One cron expression may name many times.');
    }
    if (isObject(schedule)) checkMap(document, schedule, path, flow);
    else {
      checkCron(document, schedule, path);
      checkInput(document, {}, path, flow);
    }
  }
}

function checkMap(document: FlowDocument, schedule: JsonObject, path: Path, flow: JsonObject): void {
  const { cron, every } = schedule;
  if (cron === undefined && every === undefined) {
    document.report.add('missing_field', document.valuePlace(path), '`schedule` needs `cron` or `every`');
  }
  if (cron !== undefined && every !== undefined) {
    const message = 'a schedule is either `cron` or `every`';
    document.report.add(
      'impossible_combination',
      document.keyPlace([...path, 'every']),
      message,
      'Make a trigger of each.',
    );
  }
  checkCron(document, cron, [...path, 'cron']);
  checkTimezone(document, schedule, path);
  checkTimes(document, schedule, path);
  const input = schedule['input'] ?? {};
  if (isObject(input))
    checkInput(document, input, [...path, ...(schedule['input'] === undefined ? [] : ['input'])], flow);
}

function checkCron(document: FlowDocument, cron: Json | undefined, path: Path): void {
  if (typeof cron !== 'string') return;
  const read = parseCron(cron);
  if (!('problem' in read)) return;
  const { offset, length, message, hint } = read.problem;
  document.report.add('wrong_value', document.textPlace(path, offset, length), message, hint);
}

function checkTimezone(document: FlowDocument, { timezone, cron }: JsonObject, path: Path): void {
  if (typeof timezone !== 'string') return;
  if (cron === undefined) {
    const message = '`timezone` needs `cron`: `every` is counted without a calendar';
    return document.report.add('impossible_combination', document.keyPlace([...path, 'timezone']), message);
  }
  if (isTimezone(timezone)) return;
  const known = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
  const city = timezone.split('/').at(-1)!.replaceAll(' ', '_');
  const closest =
    closestWord(timezone, known) ?? known.find((name) => name.toLowerCase().endsWith(`/${city.toLowerCase()}`));
  const hint = closest === undefined ? 'Write an IANA name such as `Europe/Berlin`.' : `Did you mean \`${closest}\`?`;
  document.report.add(
    'wrong_value',
    document.valuePlace([...path, 'timezone']),
    `there is no time zone \`${timezone}\``,
    hint,
  );
}

/** Temporal loads it by its exact name; offsets, which Intl takes too, it does not know. */
function isTimezone(name: string): boolean {
  if (!/^[A-Z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function checkTimes(document: FlowDocument, schedule: JsonObject, path: Path): void {
  const wrong = (name: string, message: string, hint?: string): void =>
    document.report.add('wrong_value', document.valuePlace([...path, name]), `\`${name}\` ${message}`, hint);
  for (const name of ['every', 'jitter', 'catch_up']) {
    const ms = literalMs(schedule[name]);
    if (ms === undefined) continue;
    if (ms > WAIT_MS_MAX) wrong(name, `is at most ${WAIT_MS_MAX / dayMs}d`);
    else if (ms % 1000 !== 0) wrong(name, 'is in whole seconds: schedules know nothing finer');
    else if (name === 'every' && ms < scheduleEveryMinMs) wrong(name, 'is at least 1s');
    else if (name === 'catch_up' && ms < catchUpMinMs) wrong(name, `is at least ${catchUpMinMs / 1000}s`);
  }
  const everyMs = literalMs(schedule['every']);
  const jitterMs = literalMs(schedule['jitter']);
  if (everyMs !== undefined && jitterMs !== undefined && jitterMs > everyMs) {
    wrong('jitter', 'is longer than `every`', 'A start would be put off beyond the next one.');
  }
}

/** What a schedule gives must be what the flow takes: nobody is there to be told when its time comes. */
function checkInput(document: FlowDocument, input: JsonObject, path: Path, flow: JsonObject): void {
  const declared = flow['input'];
  // A schema that is none is reported where it stands.
  const check = isObject(declared) ? compiled(declared) : undefined;
  const [mismatch] = check?.(structuredClone(input)) ?? [];
  if (mismatch === undefined) return;
  const where = mismatch.path === '' ? '' : ` at \`${mismatch.path}\``;
  const message = `what the schedule gives does not follow the flow's \`input\`${where}: ${mismatch.message}`;
  document.report.add(
    'wrong_value',
    document.valuePlace(path),
    message,
    'Give it with `schedule: { …, input: { … } }`.',
  );
}

function compiled(schema: JsonObject): CheckBody | undefined {
  try {
    return compileSchema(schema, { fillDefaults: true });
  } catch {
    return undefined;
  }
}
