// `provider: token`: a shared token where a sender can put it: in a header, in the query, or in a field of the body.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { bodyText, fieldSettings } from './event-fields.ts';
import { CONFLICT, singleHeader } from './headers.ts';
import { isForm, isObject, readJson } from './json-body.ts';
import {
  refuse,
  SigningError,
  type InboundRequest,
  type OutboundRequest,
  type Provider,
  type Refusal,
} from './provider.ts';
import { anySender } from './senders.ts';
import { sharedSecretProof } from './signing/shared-secret.ts';

const PLACE_DEFAULT = 'header:x-token';
const PLACE_PATTERN = "^(header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|query:[!-~]+|body:[^.\\s]+(\\.[^.\\s]+)*)$";
const PLACE = /^(header|query|body):(.+)$/s;

interface TokenPlace {
  kind: 'header' | 'query' | 'body';
  /** Of a header in lower case. */
  name: string;
}

export const token: Provider = {
  ...anySender,
  name: 'token',
  title: 'Any sender with a shared token',
  summary: 'A shared token in a header, in the query or in a field of the body: `token: body:token`.',
  setup: [
    'Make up a long random token (`openssl rand -hex 32`), or take the one that the sender shows, and store it as `SECRET`.',
    'Say in `token` where the sender puts it: `header:NAME`, `query:NAME` or `body:PATH`. Prefer a header: URLs end up in logs, and a token in the body is stored with it.',
    'Give the sender `URL`, with `?NAME=TOKEN` where it is in the query.',
  ],
  proves: 'the token itself, compared in constant time; nothing proves the body',
  exampleSettings: { token: 'body:token' },
  settings: {
    ...fieldSettings,
    token: {
      type: 'string',
      pattern: PLACE_PATTERN,
      description: 'Where the token is: `header:x-token`, `query:token`, or `body:token` (JSON or a form).',
      default: PLACE_DEFAULT,
    },
  },
  needsSecret: true,
  ...sharedSecretProof({
    read(request, settings) {
      const { kind, name } = placeOf(settings);
      if (kind === 'header') return singleHeader(request, name);
      if (kind === 'body') return bodyToken(request, name);
      const value = Object.hasOwn(request.query, name) ? request.query[name] : undefined;
      return Array.isArray(value) ? CONFLICT : value;
    },
    write(request, settings, secret) {
      const { kind, name } = placeOf(settings);
      if (kind === 'header') return { ...request, headers: { ...request.headers, [name]: secret } };
      if (kind === 'body') return { ...request, body: withToken(request, name, secret) };
      const url = new URL(request.url);
      url.searchParams.set(name, secret);
      return { ...request, url: url.href };
    },
  }),
  credentials(settings) {
    const { kind, name } = placeOf(settings);
    return { headers: kind === 'header' ? [name] : [], query: kind === 'query' ? [name] : [] };
  },
};

function placeOf({ token: place }: JsonObject): TokenPlace {
  const [, kind, name] = PLACE.exec(typeof place === 'string' ? place : PLACE_DEFAULT) ?? PLACE.exec(PLACE_DEFAULT)!;
  return { kind: kind as TokenPlace['kind'], name: kind === 'header' ? name!.toLowerCase() : name! };
}

/** The token of a form's field, or at a path of a JSON body. */
function bodyToken(request: InboundRequest, path: string): string | undefined | typeof CONFLICT | Refusal {
  if (isForm(request.headers['content-type'])) {
    const values = new URLSearchParams(request.body.toString('utf8')).getAll(path);
    return values.length > 1 ? CONFLICT : values[0];
  }
  const document = readJson(request.body);
  return document === undefined ? refuse(400, 'credential_malformed') : bodyText(document, ...path.split('.'));
}

function withToken(request: OutboundRequest, path: string, secret: string): Buffer {
  if (isForm(request.headers['content-type'])) {
    const fields = new URLSearchParams(request.body.toString('utf8'));
    fields.set(path, secret);
    return Buffer.from(fields.toString());
  }
  const document = readJson(request.body);
  if (!isObject(document)) throw new SigningError('the body is not a JSON object, so it has no field for the token');
  return Buffer.from(JSON.stringify(withField(document, path.split('.'), secret)));
}

/** A copy with the value at the path; objects on the way there are made where there are none. */
function withField(document: JsonObject, [key, ...rest]: string[], value: string): JsonObject {
  const inner: Json = document[key!] ?? {};
  return { ...document, [key!]: rest.length === 0 ? value : withField(isObject(inner) ? inner : {}, rest, value) };
}
