// The mail server of a test: real SMTP on loopback; it keeps what it is given and can be told to refuse.
import type { Readable } from 'node:stream';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** One mail as its recipients would see it. */
export interface ReceivedMail {
  from: string;
  /** Addresses of the envelope, so bcc shows here too. */
  recipients: string[];
  subject: string;
  text: string;
  html: string;
  /** Header names in lower case. */
  headers: Map<string, unknown>;
  messageId: string;
}

export interface Mailbox {
  /** For `HOOKLINE_CONFIG_SMTP_URL`. */
  url: string;
  /** Everything taken since the last reset. */
  mails: ReceivedMail[];
  /** Mails to one address. */
  to(address: string): ReceivedMail[];
  /** Refuses mails to this address with an SMTP code (550 for good, 451 for now) until the next reset. */
  refuse(address: string, code: number): void;
  reset(): void;
  stop(): Promise<void>;
}

/** Clients keep connections open for later mails; the server does not wait for them when it stops. */
const CLOSE_TIMEOUT_MS = 50;

/** Starts the server on a free loopback port, without authentication or TLS. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  const refused = new Map<string, number>();
  const take = async (stream: Readable, recipients: string[], done: (error?: Error) => void): Promise<void> => {
    try {
      mails.push(received(await simpleParser(stream), recipients));
    } catch (error) {
      return done(error as Error);
    }
    done();
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onRcptTo: ({ address }, _session, done) => {
      const responseCode = refused.get(address);
      if (responseCode === undefined) return done();
      done(Object.assign(new Error('this mailbox takes nothing'), { responseCode }));
    },
    onData: (stream, session, done) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      void take(stream, recipients, done);
    },
  });
  server.on('error', () => undefined); // A client that was killed in mid-conversation is what some tests are about.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('The mail server has no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    to: (recipient) => mails.filter(({ recipients }) => recipients.includes(recipient)),
    refuse: (recipient, code) => void refused.set(recipient, code),
    reset: () => {
      mails.length = 0;
      refused.clear();
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function received(mail: ParsedMail, recipients: string[]): ReceivedMail {
  return {
    from: mail.from?.text ?? '',
    recipients,
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    headers: mail.headers,
    messageId: mail.messageId ?? '',
  };
}
