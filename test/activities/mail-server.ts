// A real SMTP server on loopback that keeps what it takes and refuses what the test tells it to.
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { textOf } from './web-server.ts';

export interface ReceivedMail {
  /** Addresses of the envelope: who it was really handed over for. */
  recipients: string[];
  raw: string;
  parsed: ParsedMail;
}

/** An error that the server answers with, as `CODE TEXT`. */
export function reply(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

/** Starts it on a free port; it stops when the file's tests are over. */
export async function serveMail(options: SMTPServerOptions = {}): Promise<{ port: number; mails: ReceivedMail[] }> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    closeTimeout: 10, // Idle connections of our pool are cut, not waited for.
    onData(stream, session, callback) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      keepMail(stream, recipients, mails).then(() => callback(), callback);
    },
    ...options,
  });
  server.on('error', () => {}); // A client that goes away in the middle is part of the tests.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return { port: (server.server.address() as AddressInfo).port, mails };
}

async function keepMail(stream: AsyncIterable<Buffer>, recipients: string[], mails: ReceivedMail[]): Promise<void> {
  const raw = await textOf(stream);
  mails.push({ recipients, raw, parsed: await simpleParser(raw) });
}
