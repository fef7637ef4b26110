// Runs and their steps as text for a terminal. Nothing of a sender reaches it raw.
import type { ListedRun } from '../runs/list.ts';
import type { ShownRun, ShownStep } from '../runs/show.ts';
import { cut, printable, printableLines, shortTime, table } from './printing.ts';

const ERROR_CHARACTERS_MAX = 160;
const STEP_CHARACTERS_MAX = 40;
const NAME_WIDTH = 10;
/** Facts that go on in further lines. */
const OF_LINES = new Set(['status', 'error']);
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `850ms`, `12.3s`, `4m 5s`, `2h 3m`, `5d 1h`. */
export function durationText(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)}s`;
  const [unit, small, names] =
    ms < HOUR_MS ? [MINUTE_MS, SECOND_MS, 'ms'] : ms < DAY_MS ? [HOUR_MS, MINUTE_MS, 'hm'] : [DAY_MS, HOUR_MS, 'dh'];
  return `${Math.floor(ms / unit)}${names[0]} ${Math.floor((ms % unit) / small)}${names[1]}`;
}

/** Lists one line a run. */
export function runListText(runs: ListedRun[]): string {
  const rows = runs.map((run) => [
    run.status,
    cut(stepText(run.step ?? ''), STEP_CHARACTERS_MAX),
    shortTime(run.startedAt),
    durationText(run.durationMs),
    run.run,
    cut(oneLine(run.error ?? ''), ERROR_CHARACTERS_MAX),
  ]);
  return table(['status', 'step', 'started', 'duration', 'run', 'error'], rows);
}

/** `flows/order.yaml:12: charge` as `charge (order.yaml:12)`: what comes first must not be cut. Of several, the first. */
function stepText(step: string): string {
  const [first = '', ...others] = placesOf(step);
  const text = first.replace(/^(?:.*\/)?([^/]+:\d+): (.*)$/, '$2 ($1)');
  return others.length === 0 ? text : `${others.length + 1} places: ${text}`;
}

/** Where a run is, as its details say it: one line, or a list. */
function placesOf(step: string): string[] {
  return step.split('\n').map((line) => line.replace(/^- /, ''));
}

/** A run with its steps. */
export function runText(run: ShownRun): string {
  const facts: [string, string | undefined][] = [
    ['run', run.run],
    ['status', statusText(run)],
    ['event', `${run.event.type} of ${run.event.source}, ${shortTime(run.event.time)}`],
    ['started', shortTime(run.startedAt)],
    ['duration', durationText(run.durationMs)],
    ['flow', `definition ${run.definitionHash.slice(0, 12)}`],
    ['continued', run.continuations === 0 ? undefined : `${run.continuations} times with a fresh history`],
    ['error', run.error],
    ['ui', run.ui],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(NAME_WIDTH)}${(OF_LINES.has(name) ? indented : printable)(value)}`],
  );
  const steps = run.steps.length === 0 ? 'It called nothing and did not wait.' : stepTable(run.steps);
  return `${lines.join('\n')}\n\n${steps}`;
}

function statusText({ status, step }: ShownRun): string {
  if (step === undefined) return status;
  const places = placesOf(step);
  return places.length === 1 ? `${status}, at ${step}` : [`${status}, at`, ...places].join('\n');
}

/** Several lines, of which none can look like another fact. */
function indented(text: string): string {
  return printableLines(text).replaceAll('\n', `\n${' '.repeat(NAME_WIDTH)}`);
}

function stepTable(steps: ShownStep[]): string {
  const rows = steps.map((step) => [
    // A timer that was stopped: what was waited for came, or somebody stopped it all.
    step.kind === 'wait' && step.state === 'cancelled' ? 'ended' : step.state,
    step.label,
    step.kind,
    step.attempts > 0 ? String(step.attempts) : '',
    step.endedAt === undefined ? '' : durationText(step.endedAt - step.startedAt),
    step.place ?? '',
    step.state === 'completed' ? '' : cut(oneLine(step.error ?? ''), ERROR_CHARACTERS_MAX),
  ]);
  return table(['state', 'step', 'does', 'tries', 'took', 'where', 'error'], rows);
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
