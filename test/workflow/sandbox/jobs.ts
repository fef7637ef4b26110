// What the sandbox is told and what it asks for, between Temporal's messages and the words of the interpreter. Pure.
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { RESPONSE_UPDATE } from '../../../workflows/definition.ts';
import type { CallOptions } from '../../../workflows/runtime.ts';
import type { Command, Job } from './machine.ts';

export const toPayload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
export const fromPayload = <T>(payload: unknown): T => defaultPayloadConverter.fromPayload<T>(payload as Payload);

export function signal(name: string, argument: unknown): Job {
  return { signalWorkflow: { signalName: name, input: [toPayload(argument)] } };
}

/** Somebody waits for the answer from the start. */
export function question(): Job {
  const id = 'answer';
  return { doUpdate: { id, protocolInstanceId: id, name: RESPONSE_UPDATE, input: [], runValidator: false } };
}

/** As core sorts the jobs of an activation: what comes from outside first. */
export function inOrder(jobs: Job[]): Job[] {
  return [...jobs.filter(isFromOutside), ...jobs.filter((job) => !isFromOutside(job))];
}

/** Whether it goes to whichever run of a chain is there. */
export function isFromOutside({ signalWorkflow, doUpdate }: Job): boolean {
  return Boolean(signalWorkflow ?? doUpdate);
}

export function resolved(seq: number, result: NonNullable<NonNullable<Job['resolveActivity']>['result']>): Job {
  return { resolveActivity: { seq, result } };
}

export function codeOf(failure: temporal.api.failure.v1.IFailure): string {
  return failure.applicationFailureInfo?.type ?? failure.message ?? '';
}

export function summaryOf({ userMetadata }: Command): string {
  return userMetadata?.summary ? fromPayload<string>(userMetadata.summary) : '';
}

export function optionsOf(command: Command): CallOptions {
  const { retryPolicy, startToCloseTimeout, scheduleToCloseTimeout, heartbeatTimeout } = command.scheduleActivity!;
  return {
    summary: summaryOf(command),
    startToCloseMs: tsToMs(startToCloseTimeout),
    scheduleToCloseMs: tsToMs(scheduleToCloseTimeout),
    heartbeatTimeoutMs: tsToMs(heartbeatTimeout),
    retry: {
      maxAttempts: retryPolicy?.maximumAttempts ?? 1,
      delayMs: tsToMs(retryPolicy?.initialInterval),
      backoff: retryPolicy?.backoffCoefficient ?? 1,
      maxDelayMs: tsToMs(retryPolicy?.maximumInterval),
    },
  };
}
