// What Hookline's own store answers to a run that is tested: there is none, so nothing came before and every event is new.
import type { ConnectorCall, Json } from '../../workflows/definition.ts';
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import { STORE_CALLS, type RegisterAnswer } from '../../workflows/store-call.ts';

const types: readonly string[] = Object.values(STORE_CALLS);

/** Whether a call goes to the store and not to a connector. */
export function isStoreCall({ connector }: ConnectorCall): boolean {
  return types.includes(connector);
}

/** The answer to such a call. */
export function storeAnswer(call: ConnectorCall): Json {
  if (call.connector === STORE_CALLS.emit) {
    return { id: `${EMIT_SOURCE}~${call.idempotencyKey}`, type: call.with['type'] ?? null };
  }
  if (call.connector !== STORE_CALLS.register) return null;
  return { candidates: [], more: false } satisfies RegisterAnswer;
}
