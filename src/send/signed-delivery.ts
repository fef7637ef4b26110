// Makes the request that a third party would send: its headers, its proof. Pure; it sends nothing.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { deliveryIdOf, eventTypeOf } from '../providers/event-fields.ts';
import type { InboundRequest, OutboundRequest, Provider } from '../providers/provider.ts';
import { readContentType } from '../server/content.ts';
import { fieldsObject, parseBody } from '../server/parse.ts';
import type { SentBody } from './body.ts';

/** What is to be sent, and as whom. */
export interface Draft {
  provider: Provider;
  settings: JsonObject;
  /** The URL as the third party calls it; with `headers` last, which win over everything but the proof. */
  url: string;
  method: string;
  body: SentBody;
  event?: string;
  id: string;
  headers: readonly (readonly [string, string])[];
}

/** A request with its proof, and what its receiver will read in it. */
export interface SignedDelivery {
  request: OutboundRequest;
  /** The same request as its receiver sees it. */
  inbound: InboundRequest;
  /** What it carries, as flows see it; none when the receiver would refuse the body. */
  events: { type: string; body: Json }[];
  /** Its provider says that a request may carry several events: then the delivery's id is not the event's. */
  several: boolean;
  deliveryId?: string;
  /** The parsed body; undefined when the receiver would refuse it. */
  parsed?: Json;
}

/** Signs a draft. `key`: the secret or, where only a private key can sign, that key as PEM. @throws SigningError */
export function signedDelivery(draft: Draft, key: string, nowMs: number): SignedDelivery {
  const { provider, settings, body, url, method } = draft;
  const unsigned: OutboundRequest = { method, url, headers: headersOf(draft), body: body.bytes };
  const request = provider.signer(settings)(unsigned, key, draft.id, nowMs);
  const inbound = asReceived(request);
  const parsed = parseBody(
    request.body,
    readContentType(request.headers['content-type'] ?? ''),
    provider.jsonFormField,
  );
  if (!parsed.ok) return { request, inbound, events: [], several: false };
  const items = provider.items?.(parsed.body);
  return {
    request,
    inbound,
    events: (items ?? [parsed.body]).map((item) => ({
      type: eventTypeOf(provider, settings, inbound, item),
      body: provider.eventBody?.(item) ?? item,
    })),
    several: items !== undefined,
    deliveryId: deliveryIdOf(provider, settings, inbound, parsed.body),
    parsed: parsed.body,
  };
}

function headersOf({ provider, settings, body, event, id, headers }: Draft): Record<string, string> {
  const all: Record<string, string> = { 'content-type': body.contentType };
  Object.assign(all, provider.announce?.(event, id));
  // A source may say itself where type and id stand.
  const typeHeader = headerOf(settings['event_type']);
  if (typeHeader !== undefined && event !== undefined) all[typeHeader] = event;
  const idHeader = headerOf(settings['delivery_id']);
  if (idHeader !== undefined) all[idHeader] = id;
  for (const [name, value] of headers) all[name.toLowerCase()] = value;
  return all;
}

function headerOf(field: Json | undefined): string | undefined {
  return typeof field === 'string' && field.startsWith('header:')
    ? field.slice('header:'.length).toLowerCase()
    : undefined;
}

function asReceived({ method, url, headers, body }: OutboundRequest): InboundRequest {
  const queryAt = url.indexOf('?');
  const query = queryAt === -1 ? {} : fieldsObject(new URLSearchParams(url.slice(queryAt)));
  const rawHeaders = Object.entries(headers).flat();
  // Whether our connection counts as one from a listed proxy is for the receiver to say.
  return { method, url, headers, rawHeaders, query, body, fromTrustedProxy: true };
}
