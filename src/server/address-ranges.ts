// Addresses and ranges of them, as `ip_allow` and HOOKLINE_TRUSTED_PROXIES write them. What is no address is in no range.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Bits before the IPv4 address in an IPv6 address that stands for one (RFC 4291, 2.5.5.2). */
const MAPPED_PREFIX_BITS = 96;

/** The address a text says, IPv4-mapped ones as IPv4; undefined when it is none. Octal, hex and short forms are none. */
export function readAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Whether a text is an address or a CIDR range: `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`. */
export function isAddressRange(text: string): boolean {
  return readRange(text) !== undefined;
}

/** Tells whether an address is in one of the ranges. The ranges are read once. @throws Error for a range that is none. */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const read = ranges.map((text) => {
    const range = readRange(text);
    if (range === undefined) throw new Error(`${text} is neither an address nor a CIDR range`);
    return range;
  });
  return (text) => {
    const address = readAddress(text);
    return address !== undefined && read.some((range) => contains(range, address));
  };
}

function contains([start, bits]: Range, address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return start instanceof ipaddr.IPv4 && address.match(start, bits);
  return start instanceof ipaddr.IPv6 && address.match(start, bits);
}

function readRange(text: string): Range | undefined {
  const [base = '', bits, ...rest] = text.split('/');
  const address = readAddress(base);
  if (address === undefined || rest.length > 0) return undefined;
  const bitsMax = address instanceof ipaddr.IPv4 ? 32 : 128;
  if (bits === undefined) return [address, bitsMax];
  if (!/^\d{1,3}$/.test(bits)) return undefined;
  const mapped = base.includes(':') && address instanceof ipaddr.IPv4;
  const prefix = mapped ? Number(bits) - MAPPED_PREFIX_BITS : Number(bits);
  return prefix >= 0 && prefix <= bitsMax ? [address, prefix] : undefined;
}
