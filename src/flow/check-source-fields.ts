// Checks the fields of a source that its schema cannot: addresses, URLs, media types, and fields that cannot hold together.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { readContentType } from '../server/content.ts';
import { isAddressRange } from '../server/address-ranges.ts';
import { CONTENT_KINDS, type ContentKind } from '../providers/provider.ts';
import { ignoresQuery } from './ignored-query.ts';
import type { FlowDocument } from './document.ts';
import { replayWindowMaxMs } from './limits.ts';
import { literalMs } from './normalise.ts';
import { textsOf } from './normalise-source.ts';
import { isObject } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

const hourMs = 60 * 60 * 1000;

/** Reports what is wrong with the fields of a source or a `webhook` trigger. */
export function checkSourceFields(document: FlowDocument, raw: JsonObject, path: Path): void {
  checkAddresses(document, raw['ip_allow'], [...path, 'ip_allow']);
  checkPublicUrl(document, raw['public_url'], [...path, 'public_url']);
  checkMediaTypes(document, raw['content_types'], [...path, 'content_types']);
  checkReplayWindow(document, raw['replay_window'], [...path, 'replay_window']);
  checkMethods(document, raw, path);
  checkSchemaFits(document, raw, path);
}

function checkAddresses(document: FlowDocument, value: Json | undefined, path: Path): void {
  if (!Array.isArray(value)) return;
  for (const [index, item] of value.entries()) {
    if (typeof item !== 'string' || item === '' || isAddressRange(item)) continue;
    const hint = 'Write an address such as `203.0.113.7` or `2001:db8::7`, or a range such as `203.0.113.0/24`.';
    const message = `\`${item}\` is neither an IP address nor a range of them`;
    document.report.add('wrong_value', document.valuePlace([...path, index]), message, hint);
  }
}

function checkPublicUrl(document: FlowDocument, value: Json | undefined, path: Path): void {
  if (typeof value !== 'string' || value === '') return;
  const add = (message: string, hint: string, at = 0) =>
    document.report.add('wrong_value', document.textPlace(path, at, value.length - at), message, hint);
  const whole = 'Write the URL as the third party has it, such as `https://example.com/hooks/shop`.';
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(value))
    return add('`public_url` must be a URL that begins with `https://` or `http://`', whole);
  // A password in a file is a leak, wherever the line is shown.
  if (url.username !== '' || url.password !== '') {
    const hint = 'Use `provider: basic`, with the name of a secret.';
    return document.report.addHidden(
      'wrong_value',
      document.valuePlace(path),
      '`public_url` cannot hold a user and a password',
      hint,
    );
  }
  const end = value.search(/[?#]/);
  if (end === -1) return;
  const part = value[end] === '?' ? 'a query' : 'a fragment';
  const why =
    value[end] === '?' ? "Leave it out: each request's own query is used." : 'Leave it out: it is never sent.';
  add(`\`public_url\` cannot hold ${part}`, why, end);
}

function checkMediaTypes(document: FlowDocument, value: Json | undefined, path: Path): void {
  if (!Array.isArray(value)) return;
  for (const [index, item] of value.entries()) {
    if (typeof item !== 'string' || !item.includes('/') || readContentType(item) !== undefined) continue;
    const place = document.valuePlace([...path, index]);
    const hint = 'What is taken: JSON, forms, text, XML and binary content in one part.';
    document.report.add('wrong_value', place, `bodies of the type \`${item}\` cannot be read`, hint);
  }
}

function checkReplayWindow(document: FlowDocument, value: Json | undefined, path: Path): void {
  const ms = literalMs(value);
  if (ms === undefined || ms <= replayWindowMaxMs) return;
  const hint = 'Beyond that give `delivery_id`: ids are remembered for HOOKLINE_DELIVERY_DAYS.';
  document.report.add(
    'wrong_value',
    document.valuePlace(path),
    `\`replay_window\` is at most ${replayWindowMaxMs / hourMs}h`,
    hint,
  );
}

/** What a GET, which has no body, makes pointless. */
function checkMethods(document: FlowDocument, raw: JsonObject, path: Path): void {
  const methods = textsOf(raw['methods']);
  if (!methods.includes('GET')) return;
  const isOnlyGet = methods.every((method) => method === 'GET');
  for (const [field, value] of [
    ['decompress', raw['decompress'] === true],
    ['content_types', raw['content_types'] !== undefined],
  ] as const) {
    if (!value || !isOnlyGet) continue;
    const message = `\`${field}\` is about bodies, and a GET has none`;
    const hint = 'Leave it out, or add a method that has a body to `methods`.';
    document.report.add('impossible_combination', document.keyPlace([...path, field]), message, hint);
  }
  if (!ignoresQuery(raw)) return;
  const message = `\`provider: ${String(raw['provider'])}\` signs the body, which a GET has not: its query is not proved`;
  const hint = 'Take GET only from senders whose signature covers the URL (`{url}` in `content` of `hmac`).';
  document.report.add('unproved_query', document.valuePlace([...path, 'methods']), message, hint);
}

/** Text, XML and binary bodies are texts, whatever they hold: a schema that asks for anything else refuses them all. */
function checkSchemaFits(document: FlowDocument, raw: JsonObject, path: Path): void {
  const { schema, content_types: types } = raw;
  if (!isObject(schema) || !Array.isArray(types) || types.length === 0) return;
  if (takesText(schema) || !textsOf(types).every(isTextKind)) return;
  const message = '`schema` refuses every body: `content_types` takes only what is text to flows';
  const hint = 'Leave the schema out (or write one of text), or take `json` or `form`.';
  document.report.add('impossible_combination', document.keyPlace([...path, 'schema']), message, hint);
}

function isTextKind(type: string): boolean {
  const kind = CONTENT_KINDS.includes(type as ContentKind) ? type : readContentType(type)?.kind;
  return kind === 'text' || kind === 'xml' || kind === 'binary';
}

/** Whether a schema speaks of text: by its type, or by none of the words for maps and lists. */
function takesText(schema: JsonObject): boolean {
  const types = [schema['type']].flat();
  if (schema['type'] !== undefined) return types.includes('string');
  return !['properties', 'required', 'items', 'prefixItems'].some((keyword) => keyword in schema);
}
