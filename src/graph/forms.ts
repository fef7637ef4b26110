// How each verb is drawn: its shape, its tone and its text. A verb without an entry is drawn as a plain box, and a test fails.
import type { Step } from '../../workflows/definition.ts';
import type { Box, Tone } from './chart.ts';
import { durationText, listText, shortText } from './texts.ts';

/** The drawing of one verb. */
export interface Form {
  /** `box`: a step. `choice`: takes one of its lists of steps, or goes on. The others are the parts of chart.ts. */
  shape: 'box' | 'choice' | 'loop' | 'branches' | 'attempt';
  tone: Tone;
  /** What it does, in a few words. */
  text(step: Step): string;
  /** No step follows it, unless it is skipped or its failure passed over. */
  ends?: true;
  exit?: Box['exit'];
  /** Label of the way on, where no list of steps is taken. */
  passes?: string;
}

const field = (step: Step, name: string): unknown => step[name];

/** A field of a map, where it is one. */
function within(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function callText(step: Step): string {
  const connection = field(step, 'connection');
  return `${String(field(step, 'uses'))}${connection === undefined ? '' : ` · ${String(connection)}`}`;
}

function repeatText(step: Step): string {
  const until = within(field(step, 'repeat'), 'until');
  const every = within(field(step, 'repeat'), 'every');
  const pause = every === undefined ? '' : ` every ${durationText(every)}`;
  return shortText(`repeat${pause}${until === undefined ? '' : ` until ${String(until)}`}`);
}

function failText(step: Step): string {
  const code = within(field(step, 'fail'), 'code');
  return code === undefined ? 'fail with the error' : `fail: ${shortText(code)}`;
}

function waitForText(step: Step): string {
  const timeout = step.timeoutMs === undefined ? '' : `, ${durationText(step.timeoutMs)} at most`;
  return `wait for ${listText(field(step, 'wait_for'))}${timeout}`;
}

function approveText(step: Step): string {
  const who = within(field(step, 'approve'), 'who');
  const whose = who === undefined ? '' : ` of ${listText(who)}`;
  const timeout = step.timeoutMs === undefined ? '' : `, ${durationText(step.timeoutMs)} at most`;
  return `wait for approval${whose}${timeout}`;
}

/** Verb → its drawing. */
export const forms: Record<string, Form> = {
  uses: { shape: 'box', tone: 'call', text: callText },
  set: { shape: 'box', tone: 'data', text: (step) => `set ${listText(Object.keys(field(step, 'set') ?? {}))}` },
  if: { shape: 'choice', tone: 'choice', text: (step) => `if ${shortText(field(step, 'if'))}`, passes: 'no' },
  switch: { shape: 'choice', tone: 'choice', text: () => 'switch', passes: 'else' },
  parallel: { shape: 'branches', tone: 'choice', text: () => 'parallel' },
  foreach: { shape: 'loop', tone: 'choice', text: (step) => `for each of ${shortText(field(step, 'foreach'))}` },
  while: { shape: 'loop', tone: 'choice', text: (step) => `while ${shortText(field(step, 'while'))}` },
  repeat: { shape: 'loop', tone: 'choice', text: repeatText },
  break: { shape: 'box', tone: 'end', text: () => 'leave the loop', ends: true, exit: 'leave' },
  next: { shape: 'box', tone: 'end', text: () => 'next iteration', ends: true, exit: 'again' },
  wait: { shape: 'box', tone: 'wait', text: (step) => `wait ${durationText(field(step, 'wait'))}` },
  wait_until: { shape: 'box', tone: 'wait', text: (step) => `wait until ${shortText(field(step, 'wait_until'))}` },
  wait_for: { shape: 'choice', tone: 'wait', text: waitForText, passes: 'it came' },
  approve: { shape: 'choice', tone: 'wait', text: approveText, passes: 'decided' },
  try: { shape: 'attempt', tone: 'choice', text: () => 'try' },
  call: { shape: 'box', tone: 'call', text: (step) => `flow ${shortText(field(step, 'call'))}` },
  emit: { shape: 'box', tone: 'call', text: (step) => `emit ${shortText(field(step, 'emit'))}` },
  respond: {
    shape: 'box',
    tone: 'data',
    text: (step) => `answer ${shortText(within(field(step, 'respond'), 'status') ?? 200)}`,
  },
  undo: { shape: 'box', tone: 'data', text: (step) => `undo ${shortText(field(step, 'undo'))}` },
  return: { shape: 'box', tone: 'end', text: () => 'return', ends: true },
  fail: { shape: 'box', tone: 'failure', text: failText, ends: true },
};

/** What a way is called, by the field that holds its steps. */
export const wayLabels: Record<string, string> = {
  // oxlint-disable-next-line unicorn/no-thenable -- the language's word; it holds no function
  then: 'yes',
  else: 'no',
  default: 'else',
  on_timeout: 'too late',
  on_reject: 'rejected',
};
