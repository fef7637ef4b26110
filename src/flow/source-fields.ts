// The fields of a source, as JSON Schema with the words of the reference: a `source:` document and an inline `webhook:` trigger
// share them. Data only; what fields may not do together is checked in check-source-fields.ts.
import type { JsonObject } from '../../workflows/definition.ts';
import { BODY_BYTES_LIMIT } from '../config.ts';
import { fieldSettings } from '../providers/event-fields.ts';
import { CONTENT_KINDS } from '../providers/provider.ts';
import type { DeliveryMethod } from './catalog.ts';
import { ipAllowMax, ratePerSecondMax } from './limits.ts';
import { reference } from './schema-terms.ts';

/** Methods that a source can take deliveries by. */
export const deliveryMethods: readonly DeliveryMethod[] = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'];

/** A media type without parameters (RFC 9110, 8.3.1); letters in either case. */
const mediaType = '[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+';
const kinds = CONTENT_KINDS.map((kind) => `\`${kind}\``).join(', ');

const rate: JsonObject = {
  title: '`rate`',
  type: 'object',
  additionalProperties: false,
  required: ['per_second'],
  properties: {
    per_second: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: ratePerSecondMax,
      description: 'Requests a second, on average.',
    },
    burst: {
      type: 'integer',
      minimum: 1,
      maximum: ratePerSecondMax,
      description: 'Requests at once after a pause (default: those of a second, at least 1).',
    },
  },
  description:
    'Most verified requests that are taken; beyond it senders get 429 with `retry-after`. `{ per_second: 10, burst: 50 }`.',
};

/** Fields of a source and of an inline webhook, besides its name and the provider's settings. In the order of the docs. */
export const sourceFields: Record<string, JsonObject> = {
  provider: {
    type: 'string',
    description: 'Who sends: it says how the sender proves itself, and where type and id of an event are.',
  },
  secret: {
    ...reference('secret'),
    description: 'A name in the secret store, or several for a rotation: any may match, and one that is set is enough.',
  },
  auth: { const: 'none', description: '`none`, which accepts requests from anybody' },
  ...(fieldSettings as Record<string, JsonObject>),
  schema: {
    type: ['string', 'object'],
    description: 'a JSON Schema (2020-12) of the body, or the path of one',
  },
  on_invalid: {
    enum: ['reject', 'park'],
    default: 'reject',
    description: 'What happens to a body that the schema refuses: 422, or it is stored and starts nothing.',
  },
  methods: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: { enum: [...deliveryMethods] },
    default: ['POST'],
    description: 'Methods that deliver; others get 405. Handshakes have their own.',
  },
  content_types: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: {
      type: 'string',
      pattern: `^(${CONTENT_KINDS.join('|')}|${mediaType})$`,
      description: `${kinds} or a media type such as \`application/vnd.shop+json\``,
    },
    description: `What is taken, instead of what the provider sends: ${kinds} or media types. Others get 415.`,
  },
  body_bytes_max: {
    type: 'integer',
    minimum: 1,
    maximum: BODY_BYTES_LIMIT,
    description: 'Largest body, in bytes, instead of `HOOKLINE_BODY_BYTES_MAX`; larger ones get 413.',
  },
  decompress: {
    type: 'boolean',
    default: false,
    description: 'Takes gzip, br and deflate too; the largest body holds for what comes out.',
  },
  rate,
  ip_allow: {
    type: 'array',
    minItems: 1,
    maxItems: ipAllowMax,
    items: { type: 'string', minLength: 1 },
    description: 'Addresses and ranges that may send, such as `203.0.113.0/24`; others get 403.',
  },
  public_url: {
    type: 'string',
    minLength: 1,
    description:
      'The URL that the third party calls, without a query, where it is not `HOOKLINE_PUBLIC_URL` and the path. Schemes that sign the URL use it.',
  },
  status: {
    enum: [200, 201, 202, 204],
    description: "Status of the answer to a stored delivery, instead of the provider's; 204 has no body.",
  },
  replay_window: {
    ...reference('duration'),
    description:
      'For how long the same bytes are a repeat, whatever their id, instead of what the provider says; `0s` is never.',
  },
  retired: {
    type: 'boolean',
    default: false,
    description: 'Answers 410: the URL was used once and is not any more. It needs no provider and no secret.',
  },
};

/** The `if` of a source; in an inline webhook it is the trigger's. */
export const sourceCondition: JsonObject = {
  ...reference('expression'),
  description: 'An expression over `event`; what it is not true for is stored and acknowledged, and starts nothing.',
};
