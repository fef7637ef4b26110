// From what stands on the command line to a question: names are looked up, settings checked, headers and bodies put together.
// It reads no file and no environment.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { closestWord } from '../../workflows/expression/index.ts';
import type { Provider } from '../providers/provider.ts';
import { fieldsObject } from '../server/parse.ts';
import { compileSchema } from '../server/schema.ts';
import { URL_NOT_GIVEN, withHeaders, type NamedSecret, type Question } from './question.ts';
import type { RawRequest } from './raw-request.ts';

/** What was given cannot be a question; the message says what to give instead. */
export class InputError extends Error {
  override name = 'InputError';
}

/** A request as it was given: options win over the saved request. */
export interface GivenRequest {
  saved?: RawRequest;
  method?: string;
  url?: string;
  /** `Name: value` each. */
  headers: readonly string[];
  body?: Buffer;
}

const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$/;
/** Settings by which providers tell versions of their scheme apart. */
const SCHEME_SETTINGS = ['scheme', 'version'];

/** The question. @throws InputError */
export function questionOf(
  provider: Provider,
  settings: JsonObject,
  secrets: readonly NamedSecret[],
  given: GivenRequest,
  nowMs: number,
): Question {
  const { saved } = given;
  const url = given.url ?? savedUrl(saved);
  if (url !== undefined && !URL.canParse(url)) throw new InputError(`--url is not a URL: ${url}`);
  const queryAt = url?.indexOf('?') ?? -1;
  const query = queryAt === -1 ? {} : fieldsObject(new URLSearchParams(url!.slice(queryAt)));
  const body = given.body ?? saved?.body ?? Buffer.alloc(0);
  const method = (given.method ?? saved?.method ?? 'POST').toUpperCase();
  // Whoever has the request has it from behind the proxy, so what the proxy says is believed here.
  const request = {
    method,
    headers: {},
    rawHeaders: [],
    query,
    url: url ?? URL_NOT_GIVEN,
    body,
    fromTrustedProxy: true,
  };
  const question = { provider, settings, secrets, request, urlGiven: url !== undefined, nowMs };
  return withHeaders(question, headersOf(given));
}

/** The URL of a saved request: its own, or what its `Host` says, which is a guess. */
function savedUrl(saved: RawRequest | undefined): string | undefined {
  if (saved === undefined) return undefined;
  if (/^https?:\/\//i.test(saved.target)) return saved.target;
  const host = saved.headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
  return host === undefined ? undefined : `https://${host}${saved.target}`;
}

/** Headers of the saved request, those that were given in the place of theirs. */
function headersOf({ saved, headers }: GivenRequest): [string, string][] {
  const given = headers.map((text): [string, string] => {
    const match = HEADER.exec(text);
    if (!match) throw new InputError(`--header ${JSON.stringify(text.split(':')[0])} is not \`Name: value\``);
    return [match[1]!, match[2]!];
  });
  const replaced = new Set(given.map(([name]) => name.toLowerCase()));
  return [...(saved?.headers ?? []).filter(([name]) => !replaced.has(name.toLowerCase())), ...given];
}

/** A provider of that name. @throws InputError with the nearest one. */
export function namedProvider(name: string, providers: readonly Provider[]): Provider {
  const found = providers.find((provider) => provider.name === name);
  if (found) return found;
  const names = providers.map((provider) => provider.name);
  const near = closestWord(name, names);
  throw new InputError(
    `There is no provider ${name}. ${near ? `Did you mean ${near}?` : `There are ${names.join(', ')}.`}`,
  );
}

/**
 * Settings of a provider from `key=value` texts, over those of a source. `scheme` pins the variant of a provider that has several.
 * @throws InputError when a setting is unknown, of another type, or does not fit the others.
 */
export function givenSettings(
  provider: Provider,
  base: JsonObject,
  texts: readonly string[],
  scheme: string | undefined,
): JsonObject {
  const settings: JsonObject = { ...base };
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new InputError(`--setting ${text} is not key=value`);
    const key = text.slice(0, at);
    settings[key] = settingValue(provider, key, text.slice(at + 1));
  }
  if (scheme !== undefined) settings[schemeSetting(provider)] = scheme;
  const check = compileSchema({ type: 'object', properties: provider.settings }, { fillDefaults: false });
  const [mismatch] = check(settings) ?? [];
  if (mismatch) throw new InputError(mismatchText(provider, mismatch));
  const problem = provider.settingsProblem?.(settings);
  if (problem !== undefined) throw new InputError(`These settings cannot work: ${problem}`);
  return settings;
}

function mismatchText(provider: Provider, mismatch: { path: string; message: string }): string {
  const name = mismatch.path.split('/')[1] ?? '';
  const allowed = (provider.settings[name] as JsonObject | undefined)?.['enum'];
  const values = Array.isArray(allowed) ? ` (${allowed.join(', ')})` : '';
  return `The setting ${name} of ${provider.name} ${mismatch.message}${values}`;
}

function settingValue(provider: Provider, key: string, text: string): Json {
  const schema = provider.settings[key] as JsonObject | undefined;
  if (schema === undefined) {
    const names = Object.keys(provider.settings);
    const near = closestWord(key, names);
    const instead = near ? `Did you mean ${near}?` : `It has ${names.join(', ')}.`;
    throw new InputError(`${provider.name} has no setting ${key}. ${instead}`);
  }
  if (schema['type'] === 'string' || schema['enum'] !== undefined) return text;
  try {
    return JSON.parse(text) as Json; // Numbers, booleans and lists.
  } catch {
    return text;
  }
}

function schemeSetting(provider: Provider): string {
  const name = SCHEME_SETTINGS.find((setting) => Object.hasOwn(provider.settings, setting));
  if (name !== undefined) return name;
  throw new InputError(`${provider.name} has one scheme only: leave --scheme out`);
}

/** Unix seconds (or, with 13 digits, milliseconds) as milliseconds. @throws InputError */
export function judgedAtMs(text: string): number {
  if (!/^\d{1,13}$/.test(text)) throw new InputError(`--at is Unix time in seconds (it is ${JSON.stringify(text)})`);
  return text.length > 11 ? Number(text) : Number(text) * 1000;
}
