// `provider: ed25519`: any sender that signs with an Ed25519 key of its own, declared in YAML like `hmac`.
import type { JsonObject } from '../../workflows/definition.ts';
import { declaredFields, layoutOf, layoutSettings, settingText, type DeclaredLayout } from './declared-layout.ts';
import { fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { anySender } from './senders.ts';
import { publicKeyProof, type PublicKeyScheme } from './signing/public-key.ts';

const { header, ...otherLayout } = layoutSettings;

const settings: JsonObject = {
  ...fieldSettings,
  header,
  encoding: { enum: ['hex', 'base64', 'base64url'], description: 'How the signature is written.', default: 'hex' },
  ...otherLayout,
  key: {
    enum: ['hex', 'base64', 'spki'],
    description:
      'What the secret is: the 32 bytes of the public key in hex or base64, or `spki`, the base64 of its DER form. PEM is always read.',
    default: 'hex',
  },
  key_prefix: { type: 'string', description: 'What stands before the public key in the secret, such as `whpk_`.' },
};

export const ed25519: Provider = {
  ...anySender,
  name: 'ed25519',
  title: 'Any sender with an Ed25519 signature',
  summary:
    'Any sender that signs with an Ed25519 key: say in which header, over what, and how its public key is written.',
  reference: 'https://www.rfc-editor.org/rfc/rfc8032',
  setup: [
    'Give `URL` to the sender, and store the *public* key it signs with as `SECRET`.',
    'Say how it signs, by its documentation: `header`, `encoding`, `prefix`, in `content` what is signed, and in `key` how the key is written.',
    'Try it: make a key pair (`openssl genpkey -algorithm ed25519`), and let `hookline send` sign with the private key.',
  ],
  proves: 'the declared Ed25519 signature, over what `content` says',
  exampleSettings: {
    header: 'x-signature-ed25519',
    timestamp_header: 'x-signature-timestamp',
    content: '{timestamp}{body}',
  },
  settings,
  needsSecret: true,
  ...declaredFields(schemeOf, publicKeyProof),
};

function schemeOf(declared: JsonObject): PublicKeyScheme & DeclaredLayout {
  return {
    ...layoutOf(declared),
    algorithm: 'ed25519',
    encoding: (settingText(declared, 'encoding') ?? 'hex') as PublicKeyScheme['encoding'],
    keyForm: (settingText(declared, 'key') ?? 'hex') as PublicKeyScheme['keyForm'],
    keyPrefix: settingText(declared, 'key_prefix'),
  };
}
