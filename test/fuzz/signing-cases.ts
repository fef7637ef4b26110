// How each provider of the table signs, for the properties: its settings, its bodies, and which parts of a request count.
// A provider that is not named here signs the raw body and whatever headers its signer adds.
import fc from 'fast-check';
import { providers } from '../../src/providers/index.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { keysOf } from '../providers/sample-requests.ts';
import {
  certificateEssence,
  headerEssence,
  proofFields,
  proofOfNotifications,
  queryParameter,
  sortedForm,
  urlEssence,
  valueOf,
} from './essence.ts';
import { jsonObjectText } from './hostile-json.ts';
import { hmacSettings } from './hmac-settings.ts';

/** A body before it is signed. */
export interface UnsignedBody {
  contentType: string;
  bytes: Buffer;
}

/** One way in which a provider proves who sent a request. */
export interface SigningCase {
  provider: Provider;
  settings: fc.Arbitrary<JsonObject>;
  body: fc.Arbitrary<UnsignedBody>;
  /**
   * What of each part is proved: two that have the same essence are the same to a right verifier. A part that is not
   * here is proved by nothing.
   */
  proves: {
    body?(bytes: Buffer, contentType: string): unknown;
    header?(value: string): unknown;
    url?(url: string): unknown;
  };
  /** Headers of the signer's that only say how to read the others; in lower case. */
  hints?: string[];
}

type Special = Partial<Omit<SigningCase, 'provider'>>;

const exactly = (bytes: Buffer): string => bytes.toString('latin1');
const sameText = (text: string): string => text;
const bytesBody = fc
  .uint8Array({ maxLength: 80 })
  .map((bytes): UnsignedBody => ({ contentType: 'application/json', bytes: Buffer.from(bytes) }));
const jsonBody = jsonObjectText.map((text): UnsignedBody => ({
  contentType: 'application/json',
  bytes: Buffer.from(text),
}));
const notificationsBody = fc.array(jsonObjectText, { minLength: 1, maxLength: 3 }).map((texts): UnsignedBody => ({
  contentType: 'application/json',
  bytes: Buffer.from(`{"value":[${texts.join(',')}]}`),
}));
const formBody = fc
  .array(fc.tuple(fc.string({ maxLength: 6 }), fc.string({ maxLength: 12 })), { maxLength: 4 })
  .map((fields): UnsignedBody => ({
    contentType: 'application/x-www-form-urlencoded',
    bytes: Buffer.from(new URLSearchParams(fields).toString()),
  }));
const signsUrl = { body: exactly, header: headerEssence, url: sameText };
const headersOnly: Special = { proves: { header: headerEssence } };
const withSettings = (settings: JsonObject, more: Special = {}): Special => ({
  settings: fc.constant(settings),
  ...more,
});
/** With a version in the settings, the request's own word on it counts for nothing. */
const HUBSPOT_HINTS = ['x-hubspot-signature-version'];
const FINGERPRINT = '0b14cd2b8ba7d4a0e0d26a1fd2cb9ccc0b1d2bc5';

const SPECIAL: Record<string, Special[]> = {
  hmac: [{ settings: hmacSettings }],
  hookline: [{ body: jsonBody, proves: { body: valueOf } }],
  mailgun: [jsonBody, formBody].map((body) => ({ body, proves: { body: proofFields } })),
  'microsoft-graph': [{ body: notificationsBody, proves: { body: proofOfNotifications } }],
  token: [
    withSettings({}, headersOnly),
    withSettings({ token: 'header:authorization' }, headersOnly),
    withSettings({ token: 'query:k' }, { proves: { url: queryParameter('k') } }),
  ],
  api_key: [headersOnly, withSettings({ query: 'api key' }, { proves: { url: queryParameter('api key') } })],
  bearer: [headersOnly],
  basic: [headersOnly],
  cloudevents: [headersOnly],
  mtls: [
    withSettings({ fingerprints: [FINGERPRINT] }, headersOnly),
    withSettings({ proxy: 'envoy', uris: ['spiffe://example/sender'] }, { proves: { header: certificateEssence } }),
  ],
  hubspot: [
    withSettings({ version: 'v1' }, { hints: HUBSPOT_HINTS }),
    ...['v2', 'v3'].map((version) => withSettings({ version }, { proves: signsUrl, hints: HUBSPOT_HINTS })),
  ],
  linear: [{ body: jsonBody }],
  x: [{ body: jsonBody }],
  twilio: [
    { body: formBody, proves: { body: sortedForm, header: headerEssence, url: urlEssence } },
    { body: bytesBody, proves: { ...signsUrl, url: urlEssence } },
  ],
  square: [{ proves: signsUrl }],
};

/** Every way of every provider that proves anything. */
export const signingCases: readonly SigningCase[] = providers
  .filter((provider) => provider.name !== 'none')
  .flatMap((provider) =>
    (SPECIAL[provider.name] ?? [{}]).map((special) => ({
      provider,
      settings: fc.constant(provider.exampleSettings ?? {}),
      body: bytesBody,
      proves: { body: exactly, header: headerEssence },
      ...special,
      [fc.toStringMethod]: () => provider.name,
    })),
  );

export { keysOf };
