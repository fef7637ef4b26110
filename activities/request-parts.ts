// Builds the parts of an HTTP request from a step's input: URL, query, headers. Pure.
// Refuses whatever would let a value become another header, another host or another request.
import { invalidInput } from './connector-error.ts';

/** A single value as it may stand in YAML. */
export type Scalar = string | number | boolean | null;
/** Names with one value or several; null leaves a name out. */
export type Pairs = { [name: string]: Scalar | Scalar[] };

/** Headers that belong to the connection or frame the message: the client sets them, an author never does. */
const RESERVED_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** RFC 9110, 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible characters, spaces, tabs and obs-text (RFC 9110, 5.5): no line break can start another header. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The parsed URL. Only http and https, no user info (it would end up in logs; a connection's `auth` is for it); the fragment goes. */
export function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw invalidInput(
      'url is not a complete http:// or https:// URL; a path such as /orders needs a connection with a base_url',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidInput("url holds a user name or password; put them in a connection's auth: { basic: … }");
  }
  url.hash = '';
  return url;
}

/**
 * The URL of a call with a connection. A relative `url` is appended to `base` (`/orders` to `https://shop.example/api` gives
 * `https://shop.example/api/orders`) and stays below it. An absolute one must be below it too when the connection holds credentials.
 */
export function resolveUrl(url: string, base: string | undefined, holdsCredentials: boolean): URL {
  if (base === undefined) return checkedUrl(url);
  const baseUrl = checkedUrl(base);
  if (baseUrl.search !== '') throw invalidInput("the connection's base_url holds a query; put it in the step's query");
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(url);
  const resolved = absolute ? checkedUrl(url) : checkedUrl(joinUrl(baseUrl, url));
  if (absolute && !holdsCredentials) return resolved;
  // Compared after parsing, so that `..`, `%2e%2e` and backslashes have become what they mean.
  const prefix = baseUrl.pathname.replace(/\/*$/, '/');
  if (resolved.origin !== baseUrl.origin || !`${resolved.pathname}/`.startsWith(prefix)) {
    throw invalidInput("url leads out of the connection's base_url, which its credentials are meant for");
  }
  return resolved;
}

function joinUrl(base: URL, relative: string): string {
  const start = `${base.origin}${base.pathname}`;
  if (relative === '' || relative.startsWith('?') || relative.startsWith('#')) return `${start}${relative}`;
  return `${start.replace(/\/+$/, '')}/${relative.replace(/^[/\\]+/, '')}`;
}

/** Adds `query` to what the URL has already; lists repeat their name. */
export function addQuery(url: URL, query: Pairs | undefined): void {
  for (const [name, value] of flatten(query)) url.searchParams.append(name, value);
}

/** `a=1&b=2`, as forms are sent. */
export function encodeForm(form: Pairs): string {
  return new URLSearchParams(flatten(form)).toString();
}

function flatten(pairs: Pairs | undefined): [string, string][] {
  return Object.entries(pairs ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item !== null)
      .map((item): [string, string] => [name, String(item)]),
  );
}

/** Lower-case names and checked values; null leaves a header out. A later name wins over an earlier one that differs in case. */
export function checkedHeaders(headers: { [name: string]: Scalar } | undefined): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lowerCase = name.toLowerCase();
    if (!HEADER_NAME.test(name)) throw invalidInput(`headers: ${JSON.stringify(name)} is not a header's name`);
    if (RESERVED_HEADERS.has(lowerCase))
      throw invalidInput(`headers: ${lowerCase} is set by Hookline and cannot be given`);
    if (value === null) continue;
    if (!HEADER_VALUE.test(String(value))) {
      throw invalidInput(
        `headers: the value of ${lowerCase} holds a line break or a character that headers cannot carry`,
      );
    }
    checked[lowerCase] = String(value);
  }
  return checked;
}
