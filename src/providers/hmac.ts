// `provider: hmac`: any sender that signs with a shared secret, declared in YAML.
import type { JsonObject } from '../../workflows/definition.ts';
import { fieldSettings } from './event-fields.ts';
import { refuse, SigningError, type Provider } from './provider.ts';
import { anySender } from './senders.ts';
import { hmacProof, type HmacScheme } from './signing/hmac.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSettings } from './signing/signed-time.ts';

const HEADER_DEFAULT = 'x-signature';
const headerName = { type: 'string', pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" };

const settings: JsonObject = {
  ...fieldSettings,
  header: { ...headerName, description: 'The header with the signature.', default: HEADER_DEFAULT },
  hash: { enum: ['sha1', 'sha256', 'sha384', 'sha512'], description: 'The hash function.', default: 'sha256' },
  encoding: { enum: ['hex', 'base64', 'base64url'], description: 'How the signature is written.', default: 'hex' },
  prefix: { type: 'string', description: 'What stands before the signature, such as `sha256=` or `v1=`.' },
  separator: { type: 'string', minLength: 1, description: 'Between several signatures, any of which may match.' },
  content: {
    type: 'string',
    pattern: '\\{body\\}',
    description: 'What is signed: text with `{id}`, `{timestamp}`, `{body}`, `{method}` and `{url}`.',
    default: '{body}',
  },
  id_header: { ...headerName, description: 'The header with `{id}`.' },
  timestamp_header: { ...headerName, description: 'The header with `{timestamp}`.' },
  timestamp_prefix: {
    type: 'string',
    minLength: 1,
    description: 'Where the time is an item of the signature header: what stands before it, such as `t=`.',
  },
  timestamp_unit: { enum: ['s', 'ms', 'rfc3339'], description: 'How the time is written.', default: 's' },
  ...toleranceSettings(),
  key: {
    enum: ['utf8', 'base64', 'hex', 'whsec'],
    description: 'What the secret is: the key itself, or its base64 or hex form; `whsec` is base64 after `whsec_`.',
    default: 'utf8',
  },
};

type DeclaredScheme = HmacScheme & { content: string };

export const hmac: Provider = {
  ...anySender,
  name: 'hmac',
  title: 'Any sender with an HMAC signature',
  summary: 'Any sender that signs with a shared secret: say in which header, with which hash, over what.',
  setup: [
    'Give `URL` to the sender, and store the secret it signs with as `SECRET`.',
    'Say how it signs, by its documentation: `header`, `hash`, `encoding`, `prefix`, and in `content` what is signed.',
    'Try it: `hookline verify --provider hmac` with a request that you received says what was computed and compared.',
  ],
  proves: 'the declared HMAC, over what `content` says',
  exampleSettings: { header: 'x-signature', prefix: 'sha256=' },
  settings,
  needsSecret: true,
  verifier(declared) {
    const scheme = schemeOf(declared);
    // A template that names what nothing provides would sign less than it says.
    if (declarationProblem(scheme) !== undefined) return () => refuse(401, 'settings_invalid');
    return hmacProof(scheme).verifier(declared);
  },
  signer(declared) {
    const scheme = schemeOf(declared);
    const problem = declarationProblem(scheme);
    if (problem === undefined) return hmacProof(scheme).signer(declared);
    return () => {
      throw new SigningError(problem);
    };
  },
  settingsProblem: (declared) => declarationProblem(schemeOf(declared)),
  credentials: (declared) => ({ headers: [schemeOf(declared).header], query: [] }),
};

function schemeOf(declared: JsonObject): DeclaredScheme {
  const text = (name: string): string | undefined =>
    typeof declared[name] === 'string' ? (declared[name] as string) : undefined;
  const timestampHeader = text('timestamp_header')?.toLowerCase();
  const timestampPrefix = text('timestamp_prefix');
  const hasTime = timestampHeader !== undefined || timestampPrefix !== undefined;
  return {
    header: (text('header') ?? HEADER_DEFAULT).toLowerCase(),
    hash: (text('hash') ?? 'sha256') as HmacScheme['hash'],
    encoding: (text('encoding') ?? 'hex') as HmacScheme['encoding'],
    prefix: text('prefix'),
    separator: text('separator'),
    content: text('content') ?? '{body}',
    idHeader: text('id_header')?.toLowerCase(),
    key: (text('key') ?? 'utf8') as HmacScheme['key'],
    timestamp: hasTime
      ? {
          header: timestampHeader,
          prefix: timestampPrefix,
          unit: (text('timestamp_unit') ?? 's') as 's' | 'ms' | 'rfc3339',
          toleranceMs: TOLERANCE_DEFAULT_MS,
        }
      : undefined,
  };
}

function declarationProblem(scheme: DeclaredScheme): string | undefined {
  const { content, idHeader, timestamp } = scheme;
  if (!content.includes('{body}')) return '`content` must hold `{body}`: else the body could be anything';
  if (content.includes('{id}') && idHeader === undefined)
    return '`content` holds `{id}`: say its header with `id_header`';
  const signsTime = content.includes('{timestamp}');
  if (signsTime && timestamp === undefined) {
    return '`content` holds `{timestamp}`: say where it is with `timestamp_header` or `timestamp_prefix`';
  }
  if (timestamp !== undefined && !signsTime) return 'the time is not signed: add `{timestamp}` to `content`';
  return undefined;
}
