// email.send: one message through an SMTP server. A retry sends the same message: same Message-ID, same date.
// Never reads a file or a URL for content, never lets a value add a header or a recipient.
import { createHash } from 'node:crypto';
import { defineAction, defineSchema, type ConnectorContext, type Service } from '../connector.ts';
import { invalidInput } from '../connector-error.ts';
import { checkedMailbox, singleLine } from '../mail-address.ts';
import type { Mailbox, MailMessage, MailServer } from '../mailer.ts';
import type { FromSchema } from '../schema-type.ts';

/** More is a campaign, which needs a service made for it. */
const RECIPIENTS_MAX = 100;
const ATTACHMENTS_MAX = 50;
/** Mail servers commonly stop at 25 MB with base64's third on top. */
const ATTACHMENTS_BYTES_MAX = 18 * 1024 * 1024;
const SUBJECT_CHARS_MAX = 998;
const SMTP_PORT = 587;
const SMTPS_PORT = 465;
const URL_SMTP_PORT = 25;

const addressesSchema = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: RECIPIENTS_MAX }],
} as const;

const connectionSchema = defineSchema({
  type: 'object',
  additionalProperties: false,
  properties: {
    url: {
      type: 'string',
      pattern: '^smtps?://',
      description: '`smtp://user:password@host:587` or `smtps://…:465`; instead of the single settings.',
    },
    host: { type: 'string', minLength: 1, description: 'The mail server.' },
    port: { type: 'integer', minimum: 1, maximum: 65535, description: '587 without it, 465 when `secure`.' },
    secure: {
      type: 'boolean',
      default: false,
      description: 'TLS from the start. Otherwise STARTTLS, where the server offers it.',
    },
    username: { type: 'string', minLength: 1, description: 'Who signs in.' },
    password: { type: 'string', minLength: 1, description: 'With what.' },
    require_tls: {
      type: 'boolean',
      description: 'Refuse to send in the clear. True without it when there is a password.',
    },
    from: { type: 'string', minLength: 1, description: 'The sender for steps that name none.' },
  },
  oneOf: [{ required: ['url'] }, { required: ['host'] }],
  dependentSchemas: {
    url: { properties: { host: false, port: false, secure: false, username: false, password: false } },
  },
});
type Connection = FromSchema<typeof connectionSchema>;

const send = defineAction({
  action: 'send',
  summary: 'Sends an email through an SMTP server.',
  example: `uses: email.send
connection: mail
with:
  to: "\${{ event.body.email }}"
  subject: Welcome
  text: "Hello \${{ event.body.name }}"
`,
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['to', 'subject'],
    properties: {
      from: { type: 'string', description: "`Name <address>` or an address; the connection's `from` without it." },
      to: { ...addressesSchema, description: 'One address, or a list.' },
      cc: { ...addressesSchema, description: 'Copies.' },
      bcc: { ...addressesSchema, description: 'Copies that the others do not see.' },
      reply_to: { ...addressesSchema, description: 'Where answers go.' },
      subject: { type: 'string', maxLength: SUBJECT_CHARS_MAX, description: 'One line.' },
      text: { type: 'string', description: 'The message as plain text.' },
      html: { type: 'string', description: 'The message as HTML; with `text`, both are sent and the reader chooses.' },
      attachments: {
        type: 'array',
        maxItems: ATTACHMENTS_MAX,
        description: 'Files.',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['filename'],
          oneOf: [{ required: ['content'] }, { required: ['content_base64'] }],
          properties: {
            filename: {
              type: 'string',
              minLength: 1,
              maxLength: 255,
              description: 'The name that the recipient sees.',
            },
            content: { type: 'string', description: 'Text.' },
            content_base64: { type: 'string', contentEncoding: 'base64', description: 'Bytes, in base64.' },
            content_type: { type: 'string', description: "From the file name's ending without it." },
          },
        },
      },
    },
    anyOf: [{ required: ['text'] }, { required: ['html'] }],
  },
  output: {
    type: 'object',
    additionalProperties: false,
    required: ['message_id', 'accepted', 'rejected'],
    properties: {
      message_id: { type: 'string', description: 'The same for every attempt.' },
      accepted: {
        type: 'array',
        items: { type: 'string' },
        description: 'Recipients that the server took the message for.',
      },
      rejected: {
        type: 'array',
        items: { type: 'string' },
        description: 'Recipients that it refused while it took others.',
      },
    },
  },
  async run(input, context) {
    const connection = context.connection as Connection;
    const sender = input.from ?? connection.from;
    if (sender === undefined) throw invalidInput('email.send needs a from, in the step or its connection');
    const from = checkedMailbox(sender, 'from');
    const message: MailMessage = {
      messageId: messageId(from, context),
      date: new Date(context.scheduledAt),
      from,
      to: mailboxes(input.to, 'to'),
      cc: mailboxes(input.cc, 'cc'),
      bcc: mailboxes(input.bcc, 'bcc'),
      replyTo: mailboxes(input.reply_to, 'reply_to'),
      subject: singleLine(input.subject, 'subject'),
      text: input.text,
      html: input.html,
      attachments: (input.attachments ?? []).map(readAttachment),
    };
    checkSizes(message);
    const { accepted, rejected } = await context.mailer.send(mailServer(connection), message, context.signal);
    return { message_id: message.messageId, accepted, rejected };
  },
});

interface AttachmentInput {
  filename: string;
  content?: string;
  content_base64?: string;
  content_type?: string;
}

function readAttachment(attachment: AttachmentInput, index: number): MailMessage['attachments'][number] {
  const where = `attachments/${index}`;
  return {
    filename: singleLine(attachment.filename, `${where}/filename`),
    content:
      attachment.content_base64 === undefined
        ? Buffer.from(attachment.content ?? '')
        : Buffer.from(attachment.content_base64, 'base64'),
    contentType:
      attachment.content_type === undefined ? undefined : singleLine(attachment.content_type, `${where}/content_type`),
  };
}

function checkSizes(message: MailMessage): void {
  const recipients = message.to.length + message.cc.length + message.bcc.length;
  if (recipients === 0) throw invalidInput('to is empty: the message has nobody to go to');
  if (recipients > RECIPIENTS_MAX)
    throw invalidInput(`to, cc and bcc hold ${recipients} addresses; at most ${RECIPIENTS_MAX} are sent to at once`);
  const bytes = message.attachments.reduce((sum, { content }) => sum + content.length, 0);
  if (bytes > ATTACHMENTS_BYTES_MAX)
    throw invalidInput(`attachments hold ${bytes} bytes; at most ${ATTACHMENTS_BYTES_MAX} are sent`);
}

function mailboxes(value: string | string[] | undefined, where: string): Mailbox[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [checkedMailbox(value, where)];
  return value.map((text, index) => checkedMailbox(text, `${where}/${index}`));
}

/** Derived from the idempotency key, so that servers and readers can tell a repeated message. */
function messageId(from: Mailbox, context: ConnectorContext): string {
  const unique = createHash('sha256').update(context.idempotencyKey).digest('hex').slice(0, 40);
  return `<${unique}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`;
}

/** Our own reading of the URL: nodemailer's would take any option of its own from the query. */
function mailServer(connection: Connection): MailServer {
  if (connection.url === undefined && connection.host === undefined) {
    throw invalidInput('email.send needs a connection with a url or a host');
  }
  const settings = connection.url === undefined ? connection : readUrl(connection.url);
  const secure = settings.secure ?? false;
  return {
    host: settings.host ?? '',
    port: settings.port ?? (secure ? SMTPS_PORT : SMTP_PORT),
    secure,
    requireTls: connection.require_tls ?? settings.password !== undefined,
    username: settings.username,
    password: settings.password,
  };
}

function readUrl(text: string): Partial<Connection> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.hostname === '' || url.search !== '' || (url.pathname !== '' && url.pathname !== '/')) {
    throw invalidInput("the connection's url is not like smtp://user:password@host:587, without path or query");
  }
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? SMTPS_PORT : URL_SMTP_PORT) : Number(url.port),
    secure,
    username: url.username === '' ? undefined : decode(url.username),
    password: url.password === '' ? undefined : decode(url.password),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A literal % in a password: taken as it is.
  }
}

export const email: Service = {
  service: 'email',
  summary: 'Email through any SMTP server.',
  connection: connectionSchema,
  connectionExample: `connection: mail
connector: email
with:
  url: "\${{ secrets.SMTP_URL }}"
  from: Shop <hello@shop.example>
`,
  actions: [send],
};
