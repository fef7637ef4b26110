// The table of verbs. Adding a verb is one file beside this one and one line here; nothing else knows verbs by name.
import { approve } from './approve.ts';
import { leaveLoop } from './break.ts';
import { call } from './call.ts';
import { emit } from './emit.ts';
import { fail } from './fail.ts';
import { foreach } from './foreach.ts';
import { conditional } from './if.ts';
import { endIteration } from './next.ts';
import { parallel } from './parallel.ts';
import { repeat } from './repeat.ts';
import { respond } from './respond.ts';
import { giveBack } from './return.ts';
import { set } from './set.ts';
import type { StepType } from './step.ts';
import { choice } from './switch.ts';
import { attempt } from './try.ts';
import { undo } from './undo.ts';
import { uses } from './uses.ts';
import { waitFor } from './wait-for.ts';
import { waitUntilTime } from './wait-until.ts';
import { wait } from './wait.ts';
import { whileTrue } from './while.ts';

const ALL: StepType[] = [
  uses,
  set,
  conditional,
  choice,
  parallel,
  foreach,
  whileTrue,
  repeat,
  leaveLoop,
  endIteration,
  wait,
  waitUntilTime,
  waitFor,
  approve,
  emit,
  call,
  attempt,
  respond,
  giveBack,
  fail,
  undo,
];

/** Every verb by name, in the order of the reference. */
export const STEP_TYPES: ReadonlyMap<string, StepType> = new Map(ALL.map((type) => [type.verb, type]));
