// What happens to headers on their way: renamed, repeated, joined, their prefix lost. Each form undoes one of these.
import { headerPairs, headersRead, withHeaders, type Form, type Question } from './question.ts';

/** What stands before signatures and credentials, and gets lost or put in. */
const PREFIXES = ['sha256=', 'sha1=', 'sha512=', 'v0=', 'v1=', 'v1,', 't=', 'Bearer ', 'Basic ', 'Token '];

interface ValueChange {
  what: string;
  fix: string;
  change(value: string): string | undefined;
}

const VALUE_CHANGES: readonly ValueChange[] = [
  {
    what: 'without quotes or brackets around it',
    fix: 'A log wrote the header with quotes around it: give it as it was sent.',
    change: (value) => /^[[("'\s]*(.*?)[\])"'\s]*$/.exec(value)?.[1],
  },
  {
    what: 'with its %-escapes decoded',
    fix: 'Something URL-encoded the header: give it as it was sent.',
    change: (value) => (value.includes('%') ? percentDecoded(value) : undefined),
  },
  {
    what: 'in the alphabet of plain base64 (+ and /)',
    fix: 'The signature is written as base64url where this scheme has base64. For `provider: hmac` set `encoding: base64url`.',
    change: (value) => (/[-_]/.test(value) ? value.replaceAll('-', '+').replaceAll('_', '/') : undefined),
  },
  {
    what: 'padded with `=`',
    fix: 'The signature lost the `=` at its end.',
    change: (value) => `${value}${'='.repeat((4 - (value.length % 4)) % 4)}`,
  },
  {
    what: 'with spaces as `+`',
    fix: 'Something URL-decoded the header: `+` became a space.',
    change: (value) => (value.includes(' ') ? value.replaceAll(' ', '+') : undefined),
  },
  {
    what: 'in lower case',
    fix: 'Something wrote the header in upper case: give it as it was sent.',
    change: (value) => value.toLowerCase(),
  },
  {
    what: 'without what stands before its first `=` or `,`',
    fix: 'The signature stands here behind a prefix that this scheme does not have. For `provider: hmac` set `prefix`.',
    change: (value) => /^[A-Za-z0-9]{1,12}[=,](.+)$/.exec(value)?.[1],
  },
  ...PREFIXES.map((prefix) => ({
    what: `with \`${prefix.trim()}\` before it`,
    fix: `The header came without \`${prefix.trim()}\`, which this scheme has before it: something cut it off, or it is another scheme.`,
    change: (value: string): string | undefined => (value.startsWith(prefix) ? undefined : prefix + value),
  })),
];

/** Forms of the headers that the provider reads, the likeliest first. */
export function* headerForms(question: Question): Generator<Form> {
  yield* renamedForms(question);
  const pairs = headerPairs(question.request);
  for (const name of headersRead(question)) {
    const values = pairs.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value);
    if (values.length === 0) continue;
    for (const value of new Set(values.length > 1 ? values : [])) {
      const which = `${values.indexOf(value) + 1} of ${values.length}`;
      yield valueForm(name, `only the value ${which} of header \`${name}\``, REPEATED, () => value);
    }
    const [value] = values;
    if (values.length > 1 || value === undefined) continue;
    for (const joined of joinedValues(value))
      yield valueForm(name, `only one of the values joined in header \`${name}\``, REPEATED, () => joined);
    for (const { what, fix, change } of VALUE_CHANGES)
      yield valueForm(name, `header \`${name}\` ${what}`, fix, () => change(value));
  }
}

const REPEATED =
  'The header was sent more than once with different values: find the proxy or middleware that adds the other one.';

/** A proxy joins repeats with a comma and a space. */
function joinedValues(value: string): string[] {
  const values = value.split(', ');
  return values.length > 1 ? [...new Set(values)] : [];
}

function valueForm(name: string, what: string, fix: string, change: () => string | undefined): Form {
  return {
    kind: 'header',
    what,
    fix,
    apply(question) {
      const changed = change();
      const pairs = headerPairs(question.request);
      const others = pairs.filter(([header]) => header.toLowerCase() !== name);
      const before = pairs.length - others.length === 1 ? question.request.headers[name] : undefined;
      return changed === undefined || changed === before
        ? undefined
        : withHeaders(question, [...others, [name, changed]]);
    },
  };
}

/** All headers under the names that they were sent by, where a gateway or a framework renamed them. */
function* renamedForms(question: Question): Generator<Form> {
  const pairs = headerPairs(question.request);
  for (const { what, fix, pattern } of RENAMINGS) {
    const renamed = pairs.map(([name, value]): [string, string] => [rename(name, pattern), value]);
    if (renamed.every(([name], index) => name === pairs[index]![0])) continue;
    yield { kind: 'header', what, fix, apply: (asked) => withHeaders(asked, renamed) };
  }
}

const RENAMINGS = [
  {
    pattern: /^(?:HTTP_(?=.))?([A-Za-z0-9]+(?:_[A-Za-z0-9]+)+)$/i,
    what: 'headers named with `-` instead of `_` (they are named as CGI, WSGI or Rack name them)',
    fix: 'Give the headers as they were sent: `HTTP_X_SIGNATURE` of an application server is `X-Signature`.',
  },
  {
    pattern: /^(?:x-amzn-remapped-|x-original-|x-forwarded-header-|x-orig-)(.+)$/i,
    what: 'headers without the prefix that a gateway put before their names',
    fix: 'A gateway renames headers: let it pass them on under their own names.',
  },
];

function rename(name: string, pattern: RegExp): string {
  return pattern.exec(name)?.[1]?.replaceAll('_', '-') ?? name;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
