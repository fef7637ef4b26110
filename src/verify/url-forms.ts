// The URLs under which the sender may know this request, for schemes that sign the URL. Between the sender and us stand
// proxies that change scheme, host, port and path; each form is one URL that may have been signed.
import { fieldsObject } from '../server/parse.ts';
import { signsUrl, type Form, type Question } from './question.ts';

/** Combinations tried; a URL that is wrong in more ways is not guessed. */
const URLS_MAX = 400;

const FIX =
  "The URL is signed, as the sender was told it: set the source's `public_url` (or `HOOKLINE_PUBLIC_URL`) to what stands in its console, to the letter.";

/** Every URL that differs from the given one, those nearest to it first; none where no URL is signed. */
export function* urlForms(question: Question): Generator<Form> {
  if (!signsUrl(question)) return;
  for (const url of candidateUrls(question).slice(0, URLS_MAX)) {
    yield {
      kind: 'url',
      what: `the URL ${url}`,
      fix: FIX,
      apply: (asked) => (asked.request.url === url ? undefined : withUrl(asked, url)),
    };
  }
  for (const method of ['POST', 'PUT', 'GET']) {
    yield {
      kind: 'url',
      what: `the method ${method}`,
      fix: 'The method is signed: give the one that the request came with (a redirect may have changed it).',
      apply: (asked) =>
        asked.request.method === method ? undefined : { ...asked, request: { ...asked.request, method } },
    };
  }
}

/** The same question about a request that came to another URL, its query read anew. */
export function withUrl(question: Question, url: string): Question {
  const queryAt = url.indexOf('?');
  const query = queryAt === -1 ? {} : fieldsObject(new URLSearchParams(url.slice(queryAt)));
  return { ...question, urlGiven: true, request: { ...question.request, url, query } };
}

interface Part {
  text: string;
  /** How far it is from what was given: 0 is the same. */
  distance: number;
}

function candidateUrls({ request }: Question): string[] {
  const match = /^([a-z]+):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(request.url);
  if (!match) return [];
  const [, scheme = '', authority = '', path = '', search = ''] = match;
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value.split(',')[0]!.trim() : undefined;
  };
  const schemes = parts([scheme, header('x-forwarded-proto'), 'https', 'http']);
  const hosts = parts([authority, header('x-forwarded-host'), header('x-original-host'), header('host')]);
  const paths = pathParts(path, header('x-forwarded-prefix'), header('x-original-uri') ?? header('x-original-url'));
  const searches = parts([search, '', search.replaceAll('%20', '+'), search.replaceAll('+', '%20'), decoded(search)]);
  const urls: { url: string; distance: number }[] = [];
  for (const eachScheme of schemes) {
    for (const host of hosts.flatMap((each) => portParts(each, eachScheme.text, header('x-forwarded-port')))) {
      for (const eachPath of paths) {
        for (const eachSearch of searches) {
          const distance = [eachScheme, host, eachPath, eachSearch].reduce((sum, part) => sum + part.distance, 0);
          urls.push({ url: `${eachScheme.text}://${host.text}${eachPath.text}${eachSearch.text}`, distance });
        }
      }
    }
  }
  urls.sort((left, right) => left.distance - right.distance);
  return [...new Set(urls.map(({ url }) => url))].filter((url) => url !== request.url);
}

/** The first is what was given; the others are each a change. */
function parts(texts: (string | undefined)[]): Part[] {
  const known = [...new Set(texts.filter((text) => text !== undefined))];
  return known.map((text, index) => ({ text, distance: index === 0 ? 0 : 1 + index / 10 }));
}

/** With its port, without it, and with the default one written out. */
function portParts(host: Part, scheme: string, forwardedPort: string | undefined): Part[] {
  const bare = host.text.replace(/:\d+$/, '');
  const standard = scheme === 'http' ? '80' : '443';
  const written = [host.text, bare, `${bare}:${standard}`, forwardedPort && `${bare}:${forwardedPort}`];
  return parts(written.map((text) => text || undefined)).map(({ text, distance }) => ({
    text,
    distance: distance + host.distance,
  }));
}

function pathParts(path: string, prefix: string | undefined, originalUri: string | undefined): Part[] {
  return parts([
    path,
    path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
    originalUri?.replace(/^https?:\/\/[^/]*/i, '').replace(/\?.*$/, ''),
    prefix === undefined ? undefined : prefix.replace(/\/$/, '') + path,
    decoded(path),
    encodeURI(decoded(path)),
    path.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase()),
    path.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toLowerCase()),
  ]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
