// Who is at the other end: the connection's address, or what a listed proxy says about it. X-Forwarded-For counts for nothing else.
import type { IncomingMessage } from 'node:http';
import { addressMatcher, readAddress } from './address-ranges.ts';

/** Reads the senders of requests. */
export interface SenderAddresses {
  /** The connection comes from a listed proxy, whose own headers may be believed. */
  fromTrustedProxy(request: IncomingMessage): boolean;
  /** The sender's address, or UNKNOWN_ADDRESS, which is in no range. */
  of(request: IncomingMessage): string;
}

/** Of a connection that is gone, and where a proxy says what is no address. */
const UNKNOWN_ADDRESS = 'unknown';

/** Some proxies add the port: `203.0.113.7:52311`, `[2001:db8::1]:52311`. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9a-fA-F:.]+)\])(?::\d{1,5})?$/;

/** `trustedProxies`: addresses and CIDR ranges of the proxies before this process. */
export function createSenderAddresses(trustedProxies: readonly string[]): SenderAddresses {
  const isProxy = addressMatcher(trustedProxies);
  // Without listed proxies, which is how most run, a request costs nothing here.
  const fromTrustedProxy = (request: IncomingMessage): boolean =>
    trustedProxies.length > 0 && isProxy(connectionAddress(request));
  return {
    fromTrustedProxy,
    of(request) {
      const connection = connectionAddress(request);
      const forwarded = request.headers['x-forwarded-for'];
      if (forwarded === undefined || !fromTrustedProxy(request)) return connection;
      return forwardedAddress(String(forwarded), isProxy) ?? connection;
    },
  };
}

/** The first from the right that is no listed proxy; when all are, the leftmost. Undefined for an empty header. */
function forwardedAddress(header: string, isProxy: (address: string) => boolean): string | undefined {
  let sender: string | undefined;
  for (const entry of header.split(',').reverse()) {
    const text = entry.trim();
    if (text === '') continue;
    const match = WITH_PORT.exec(text);
    const address = readAddress(match?.[1] ?? match?.[2] ?? text);
    // Whatever stands further left, nobody trusted has said it.
    if (address === undefined) return UNKNOWN_ADDRESS;
    sender = address.toString();
    if (!isProxy(sender)) return sender;
  }
  return sender;
}

function connectionAddress(request: IncomingMessage): string {
  const { remoteAddress } = request.socket;
  // A link-local address comes with its zone (`fe80::1%eth0`).
  const address = remoteAddress === undefined ? undefined : readAddress(remoteAddress.split('%')[0]!);
  return address?.toString() ?? UNKNOWN_ADDRESS;
}
