// What the bytes of a file are sent as: their content type, and the form around them where the provider sends forms.
import { extname } from 'node:path';
import type { ContentKind, Provider } from '../providers/provider.ts';
import { readContentType } from '../server/content.ts';

/** A body as its sender would send it. */
export interface SentBody {
  contentType: string;
  bytes: Buffer;
}

const TYPES: Record<ContentKind, string> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
  xml: 'application/xml',
  binary: 'application/octet-stream',
};
const EXTENSIONS: Record<string, ContentKind> = { '.json': 'json', '.xml': 'xml', '.txt': 'text', '.form': 'form' };

/**
 * The body of a file for a provider. `contentType` is what the person said. A JSON file that is to be sent as a form goes into
 * the field in which the provider has JSON.
 */
export function sentBody(provider: Provider, file: string, bytes: Buffer, contentType: string | undefined): SentBody {
  const type = contentType ?? TYPES[guessKind(provider, file, bytes)];
  const field = provider.jsonFormField;
  const isWrapped = readContentType(type)?.kind === 'form' && field !== undefined && isJson(bytes);
  if (!isWrapped) return { contentType: type, bytes };
  return { contentType: type, bytes: Buffer.from(new URLSearchParams({ [field]: bytes.toString('utf8') }).toString()) };
}

/** By the file's name, else by its bytes; what the provider does not send is not guessed while it has something else. */
function guessKind({ contentKinds }: Provider, file: string, bytes: Buffer): ContentKind {
  const named = EXTENSIONS[extname(file).toLowerCase()];
  if (named !== undefined && contentKinds.includes(named)) return named;
  const text = bytes.subarray(0, 1024).toString('utf8').trim();
  const kinds: ContentKind[] = [];
  if (isJson(bytes)) kinds.push('json');
  if (text.startsWith('<')) kinds.push('xml');
  if (/^[^\s<{["=&]+=/.test(text)) kinds.push('form');
  if (!text.includes('\u0000') && !text.includes('\ufffd')) kinds.push('text');
  kinds.push('binary');
  return kinds.find((kind) => contentKinds.includes(kind)) ?? contentKinds[0] ?? 'json';
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
