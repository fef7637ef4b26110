// The one SMTP client: pooled connections by server and account, under the same address guard and host caps as HTTP.
// Never opens a file or a URL on a message's behalf, never logs a message, never retries: Temporal does.
import net from 'node:net';
import { createTransport, type SMTPPoolOptions, type Transporter } from 'nodemailer';
import type { AddressGuard } from './address-guard.ts';
import { ConnectorError } from './connector-error.ts';
import type { HostSlots } from './host-slots.ts';

/** Where and as whom mail is handed over. */
export interface MailServer {
  host: string;
  port: number;
  /** TLS from the first byte (port 465). Otherwise STARTTLS when the server offers it. */
  secure: boolean;
  /** Refuse to go on in the clear when the server does not offer STARTTLS. */
  requireTls: boolean;
  username?: string;
  password?: string;
}

/** One mailbox; nodemailer quotes the name. */
export interface Mailbox {
  name: string;
  address: string;
}

/** One message, already checked for line breaks. */
export interface MailMessage {
  messageId: string;
  date: Date;
  from: Mailbox;
  to: Mailbox[];
  cc: Mailbox[];
  bcc: Mailbox[];
  replyTo: Mailbox[];
  subject: string;
  text?: string;
  html?: string;
  attachments: { filename: string; content: Buffer; contentType?: string }[];
}

export interface Mailer {
  /** Rejects with a ConnectorError (`email_rejected`, `network`, `address_refused`) or the signal's reason. */
  send(
    server: MailServer,
    message: MailMessage,
    signal: AbortSignal,
  ): Promise<{ accepted: string[]; rejected: string[] }>;
}

/** Servers (with accounts) whose connections are kept; the one unused for longest goes first. */
const TRANSPORTS_MAX = 16;
/** Connections kept to one server. */
const CONNECTIONS_PER_SERVER_MAX = 5;
const CONNECT_TIMEOUT_MS = 10_000;
/** An unused connection is closed after this. */
const IDLE_TIMEOUT_MS = 30_000;
/** How much of a server's reply is told. */
const REPLY_CHARS_MAX = 300;

interface PooledTransport {
  transporter: Transporter;
  underWay: number;
}

export function createMailer(deps: { guard: AddressGuard; slots: HostSlots }): Mailer {
  // Insertion order is the order of use: a transport is put back at the end whenever it is taken.
  const transports = new Map<string, PooledTransport>();

  function take(server: MailServer): PooledTransport {
    const key = JSON.stringify(server);
    const pooled = transports.get(key) ?? { transporter: openTransport(server, deps.guard), underWay: 0 };
    transports.delete(key);
    transports.set(key, pooled);
    for (const [otherKey, other] of transports) {
      if (transports.size <= TRANSPORTS_MAX) break;
      if (other.underWay > 0 || other === pooled) continue;
      transports.delete(otherKey);
      other.transporter.close();
    }
    return pooled;
  }

  return {
    async send(server, message, signal) {
      deps.guard.checkHost(server.host);
      const release = await deps.slots(`${server.host}:${server.port}`, signal);
      const pooled = take(server);
      pooled.underWay += 1;
      try {
        const sent = await pooled.transporter.sendMail({
          ...message,
          signal,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        return { accepted: addresses(sent.accepted), rejected: addresses(sent.rejected) };
      } catch (error) {
        throw signal.aborted ? signal.reason : asConnectorError(error, server);
      } finally {
        pooled.underWay -= 1;
        release();
      }
    },
  };
}

function openTransport(server: MailServer, guard: AddressGuard): Transporter {
  const options: SMTPPoolOptions & { pool: true } = {
    pool: true,
    maxConnections: CONNECTIONS_PER_SERVER_MAX,
    maxRequeues: 0,
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: server.requireTls,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    idleTimeout: IDLE_TIMEOUT_MS,
    auth: server.username === undefined ? undefined : { user: server.username, pass: server.password ?? '' },
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, callback) => connectGuarded(server, guard, callback),
  };
  const transporter = createTransport(options);
  transporter.on('error', () => {}); // Of an idle connection: whoever sends next opens a new one and hears of it.
  return transporter as Transporter;
}

type SocketCallback = (error: Error | null, socket?: { connection: net.Socket }) => void;

/** Opens the TCP connection ourselves, so that the guard sees the address that is really reached. */
function connectGuarded(server: MailServer, guard: AddressGuard, callback: SocketCallback): void {
  const socket = net.connect({ host: server.host, port: server.port, lookup: guard.lookup });
  socket.unref(); // An idle connection must not keep a stopping process alive; a call under way has its own timers.
  const settle = (error: Error | null): void => {
    clearTimeout(timer);
    socket.removeListener('error', settle);
    if (!error) return callback(null, { connection: socket });
    socket.on('error', () => {}).destroy();
    callback(error);
  };
  const timer = setTimeout(
    () => settle(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`)),
    CONNECT_TIMEOUT_MS,
  );
  socket.once('error', settle);
  socket.once('connect', () => {
    try {
      guard.checkPeer(socket.remoteAddress);
      settle(null);
    } catch (refusal) {
      settle(refusal as Error);
    }
  });
}

/** A reply of 5xx is final, one of 4xx is not (RFC 5321, 4.2.1); without a reply it was the network. */
function asConnectorError(error: unknown, server: MailServer): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const target = `${server.host}:${server.port}`;
  const { responseCode, response, message, code } = error as {
    responseCode?: number;
    response?: string;
    message?: string;
    code?: string;
  };
  if (typeof responseCode === 'number' && responseCode >= 400) {
    const reply = (response ?? message ?? '').slice(0, REPLY_CHARS_MAX);
    return new ConnectorError('email_rejected', `${target} answered ${reply}`, {
      retryable: responseCode < 500,
      status: responseCode,
    });
  }
  const reason = `${code ?? 'unknown'}: ${(message ?? '').slice(0, REPLY_CHARS_MAX)}`;
  return new ConnectorError('network', `mail to ${target} failed (${reason})`, { retryable: true });
}

function addresses(list: unknown): string[] {
  return (Array.isArray(list) ? list : []).map((entry: unknown) =>
    typeof entry === 'string' ? entry : String((entry as Mailbox).address),
  );
}
