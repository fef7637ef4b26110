// `POST /api/flows/NAME/runs`: starts a run by hand. It goes through the inbox like every delivery, so it is not lost either.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventData, Json } from '../../workflows/definition.ts';
import type { Catalog, LoadedFlow } from '../flow/catalog.ts';
import { admitted } from '../flow/match.ts';
import type { CommitEvent, OwnMatch } from '../inbox/commit-event.ts';
import { StoreUnavailableError, type Store } from '../inbox/store.ts';
import { readBody, releaseBody, type InFlight } from './body.ts';
import { readContentType } from './content.ts';
import { eventIdOf } from './event-id.ts';
import { fillInput } from './flow-input.ts';
import { parseBody } from './parse.ts';
import { redactHeaders } from './redaction.ts';
import * as refusals from './refusals.ts';
import { errorReply, type Reply } from './reply.ts';
import { pendingReply, skippedReply, type ResultUrls } from './run-reply.ts';
import { mismatchText } from './schema.ts';

export interface ManualRunDeps extends ResultUrls {
  catalog(): Catalog;
  store: Pick<Store, 'startStatus'>;
  commitEvent: CommitEvent;
  bodyBytesMax: number;
  inFlight: InFlight;
}

/** Starts a run of the flow `name` with the request's body as input. Rejects only on a bug. */
export type StartManualRun = (request: IncomingMessage, response: ServerResponse, name: string) => Promise<Reply>;

/** Source and type of the events that manual runs are made of. */
const MANUAL = 'manual';
const DELIVERY_ID = /^[!-~]{1,200}$/;

/** Makes the starting function. A repeat with the same `Idempotency-Key` starts nothing new. */
export function createManualRun(deps: ManualRunDeps): StartManualRun {
  return async (request, response, name) => {
    const flow = deps.catalog().flows.get(name);
    if (!flow) return errorReply(404, 'flow_unknown', 'No flow of that name is loaded.');
    const { definition } = flow;
    if (!definition.input && !flow.triggers.some((trigger) => trigger.kind === 'manual')) {
      return errorReply(
        409,
        'flow_not_manual',
        `Flow ${definition.flow} takes no manual runs; add \`- manual: true\` to its triggers.`,
      );
    }
    if (readContentType(request.headers['content-type'] ?? 'application/json')?.kind !== 'json') {
      return refusals.contentTypeNotTaken;
    }
    const bytes = await readBody(request, response, deps.bodyBytesMax, deps.inFlight);
    if (bytes === 'too_large') return refusals.tooLarge;
    if (bytes === 'busy') return refusals.busy;
    if (bytes === 'cut_off') return refusals.cutOff;
    try {
      return await start(deps, flow, request, bytes);
    } finally {
      releaseBody(bytes, deps.inFlight);
    }
  };
}

async function start(deps: ManualRunDeps, flow: LoadedFlow, request: IncomingMessage, bytes: Buffer): Promise<Reply> {
  const input = readInput(bytes);
  if ('status' in input) return input;
  const { definition } = flow;
  const mismatches = fillInput(flow, input.body);
  if (mismatches) {
    const details = mismatches.map(({ path, message }) => ({ path, message }));
    const told = mismatchText(details);
    const message = `The input does not follow \`input\` of flow ${definition.flow}: ${told}.`;
    return errorReply(422, 'input_mismatch', message, { details });
  }
  const key = request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || !DELIVERY_ID.test(key))) {
    return errorReply(400, 'invalid_idempotency_key', 'Idempotency-Key must be 1 to 200 visible characters.');
  }
  // The key is the caller's for one flow: the same key for another flow is another run.
  const run = key ?? randomUUID();
  const eventId = eventIdOf(MANUAL, definition.flow, run);
  try {
    await deps.commitEvent({
      id: eventId,
      source: MANUAL,
      deliveryId: `${definition.flow}~${run}`,
      type: MANUAL,
      body: input.body,
      headers: redactHeaders(request.headers, []),
      starts: (event) => [startable(flow, event)],
    });
  } catch (error) {
    if (error instanceof StoreUnavailableError) return refusals.storeUnavailable;
    if (error instanceof KeyFault) {
      return errorReply(422, 'input_mismatch', `The run cannot be started: ${error.message}.`);
    }
    throw error;
  }
  if (flow.admission?.concurrency !== undefined) {
    const status = await deps.store.startStatus(eventId, definition.flow);
    if (status?.state === 'skipped') return skippedReply;
  }
  return pendingReply({ eventId, flow: definition.flow, respondsEarly: definition.respondsEarly }, deps);
}

/** A key of the flow's `concurrency`, `rate`, `debounce` or `batch` cannot be worked out. */
class KeyFault extends Error {
  override name = 'KeyFault';
}

/** Throws KeyFault, so that nothing is stored of what starts nothing: who asks is there to be told. */
function startable(flow: LoadedFlow, event: EventData): OwnMatch {
  const match = admitted<OwnMatch>({ flow, outcome: 'matched' }, event);
  if (match.outcome === 'matched') return match;
  throw new KeyFault(match.reason);
}

/** The input; an empty body is an empty input. */
function readInput(bytes: Buffer): { body: Json } | Reply {
  if (bytes.length === 0) return { body: {} };
  const parsed = parseBody(bytes, { kind: 'json', charset: 'utf-8' }, undefined);
  return parsed.ok ? { body: parsed.body } : errorReply(400, parsed.code, parsed.message);
}
