// webhook.send: a signed webhook to an outside URL, by the Standard Webhooks specification (standardwebhooks.com).
// Never sends unsigned: without a secret the call fails.
import { createHash, createHmac } from 'node:crypto';
import { defineAction, defineSchema, type Service } from '../connector.ts';
import { invalidInput } from '../connector-error.ts';
import { describeUrl, statusFailure } from '../http-failure.ts';
import { RESPONSE_BYTES_MAX_DEFAULT } from '../outgoing.ts';
import { checkedHeaders, checkedUrl } from '../request-parts.ts';
import type { FromSchema } from '../schema-type.ts';

const SECRET_PREFIX = 'whsec_';
/** The specification asks for 24 to 64 bytes; shorter ones are in use, an empty one would sign nothing. */
const SECRET_BYTES_MIN = 16;
const ID_HEX_CHARS = 32;

const connectionSchema = defineSchema({
  type: 'object',
  additionalProperties: false,
  required: ['secret'],
  // Headers may be credentials: they are for one receiver.
  dependentRequired: { headers: ['url'] },
  properties: {
    url: {
      type: 'string',
      pattern: '^https?://',
      description: "Where webhooks go; a step's own `url` must have the same origin.",
    },
    secret: { type: 'string', minLength: 1, description: '`whsec_` and the key in base64, from the secret store.' },
    headers: { type: 'object', additionalProperties: { type: 'string' }, description: 'Sent with every webhook.' },
  },
});
type Connection = FromSchema<typeof connectionSchema>;

const send = defineAction({
  action: 'send',
  summary: 'Sends a webhook signed by the Standard Webhooks specification.',
  example: `uses: webhook.send
connection: partner
with:
  url: https://partner.example/hooks
  type: order.shipped
  body: { id: "\${{ event.body.id }}" }
`,
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['body'],
    properties: {
      url: { type: 'string', pattern: '^https?://', description: "Where it goes; the connection's `url` without it." },
      type: {
        type: 'string',
        minLength: 1,
        description:
          'What happened. With it the receiver gets `{type, timestamp, data}` and `body` is `data`; without it, `body` itself.',
      },
      body: { description: 'What is sent, as JSON.' },
      headers: { type: 'object', additionalProperties: { type: 'string' }, description: 'More headers.' },
      secret: { type: 'string', minLength: 1, description: "Signs this webhook instead of the connection's secret." },
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'status'],
    properties: {
      id: { type: 'string', description: 'The `webhook-id`: the same for every attempt.' },
      status: { type: 'integer', description: "The receiver's answer, 200 to 299." },
    },
  },
  async run(input, context) {
    const connection = context.connection as Partial<Connection>;
    const address = input.url ?? connection.url;
    const secret = input.secret ?? connection.secret;
    if (address === undefined) throw invalidInput('webhook.send needs a url, in the step or its connection');
    if (secret === undefined) throw invalidInput('webhook.send needs a secret, in the step or its connection');
    const url = checkedUrl(address);
    if (connection.url !== undefined && url.origin !== checkedUrl(connection.url).origin) {
      throw invalidInput(
        "url has another origin than the connection's url, which its secret and headers are meant for",
      );
    }
    const id = webhookId(context.idempotencyKey);
    const timestamp = Math.floor(Date.now() / 1000);
    const body = JSON.stringify(
      // The time of the happening, not of this attempt: the payload is the same, byte for byte, however often it is sent.
      input.type === undefined
        ? input.body
        : { type: input.type, timestamp: new Date(context.scheduledAt).toISOString(), data: input.body },
    );
    const response = await context.outgoing.send({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...checkedHeaders({ ...connection.headers, ...input.headers }),
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signWebhook(secret, id, timestamp, body),
      },
      body,
      idempotencyKey: context.idempotencyKey,
      followRedirects: false,
      responseBytesMax: RESPONSE_BYTES_MAX_DEFAULT,
      signal: context.signal,
    });
    if (response.status < 200 || response.status > 299) throw statusFailure(`POST ${describeUrl(url)}`, response);
    return { id, status: response.status };
  },
});

/** Stable for a call: receivers deduplicate on it. */
function webhookId(idempotencyKey: string): string {
  return `msg_${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, ID_HEX_CHARS)}`;
}

/**
 * The `webhook-signature` header: `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, keyed with the bytes after `whsec_`.
 * `timestamp` in unix seconds. Throws `invalid_input` when the secret is not base64 or too short.
 */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): string {
  const encoded = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
  const key = Buffer.from(encoded, 'base64');
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(encoded) || key.length < SECRET_BYTES_MIN) {
    throw invalidInput(`webhook.send needs a secret of whsec_ and at least ${SECRET_BYTES_MIN} bytes in base64`);
  }
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

export const webhook: Service = {
  service: 'webhook',
  summary: 'Signed webhooks to any URL.',
  connection: connectionSchema,
  connectionExample: `connection: partner
connector: webhook
with:
  url: https://partner.example/hooks
  secret: "\${{ secrets.PARTNER_WEBHOOK_SECRET }}"
`,
  actions: [send],
};
