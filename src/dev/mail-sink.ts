// The local mail server of `hookline dev`: takes every mail, shows it, delivers nothing. Loopback only.
import { simpleParser, type AddressObject } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { shorten, type Caught } from './sink.ts';

const MAIL_BYTES_MAX = 10 * 1024 * 1024;
/** Clients keep connections open for their next mail; closing does not wait longer for them. */
const CLOSE_TIMEOUT_MS = 300;

/** Starts it on a free loopback port; `url` is for `config.SMTP_URL`. */
export async function startMailSink(show: (caught: Caught) => void): Promise<{ url: string; stop(): Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    size: MAIL_BYTES_MAX,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onAuth: (_auth, _session, done) => done(null, { user: 'anyone' }),
    onData: (stream, _session, done) => {
      simpleParser(stream).then(
        (mail) => {
          const to = addresses(mail.to);
          show({ target: 'email', title: `to ${to}: ${mail.subject ?? ''}`, text: shorten(mail.text ?? '') });
          done();
        },
        (error: Error) => done(error),
      );
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.removeAllListeners('error');
  server.on('error', () => undefined); // A client that hangs up is no concern of the sink.
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('The mail sink has no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function addresses(to: AddressObject | AddressObject[] | undefined): string {
  if (to === undefined) return '(nobody)';
  return Array.isArray(to) ? to.map((entry) => entry.text).join(', ') : to.text;
}
