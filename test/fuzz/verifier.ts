// Properties of every provider's verifier: nothing without the secret is accepted, nothing that differs from what was
// signed, and nothing whatever makes it throw.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findProvider, providers } from '../../src/providers/index.ts';
import { SigningError, type InboundRequest, type OutboundRequest, type Verdict } from '../../src/providers/provider.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { fieldsObject } from '../../src/server/parse.ts';
import { anyEdit, edited, editedText, type Edit } from './edits.ts';
import { holdsItems } from './essence.ts';
import { hostileRequest } from './hostile-requests.ts';
import { settingsOf } from './settings.ts';
import { keysOf, signingCases, type SigningCase, type UnsignedBody } from './signing-cases.ts';

const NOW_MS = 1_700_000_000_123;
const ORIGIN = 'https://hooks.example/';
const URL_CALLED = `${ORIGIN}hooks/a?x=1&y=%C3%A4`;
const OTHER_SECRET = 'whsec_b3RoZXIgc2VjcmV0IG9mIG5vYm9keQ==';

type Part = { kind: 'body' } | { kind: 'url' } | { kind: 'header' | 'without' | 'twice'; name: string };

interface Signed {
  case: SigningCase;
  settings: JsonObject;
  body: UnsignedBody;
  id: string;
  edit: Edit;
  /** Which of the parts that count. */
  part: number;
}

const signed: fc.Arbitrary<Signed> = fc.oneof(
  ...signingCases.map((signingCase) =>
    fc.record({
      case: fc.constant(signingCase),
      settings: signingCase.settings,
      body: signingCase.body,
      id: fc.stringMatching(/^[A-Za-z0-9_-]{20,40}$/),
      edit: anyEdit,
      part: fc.nat(1_000),
    }),
  ),
);

/** A signed request is accepted as it is, refused with another secret, and refused with one byte of difference. */
export function differencesAreRefused() {
  return fc.property(signed, (given) => {
    const { provider } = given.case;
    const sent = sign(given);
    fc.pre(sent !== undefined);
    const verify = provider.verifier(given.settings);
    const { secret } = keysOf(provider.name);
    const judge = (request: OutboundRequest, secrets = [secret]): Verdict =>
      verify(inboundOf(request), secrets, NOW_MS);
    assert.deepEqual(judge(sent), { ok: true }, `${provider.name}: what was signed`);
    if (provider.needsSecret) {
      assert.equal(judge(sent, [OTHER_SECRET]).ok, false, `${provider.name}: another secret`);
      assert.equal(judge(sent, []).ok, false, `${provider.name}: no secret`);
    }
    const { changed, same, what } = difference(given, sent);
    const verdict = judge(changed);
    assert.ok(verdict.ok === false || same, `${provider.name} accepts another ${what}`);
  });
}

/** Whatever the holder of the secret sends, the provider reads it without an error. */
export function signedRequestsAreRead() {
  return fc.property(signed, (given) => {
    const { provider } = given.case;
    const sent = sign(given);
    fc.pre(sent !== undefined);
    const request = inboundOf(sent);
    const body = jsonOf(request.body);
    const context = { settings: given.settings, secrets: [keysOf(provider.name).secret], secretOf: () => undefined };
    provider.handshake?.(request, body, context);
    for (const item of provider.items?.(body) ?? [body]) {
      assertText(provider.eventType(request, item), 'eventType');
      assertText(provider.eventId?.(item), 'eventId');
      provider.eventBody?.(item);
    }
    assertText(provider.deliveryId(request, body), 'deliveryId');
  });
}

/** A request of somebody who does not know the secret is refused, and read without an error before it is. */
export function strangersAreRefused() {
  const strangers = providers.map((provider) =>
    fc.record({
      name: fc.constant(provider.name),
      settings: settingsOf(provider),
      request: hostileRequest,
      form: fc.nat(3),
    }),
  );
  return fc.property(fc.oneof(...strangers), ({ name, settings, request, form }) => {
    const provider = findProvider(name)!;
    const { secret } = keysOf(provider.name);
    const secrets = [[secret], [], [''], [OTHER_SECRET, secret]][form]!;
    const asked = { ...request, fromTrustedProxy: request.fromTrustedProxy && provider.needsTrustedProxy !== true };
    const verdict = provider.verifier(settings)(asked, secrets, NOW_MS, {});
    assert.ok(!verdict.ok || provider.name === 'none', `${provider.name} accepts a stranger`);
    provider.greeting?.(asked, { settings, secrets, secretOf: () => undefined });
    if (secrets.length === 0) provider.introduction?.(asked, jsonOf(asked.body));
  });
}

/** Undefined for what the provider cannot sign, which it must say in its own words. */
function sign({ case: { provider }, settings, body, id }: Signed): OutboundRequest | undefined {
  const headers = { 'content-type': body.contentType, ...provider.announce?.('order.paid', id) };
  const unsigned = { method: 'POST', url: URL_CALLED, headers, body: body.bytes };
  try {
    return provider.signer(settings)(unsigned, keysOf(provider.name).signingKey, id, NOW_MS);
  } catch (error) {
    assert.ok(error instanceof SigningError, `${provider.name} does not say why it cannot sign: ${String(error)}`);
    return undefined;
  }
}

/** The request with the edit made in one of the parts that count, and whether it still says the same. */
function difference(given: Signed, sent: OutboundRequest): { changed: OutboundRequest; same: boolean; what: string } {
  const { proves, provider, hints = [] } = given.case;
  const announced = new Set([
    'content-type',
    ...hints,
    ...Object.keys(provider.announce?.('order.paid', given.id) ?? {}),
  ]);
  const added = Object.keys(sent.headers).filter((name) => !announced.has(name));
  const parts: Part[] = [
    ...(proves.body ? [{ kind: 'body' } as const] : []),
    ...(proves.url ? [{ kind: 'url' } as const] : []),
    ...(proves.header
      ? added.flatMap((name) => (['header', 'header', 'without', 'twice'] as const).map((kind) => ({ kind, name })))
      : []),
  ];
  const part = parts[given.part % parts.length]!;
  if (part.kind === 'body') {
    const body = edited(sent.body, given.edit);
    const type = given.body.contentType;
    return {
      changed: { ...sent, body },
      same: holdsItems(proves.body!(sent.body, type), proves.body!(body, type)),
      what: 'body',
    };
  }
  if (part.kind === 'url') {
    // Scheme and host are the configured ones; what a sender can change begins after them.
    const url = ORIGIN + editedText(sent.url.slice(ORIGIN.length), given.edit);
    return { changed: { ...sent, url }, same: holdsItems(proves.url!(sent.url), proves.url!(url)), what: 'url' };
  }
  const { [part.name]: value = '', ...others } = sent.headers;
  if (part.kind === 'without') return { changed: { ...sent, headers: others }, same: false, what: `no ${part.name}` };
  const other = editedText(value, given.edit);
  if (part.kind === 'twice') {
    const headers = { ...sent.headers, [part.name.toUpperCase()]: other };
    return { changed: { ...sent, headers }, same: part.name.toUpperCase() === part.name, what: `second ${part.name}` };
  }
  const same = holdsItems(proves.header!(value), proves.header!(other));
  return { changed: { ...sent, headers: { ...others, [part.name]: other } }, same, what: part.name };
}

/** As the receiver would see it: repeats of a header are joined in `headers` and apart in `rawHeaders`. */
function inboundOf({ method, url, headers, body }: OutboundRequest): InboundRequest {
  const merged: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    merged[key] = merged[key] === undefined ? value : `${merged[key]}, ${value}`;
  }
  const queryAt = url.indexOf('?');
  const query = fieldsObject(new URLSearchParams(queryAt === -1 ? '' : url.slice(queryAt)));
  return {
    method,
    headers: merged,
    rawHeaders: Object.entries(headers).flat(),
    query,
    url,
    body,
    fromTrustedProxy: true,
  };
}

function jsonOf(bytes: Buffer) {
  try {
    return JSON.parse(bytes.toString('utf8')) as JsonObject;
  } catch {
    return null;
  }
}

function assertText(value: unknown, what: string): void {
  assert.ok(value === undefined || typeof value === 'string', `${what} is ${typeof value}`);
}
