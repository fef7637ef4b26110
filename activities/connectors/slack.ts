// slack.post_message: posts to a channel, through an incoming-webhook URL or with a bot token.
// Never names the webhook's URL in an error: whoever has it can post.
import { defineAction, defineSchema, type ConnectorContext, type Service } from '../connector.ts';
import { ConnectorError, invalidInput } from '../connector-error.ts';
import { parseRetryAfter, statusFailure } from '../http-failure.ts';
import type { OutgoingResponse } from '../outgoing.ts';
import { RESPONSE_BYTES_MAX_DEFAULT } from '../outgoing.ts';
import { decodeBody } from '../response-value.ts';
import type { FromSchema } from '../schema-type.ts';

const API_URL = 'https://slack.com/api';
/** Slack truncates text over 40,000 characters (chat.postMessage, "Truncating content"). */
const TEXT_CHARS_MAX = 40_000;
/** Slack's own limit for one message. */
const BLOCKS_MAX = 50;

/** Slack's errors that say "later"; every other one would be the same again (chat.postMessage, "Errors"). */
const RETRYABLE_ERRORS = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'fatal_error',
  'internal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

const connectionSchema = defineSchema({
  type: 'object',
  additionalProperties: false,
  properties: {
    webhook_url: {
      type: 'string',
      pattern: '^https?://',
      description: 'An incoming webhook. Slack fixes its channel.',
    },
    token: { type: 'string', minLength: 1, description: 'A bot token (`xoxb-…`) with `chat:write`.' },
    base_url: { type: 'string', pattern: '^https?://', default: API_URL, description: 'Where the Web API is.' },
    channel: { type: 'string', description: 'The channel for steps that name none.' },
  },
  oneOf: [{ required: ['webhook_url'] }, { required: ['token'] }],
});
type Connection = FromSchema<typeof connectionSchema>;

const postMessage = defineAction({
  action: 'post_message',
  summary: 'Posts a message to a Slack channel or thread.',
  example: `uses: slack.post_message
connection: slack
with:
  channel: "#orders"
  text: "Order \${{ slack.escape(event.body.name) }} was paid"
`,
  input: {
    type: 'object',
    additionalProperties: false,
    properties: {
      channel: {
        type: 'string',
        minLength: 1,
        description: "A channel's id or name. Needed with a token; a webhook has its own.",
      },
      text: {
        type: 'string',
        maxLength: TEXT_CHARS_MAX,
        description: 'The text, in mrkdwn; with blocks, what notifications show.',
      },
      blocks: { type: 'array', maxItems: BLOCKS_MAX, items: { type: 'object' }, description: 'Block Kit blocks.' },
      attachments: { type: 'array', items: { type: 'object' }, description: 'Legacy attachments.' },
      thread_ts: { type: 'string', description: '`ts` of the message to answer in its thread.' },
      reply_broadcast: { type: 'boolean', description: 'Show the answer in the channel too.' },
      username: { type: 'string', description: 'Shown as the sender.' },
      icon_emoji: { type: 'string', description: "Shown as the sender's picture, such as `:rocket:`." },
      unfurl_links: { type: 'boolean', description: 'Show previews of links.' },
    },
    anyOf: [{ required: ['text'] }, { required: ['blocks'] }, { required: ['attachments'] }],
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['ok', 'ts', 'channel'],
    properties: {
      ok: { const: true },
      ts: { type: ['string', 'null'], description: "The message's id in its channel; null through a webhook." },
      channel: { type: ['string', 'null'], description: "The channel's id; null through a webhook." },
    },
  },
  async run(input, context) {
    const connection = context.connection as Connection;
    if (connection.webhook_url !== undefined) {
      const response = await post(new URL(connection.webhook_url), {}, input, context);
      if (response.status !== 200) throw statusFailure('POST to the Slack webhook', response);
      return { ok: true, ts: null, channel: null };
    }
    const channel = input.channel ?? connection.channel;
    if (connection.token === undefined)
      throw invalidInput('slack.post_message needs a connection with a webhook_url or a token');
    if (channel === undefined)
      throw invalidInput('slack.post_message with a token needs a channel, in the step or its connection');
    const url = new URL(`${(connection.base_url ?? API_URL).replace(/\/+$/, '')}/chat.postMessage`);
    const response = await post(url, { authorization: `Bearer ${connection.token}` }, { ...input, channel }, context);
    if (response.status !== 200) throw statusFailure(`POST ${url.origin}${url.pathname}`, response);
    return readAnswer(response);
  },
});

function post(
  url: URL,
  headers: Record<string, string>,
  message: object,
  context: ConnectorContext,
): Promise<OutgoingResponse> {
  return context.outgoing.send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(message),
    idempotencyKey: context.idempotencyKey,
    followRedirects: false,
    responseBytesMax: RESPONSE_BYTES_MAX_DEFAULT,
    signal: context.signal,
  });
}

/** Slack answers 200 to almost everything and says `ok: false` in the body. */
function readAnswer(response: OutgoingResponse): { ok: true; ts: string | null; channel: string | null } {
  const answer = decodeBody(response.body, response.headers['content-type']).body;
  if (answer === null || typeof answer !== 'object' || Array.isArray(answer)) {
    throw new ConnectorError('invalid_output', 'Slack answered 200 with something that is not a JSON object', {
      retryable: true,
      status: 200,
    });
  }
  if (answer.ok === true) {
    return {
      ok: true,
      ts: typeof answer.ts === 'string' ? answer.ts : null,
      channel: typeof answer.channel === 'string' ? answer.channel : null,
    };
  }
  const reason = typeof answer.error === 'string' ? answer.error : 'no reason given';
  throw new ConnectorError('service_rejected', `Slack did not post the message: ${reason}`, {
    retryable: RETRYABLE_ERRORS.has(reason),
    status: response.status,
    body: { ok: false, error: reason },
    retryAfterMs: parseRetryAfter(response.headers['retry-after'], Date.now()),
  });
}

export const slack: Service = {
  service: 'slack',
  summary: 'Slack: messages to channels and threads.',
  connection: connectionSchema,
  connectionExample: `connection: slack
connector: slack
with:
  token: "\${{ secrets.SLACK_BOT_TOKEN }}"
  channel: "#orders"
`,
  actions: [postMessage],
};
