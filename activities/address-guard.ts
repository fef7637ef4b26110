// Decides which addresses connectors may connect to. A flow must never be a way into the network that Hookline runs in:
// names are judged by what they resolve to at the moment of connecting, so that a changing DNS answer gains nothing.
import dns from 'node:dns';
import net from 'node:net';
import ipaddr from 'ipaddr.js';
import { ConnectorError } from './connector-error.ts';

/** Guards one process's outgoing connections. */
export interface AddressGuard {
  /** Throws `address_refused` when `hostname` is a literal address that may not be connected to (no lookup happens for those). */
  checkHost(hostname: string): void;
  /** Throws `address_refused` for a connected socket's peer; the last line of defence, after connecting and before writing. */
  checkPeer(address: string | undefined): void;
  /** For `net.connect`: resolves a name and refuses it when any of its addresses is refused. */
  lookup: net.LookupFunction;
}

/**
 * IPv4 ranges that ipaddr.js calls ordinary but that answer metadata requests of a cloud's machines.
 * Alibaba Cloud uses 100.100.100.200 (inside 100.64.0.0/10, refused anyway); Azure's wire server is public space.
 */
const METADATA_ADDRESSES = new Set(['168.63.129.16']);
/** The only IPv6 space that is routed on the internet so far (RFC 4291, IANA IPv6 address space registry). */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** NAT64 (RFC 6052): the last 32 bits are the IPv4 address that is really reached. */
const NAT64: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96];

/** Why an address is refused (`loopback`, `private`, …), or undefined when it is a public one. Not an address: refused. */
export function refusedRange(address: string): string | undefined {
  const text = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!ipaddr.isValid(text)) return 'invalid';
  const parsed = ipaddr.parse(text);
  if (parsed instanceof ipaddr.IPv4) return refusedIpv4(parsed);
  if (parsed.isIPv4MappedAddress()) return refusedIpv4(parsed.toIPv4Address());
  if (parsed.match(NAT64)) return refusedIpv4(new ipaddr.IPv4(parsed.toByteArray().slice(12)));
  const range = parsed.range();
  if (range !== 'unicast') return range;
  return parsed.match(GLOBAL_UNICAST) ? undefined : 'reserved';
}

function refusedIpv4(address: ipaddr.IPv4): string | undefined {
  if (METADATA_ADDRESSES.has(address.toString())) return 'metadata';
  const range = address.range();
  return range === 'unicast' ? undefined : range;
}

/** With `allowPrivateNetwork` nothing is refused. */
export function createAddressGuard(allowPrivateNetwork: boolean): AddressGuard {
  if (allowPrivateNetwork)
    return { checkHost: () => {}, checkPeer: () => {}, lookup: dns.lookup as net.LookupFunction };
  return {
    checkHost(hostname) {
      const bare = hostname.replace(/^\[|\]$/g, '');
      if (net.isIP(bare) !== 0 && refusedRange(bare) !== undefined) throw refusal(hostname, bare);
    },
    checkPeer(address) {
      if (address === undefined || refusedRange(address) !== undefined)
        throw refusal(address ?? 'the peer', address ?? '');
    },
    lookup(hostname, options, callback) {
      dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, '', 0);
        const refused = addresses.find(({ address }) => refusedRange(address) !== undefined);
        if (refused) return callback(refusal(hostname, refused.address), '', 0);
        if (options.all) return callback(null, addresses);
        const [first] = addresses;
        callback(null, first?.address ?? '', first?.family ?? 0);
      });
    },
  };
}

function refusal(hostname: string, address: string): ConnectorError {
  // The range is named, not the address: an error may travel back to whoever sent the event.
  const range = refusedRange(address) ?? 'unknown';
  return new ConnectorError(
    'address_refused',
    `${hostname} is in a network that connectors may not reach (${range}); HOOKLINE_ALLOW_PRIVATE_NETWORK=true allows it`,
    { retryable: false },
  );
}
