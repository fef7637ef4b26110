// http.request: one HTTP call to any service. What is retried, limits and redirects: outgoing.ts and http-failure.ts.
// Never sends a connection's credentials anywhere but below its base_url.
import type { Json } from '../../workflows/definition.ts';
import { defineAction, defineSchema, type Service } from '../connector.ts';
import { invalidInput } from '../connector-error.ts';
import { describeUrl, statusFailure } from '../http-failure.ts';
import { RESPONSE_BYTES_MAX_DEFAULT } from '../outgoing.ts';
import { addQuery, checkedHeaders, encodeForm, resolveUrl, type Pairs } from '../request-parts.ts';
import { decodeBody } from '../response-value.ts';
import type { FromSchema } from '../schema-type.ts';

/** The most that a step may ask for: the value lives in the run's memory and history. */
const RESPONSE_BYTES_CAP = 16 * 1024 * 1024;

const scalarSchema = { type: ['string', 'number', 'boolean', 'null'] } as const;
const headersSchema = { type: 'object', additionalProperties: scalarSchema } as const;
const pairsSchema = {
  type: 'object',
  additionalProperties: { anyOf: [scalarSchema, { type: 'array', items: scalarSchema }] },
} as const;
/** With one way to give a body, the others must be absent. */
const noOtherBody = (...names: string[]) => ({ properties: Object.fromEntries(names.map((name) => [name, false])) });

const connectionSchema = defineSchema({
  type: 'object',
  additionalProperties: false,
  // Without a base_url any URL could be asked for, and would be given the credentials.
  dependentRequired: { auth: ['base_url'], headers: ['base_url'] },
  properties: {
    base_url: { type: 'string', pattern: '^https?://', description: "What the steps' relative URLs are appended to." },
    headers: { ...headersSchema, description: "Sent with every call; a step's header of the same name wins." },
    auth: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      description: 'Credentials, one of three kinds.',
      properties: {
        bearer: { type: 'string', minLength: 1, description: 'Sent as `authorization: Bearer …`.' },
        basic: {
          type: 'object',
          additionalProperties: false,
          required: ['username', 'password'],
          properties: {
            username: { type: 'string', description: 'The name, without a colon.' },
            password: { type: 'string', description: 'The password: a secret.' },
          },
          description: 'Sent as `authorization: Basic …`.',
        },
        header: {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'value'],
          properties: {
            name: { type: 'string', minLength: 1, description: "The header's name." },
            value: { type: 'string', minLength: 1, description: 'What it holds: a secret.' },
          },
          description: 'Sent as a header of its own, such as `x-api-key`.',
        },
      },
    },
  },
});
type Connection = FromSchema<typeof connectionSchema>;

const request = defineAction({
  action: 'request',
  summary: 'Calls an HTTP service and gives its answer.',
  example: `uses: http.request
connection: stock
with:
  method: POST
  url: /reservations
  body: { items: "\${{ event.body.items }}" }
  expect: [201, 409]
`,
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      method: {
        enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        default: 'GET',
        description: 'The method; GET without it.',
      },
      url: { type: 'string', description: "A complete URL, or a path below the connection's `base_url`." },
      query: { ...pairsSchema, description: 'Added to the URL; a list repeats its name, null leaves one out.' },
      headers: { ...headersSchema, description: 'Headers; null leaves one out.' },
      body: { description: 'Sent as JSON.' },
      form: { ...pairsSchema, description: 'Sent as `application/x-www-form-urlencoded`.' },
      text: { type: 'string', description: 'Sent as it is, `text/plain` unless `headers` says otherwise.' },
      body_base64: { type: 'string', contentEncoding: 'base64', description: 'Bytes, in base64.' },
      expect: {
        type: 'array',
        minItems: 1,
        items: {
          anyOf: [
            { type: 'integer', minimum: 200, maximum: 599 },
            { type: 'string', pattern: '^[2-5]xx$' },
          ],
        },
        description:
          'The statuses that are an answer, such as `[200, 404]` or `[2xx]`; any other fails the attempt. Without it, 2xx.',
      },
      response_bytes_max: {
        type: 'integer',
        minimum: 1,
        maximum: RESPONSE_BYTES_CAP,
        default: RESPONSE_BYTES_MAX_DEFAULT,
        description: 'A larger answer fails the step.',
      },
      follow_redirects: {
        type: 'boolean',
        default: true,
        description:
          'Follow up to 5 redirects: all of GET and HEAD; of other methods 303, and 307 and 308 on the same origin.',
      },
    },
    dependentSchemas: {
      body: noOtherBody('form', 'text', 'body_base64'),
      form: noOtherBody('text', 'body_base64'),
      text: noOtherBody('body_base64'),
    },
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['status', 'headers', 'body', 'body_base64'],
    properties: {
      status: { type: 'integer', description: 'The status.' },
      headers: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Names in lower case; repeated ones joined by `, `.',
      },
      body: { description: 'JSON parsed, text as text, null when there is none or it is binary.' },
      body_base64: { type: ['string', 'null'], description: 'A binary body in base64, else null.' },
    },
  },
  async run(input, context) {
    const connection = context.connection as Connection;
    const method = input.method ?? 'GET';
    const credentials = credentialHeaders(connection);
    const holdsCredentials = Object.keys(credentials).length > 0 || connection.headers !== undefined;
    const url = resolveUrl(input.url, connection.base_url, holdsCredentials);
    addQuery(url, input.query);
    const { body, contentType } = encodeBody(input);
    const response = await context.outgoing.send({
      method,
      url,
      headers: {
        ...contentType,
        ...checkedHeaders(connection.headers),
        ...credentials,
        ...checkedHeaders(input.headers),
      },
      body,
      idempotencyKey: context.idempotencyKey,
      followRedirects: input.follow_redirects ?? true,
      responseBytesMax: input.response_bytes_max ?? RESPONSE_BYTES_MAX_DEFAULT,
      signal: context.signal,
    });
    if (!isExpected(response.status, input.expect ?? ['2xx']))
      throw statusFailure(`${method} ${describeUrl(url)}`, response);
    return {
      status: response.status,
      headers: response.headers,
      ...decodeBody(response.body, response.headers['content-type']),
    };
  },
});

function credentialHeaders({ auth }: Connection): Record<string, string> {
  if (auth?.bearer !== undefined) return checkedHeaders({ authorization: `Bearer ${auth.bearer}` });
  if (auth?.basic) {
    const { username, password } = auth.basic;
    if (username.includes(':'))
      throw invalidInput("the connection's auth.basic.username holds a colon, which Basic cannot carry");
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }
  return auth?.header ? checkedHeaders({ [auth.header.name]: auth.header.value }) : {};
}

interface BodyInput {
  body?: Json;
  form?: Pairs;
  text?: string;
  body_base64?: string;
}

function encodeBody(input: BodyInput): { body?: Buffer | string; contentType: Record<string, string> } {
  if (input.body !== undefined)
    return { body: JSON.stringify(input.body), contentType: { 'content-type': 'application/json' } };
  if (input.form !== undefined) {
    return { body: encodeForm(input.form), contentType: { 'content-type': 'application/x-www-form-urlencoded' } };
  }
  if (input.text !== undefined)
    return { body: input.text, contentType: { 'content-type': 'text/plain; charset=utf-8' } };
  if (input.body_base64 === undefined) return { contentType: {} };
  const bytes = Buffer.from(input.body_base64, 'base64');
  if (bytes.length === 0 && input.body_base64 !== '') throw invalidInput('body_base64 is not base64');
  return { body: bytes, contentType: { 'content-type': 'application/octet-stream' } };
}

/** Whether a step's `expect` (statuses, or `2xx`) names the status. */
export function isExpected(status: number, expect: (number | string)[]): boolean {
  return expect.some((entry) => entry === status || (typeof entry === 'string' && entry[0] === String(status)[0]));
}

export const http: Service = {
  service: 'http',
  summary: 'Any service that speaks HTTP.',
  connection: connectionSchema,
  connectionExample: `connection: stock
connector: http
with:
  base_url: https://stock.example/api
  auth: { bearer: "\${{ secrets.STOCK_TOKEN }}" }
`,
  actions: [request],
};
