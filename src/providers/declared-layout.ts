// Signatures that an author declares in YAML: where they stand and over what. Shared by the generic providers; it knows no key.
import type { JsonObject } from '../../workflows/definition.ts';
import { refuse, SigningError, type Proof, type Provider } from './provider.ts';
import { REPLAY_WINDOW_MS } from './senders.ts';
import type { SignatureLayout } from './signing/signed-request.ts';
import { TOLERANCE_DEFAULT_MS, toleranceSettings } from './signing/signed-time.ts';

/** Where a generic signature stands unless it is declared. */
export const SIGNATURE_HEADER_DEFAULT = 'x-signature';

const headerName = { type: 'string', pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" };

/** JSON Schema properties of a declared layout. */
export const layoutSettings = {
  header: { ...headerName, description: 'The header with the signature.', default: SIGNATURE_HEADER_DEFAULT },
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
} satisfies JsonObject;

/** A layout whose content is a template. */
export type DeclaredLayout = SignatureLayout & { content: string };

/** The layout that the settings declare; they follow the schema already. */
export function layoutOf(declared: JsonObject): DeclaredLayout {
  const timestampHeader = settingText(declared, 'timestamp_header')?.toLowerCase();
  const timestampPrefix = settingText(declared, 'timestamp_prefix');
  const hasTime = timestampHeader !== undefined || timestampPrefix !== undefined;
  return {
    header: (settingText(declared, 'header') ?? SIGNATURE_HEADER_DEFAULT).toLowerCase(),
    prefix: settingText(declared, 'prefix'),
    separator: settingText(declared, 'separator'),
    content: settingText(declared, 'content') ?? '{body}',
    idHeader: settingText(declared, 'id_header')?.toLowerCase(),
    timestamp: hasTime
      ? {
          header: timestampHeader,
          prefix: timestampPrefix,
          unit: (settingText(declared, 'timestamp_unit') ?? 's') as 's' | 'ms' | 'rfc3339',
          toleranceMs: TOLERANCE_DEFAULT_MS,
        }
      : undefined,
  };
}

/** Fields of a provider whose scheme the author declares. `schemeOf` reads it, `proofOf` makes both sides of it. */
export function declaredFields<Scheme extends DeclaredLayout>(
  schemeOf: (declared: JsonObject) => Scheme,
  proofOf: (scheme: Scheme) => Proof,
) {
  return {
    verifier(declared) {
      const scheme = schemeOf(declared);
      // A template that names what nothing provides would sign less than it says.
      if (layoutProblem(scheme) !== undefined) return () => refuse(401, 'settings_invalid');
      return proofOf(scheme).verifier(declared);
    },
    signer(declared) {
      const scheme = schemeOf(declared);
      const problem = layoutProblem(scheme);
      if (problem === undefined) return proofOf(scheme).signer(declared);
      return () => {
        throw new SigningError(problem);
      };
    },
    replayWindowMs,
    settingsProblem: (declared) => layoutProblem(schemeOf(declared)),
    credentials: (declared) => ({ headers: [schemeOf(declared).header], query: [] }),
  } satisfies Partial<Provider>;
}

/** What a layout signs less of than it says, for the author; undefined when it is sound. */
function layoutProblem({ content, idHeader, timestamp }: DeclaredLayout): string | undefined {
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

/** A text among the settings. */
export function settingText(declared: JsonObject, name: string): string | undefined {
  const value = declared[name];
  return typeof value === 'string' ? value : undefined;
}

/** How long the same bytes are a repeat: not at all where the sender signs a time or an id (the latter in `content` or in the body). */
function replayWindowMs(declared: JsonObject): number {
  const { content } = layoutOf(declared);
  const signsId = content.includes('{id}') || settingText(declared, 'delivery_id')?.startsWith('body:');
  return signsId || content.includes('{timestamp}') ? 0 : REPLAY_WINDOW_MS;
}
