// What a request's content type means. It only reads the header; whether a source takes that kind is the receiver's to say.
import type { ContentKind } from '../providers/provider.ts';

/** What a body is said to be. */
export interface Content {
  kind: ContentKind;
  /** A label that TextDecoder knows, in lower case. */
  charset: string;
}

/** Senders repeat the same few headers; more than these are read anew. */
const CACHED_MAX = 256;
const MEDIA_TYPE = /^([!#$%&'*+.^_`|~0-9a-z-]+)\/([!#$%&'*+.^_`|~0-9a-z-]+)$/;
const BINARY_TYPES = new Set(['image', 'audio', 'video', 'font']);
const UTF8 = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

const cache = new Map<string, Content | undefined>();

/** The content a `content-type` header stands for; undefined when it is malformed or multipart, which is not taken. */
export function readContentType(header: string): Content | undefined {
  if (cache.has(header)) return cache.get(header);
  const content = parse(header);
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(header, content);
  return content;
}

function parse(header: string): Content | undefined {
  const [mediaType, ...parameters] = header.toLowerCase().split(';');
  const match = MEDIA_TYPE.exec(mediaType!.trim());
  if (!match) return undefined;
  const kind = kindOf(match[1]!, match[2]!);
  const charset = charsetOf(parameters);
  if (kind === undefined || charset === undefined) return undefined;
  // JSON is UTF-8 (RFC 8259, 8.1), and a form's percent-encoding is read as UTF-8.
  if ((kind === 'json' || kind === 'form') && charset !== 'utf-8') return undefined;
  return { kind, charset };
}

function kindOf(type: string, subtype: string): ContentKind | undefined {
  if (type === 'multipart') return undefined;
  if (subtype === 'json' || subtype.endsWith('+json')) return 'json';
  // Only this type: providers whose proof stands in a form know it by its name.
  if (type === 'application' && subtype === 'x-www-form-urlencoded') return 'form';
  if (subtype === 'xml' || subtype.endsWith('+xml')) return 'xml';
  if (type === 'text') return 'text';
  return type === 'application' || BINARY_TYPES.has(type) ? 'binary' : undefined;
}

function charsetOf(parameters: string[]): string | undefined {
  const found = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (found === undefined) return 'utf-8';
  const label = found.slice('charset='.length).replaceAll('"', '').trim();
  if (UTF8.has(label)) return 'utf-8';
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
