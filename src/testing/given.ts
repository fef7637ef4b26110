// What a case begins with, put together from its own fields and those that all cases of its document share.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { isObject } from '../flow/step-tree.ts';
import type { Path } from '../flow/yaml-node.ts';
import type { Given } from './test-case.ts';

/** Reads a JSON file named at a place of the document; null when it cannot, which is reported. */
export type ReadJson = (name: string, place: Path) => Json;

const KINDS = ['event', 'delivery', 'input', 'schedule'] as const;

/**
 * The case's own `event`, `delivery`, `input` or `schedule` wins. An event or delivery goes on from the shared one of its kind: its fields
 * replace those, its `body` is a merge patch over the shared body.
 */
export function givenOf(shared: JsonObject, own: JsonObject, path: Path, readJson: ReadJson): Given {
  const kind = KINDS.find((each) => own[each] !== undefined) ?? KINDS.find((each) => shared[each] !== undefined);
  if (kind === undefined) return { kind: 'nothing', path };
  const isOwn = own[kind] !== undefined;
  if (kind === 'input')
    return { kind, body: isOwn ? own[kind]! : shared[kind]!, path: isOwn ? [...path, kind] : [kind] };
  if (kind === 'schedule')
    return { kind, number: Number(own[kind] ?? shared[kind]), path: isOwn ? [...path, kind] : [kind] };
  const base = requestOf(shared[kind], undefined, [kind], readJson);
  const whole = isOwn ? requestOf(own[kind], base, [...path, kind], readJson) : base;
  return { kind, fields: whole.fields, body: whole.body, path: isOwn ? [...path, kind] : [kind] };
}

interface Request {
  fields: JsonObject;
  body: Json | undefined;
}

/** An event or delivery as written at a place: a text is a file, a `body` is merged over that of its file, or of the base. */
export function requestOf(value: Json | undefined, base: Request | undefined, path: Path, readJson: ReadJson): Request {
  const fields: JsonObject = typeof value === 'string' ? { file: value } : isObject(value) ? value : {};
  const { file, body: patch, ...rest } = fields;
  const filePlace = typeof value === 'string' ? path : [...path, 'file'];
  const from = typeof file === 'string' ? readJson(file, filePlace) : base?.body;
  const body = patch === undefined ? from : from === undefined ? patch : merged(from, patch);
  return { fields: { ...base?.fields, ...rest }, body };
}

/** JSON Merge Patch (RFC 7396): maps are merged, null takes a key out, anything else replaces. */
function merged(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key] ?? null, value);
  }
  return result;
}
