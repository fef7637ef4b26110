// The commands of `hookline`: one file each, one line here.
import { addApprovals } from './approvals.ts';
import type { AddCommand } from './command.ts';
import { addDeliveries } from './deliveries.ts';
import { addDev } from './dev.ts';
import { addGraph } from './graph.ts';
import { addInit } from './init.ts';
import { addRun } from './run.ts';
import { addRuns } from './runs.ts';
import { addSchema } from './schema.ts';
import { addSend } from './send.ts';
import { addServe } from './serve.ts';
import { addSources } from './sources.ts';
import { addTest } from './test.ts';
import { addValidate } from './validate.ts';
import { addVerify } from './verify.ts';

export const commands: AddCommand[] = [
  addDev,
  addServe,
  addValidate,
  addSchema,
  addGraph,
  addTest,
  addRun,
  addRuns,
  addApprovals,
  addVerify,
  addSend,
  addSources,
  addDeliveries,
  addInit,
];
