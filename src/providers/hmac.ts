// `provider: hmac`: any sender that signs with a shared secret, declared in YAML.
import type { JsonObject } from '../../workflows/definition.ts';
import { declaredFields, layoutOf, layoutSettings, settingText, type DeclaredLayout } from './declared-layout.ts';
import { fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { anySender } from './senders.ts';
import { hmacProof, type HmacScheme } from './signing/hmac.ts';

const { header, ...otherLayout } = layoutSettings;

const settings: JsonObject = {
  ...fieldSettings,
  header,
  hash: { enum: ['sha1', 'sha256', 'sha384', 'sha512'], description: 'The hash function.', default: 'sha256' },
  encoding: { enum: ['hex', 'base64', 'base64url'], description: 'How the signature is written.', default: 'hex' },
  ...otherLayout,
  key: {
    enum: ['utf8', 'base64', 'hex', 'whsec'],
    description: 'What the secret is: the key itself, or its base64 or hex form; `whsec` is base64 after `whsec_`.',
    default: 'utf8',
  },
};

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
  ...declaredFields(schemeOf, hmacProof),
};

function schemeOf(declared: JsonObject): HmacScheme & DeclaredLayout {
  return {
    ...layoutOf(declared),
    hash: (settingText(declared, 'hash') ?? 'sha256') as HmacScheme['hash'],
    encoding: (settingText(declared, 'encoding') ?? 'hex') as HmacScheme['encoding'],
    key: (settingText(declared, 'key') ?? 'utf8') as HmacScheme['key'],
  };
}
