// Makes sources, triggers and connections from documents that have passed all checks. Pure; reports nothing.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { EMIT_SOURCE } from '../../workflows/emit-event.ts';
import { fieldSettings } from '../providers/event-fields.ts';
import { findProvider } from '../providers/index.ts';
import type { Connection, DeliveryMethod, Overlap, Schedule, Source, SourceAuth, Trigger } from './catalog.ts';
import type { FlowDocument } from './document.ts';
import { catchUpDefaultMs, respondWithinDefaultMs } from './limits.ts';
import { bareText, literalMs, withoutUndefined } from './normalise.ts';
import { isObject } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/**
 * A source from its document or from a `webhook` trigger. `schema` is the body's schema, read and compiled; `condition` the
 * `if` of a document, which in a trigger is the trigger's.
 */
export function sourceOf(
  document: FlowDocument,
  raw: JsonObject,
  path: Path,
  name: string,
  schema?: JsonObject,
  condition?: string,
): Source {
  return withoutUndefined({
    name,
    auth: authOf(raw),
    schema,
    onInvalid: (raw['on_invalid'] ?? 'reject') as Source['onInvalid'],
    bodyBytesMax: raw['body_bytes_max'] as number | undefined,
    rate: rateOf(raw['rate']),
    contentTypes: listOf(raw['content_types'])?.map((type) => type.toLowerCase()),
    decompress: raw['decompress'] === true,
    methods: listOf(raw['methods']) as DeliveryMethod[] | undefined,
    publicUrl: raw['public_url'] as string | undefined,
    ipAllow: listOf(raw['ip_allow']),
    status: raw['status'] as Source['status'],
    if: condition,
    retired: raw['retired'] === true,
    replayWindowMs: literalMs(raw['replay_window']),
    file: document.file.path,
    line: document.lineOf(path.length === 0 ? ['source'] : path),
  });
}

/** A burst that is not said is what comes in a second, and at least one request. */
function rateOf(rate: Json | undefined): Source['rate'] {
  if (!isObject(rate)) return undefined;
  const perSecond = rate['per_second'] as number;
  return { perSecond, burst: (rate['burst'] as number | undefined) ?? Math.max(perSecond, 1) };
}

/** A retired source may name no provider: it refuses everything before anything would be proved. */
function authOf(raw: JsonObject): SourceAuth {
  const provider = typeof raw['provider'] === 'string' ? raw['provider'] : 'none';
  const known = Object.keys({ ...fieldSettings, ...findProvider(provider)?.settings });
  const settings = Object.fromEntries(known.flatMap((key) => (raw[key] === undefined ? [] : [[key, raw[key]]])));
  return { provider, secrets: textsOf(raw['secret']), settings: settings as JsonObject };
}

/** A flow's interest in events. */
export function triggerOf(raw: JsonObject): Trigger {
  if (raw['schedule'] !== undefined) return scheduleTriggerOf(raw['schedule']);
  const isManual = raw['manual'] !== undefined;
  const types = raw['event'] ?? raw['events'];
  return withoutUndefined({
    kind: isManual ? ('manual' as const) : ('webhook' as const),
    source: isManual ? undefined : ((raw['webhook'] ?? raw['source'] ?? EMIT_SOURCE) as string),
    events: types === undefined ? undefined : textsOf(types),
    if: raw['if'] === undefined ? undefined : bareText(raw['if']),
    respond: (raw['respond'] ?? 'immediately') as Trigger['respond'],
    respondWithinMs: literalMs(raw['respond_within']) ?? respondWithinDefaultMs,
  });
}

function scheduleTriggerOf(raw: Json): Trigger {
  const fields: JsonObject = isObject(raw) ? raw : { cron: raw };
  const schedule: Schedule = withoutUndefined({
    cron: fields['cron'] as string | undefined,
    everyMs: literalMs(fields['every']),
    timezone: (fields['timezone'] ?? 'UTC') as string,
    jitterMs: literalMs(fields['jitter']) ?? 0,
    overlap: (fields['overlap'] ?? 'skip') as Overlap,
    catchUpMs: literalMs(fields['catch_up']) ?? catchUpDefaultMs,
    input: (fields['input'] ?? {}) as JsonObject,
  });
  return { kind: 'schedule', respond: 'immediately', respondWithinMs: respondWithinDefaultMs, schedule };
}

/** A `connection:` document. */
export function connectionOf(document: FlowDocument, raw: JsonObject): Connection {
  return {
    connection: raw['connection'] as string,
    connector: raw['connector'] as string,
    with: raw['with'] ?? {},
    file: document.file.path,
    line: document.lineOf(['connection']),
  };
}

function listOf(value: Json | undefined): string[] | undefined {
  return value === undefined ? undefined : textsOf(value);
}

/** One text or a list of them, as a list; anything else is left out. */
export function textsOf(value: Json | undefined): string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}
