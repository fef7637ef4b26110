// What happens to secrets between a provider's console and a setting: quoted, encoded, pasted with more. Each form undoes one.
// No description ever holds the secret.
import { isUtf8 } from 'node:buffer';
import type { Form } from './question.ts';

interface SecretChange {
  what: string;
  fix: string;
  /** The other text; undefined or the same where the change does not apply. */
  change(secret: string): string | undefined;
}

const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

const CHANGES: readonly SecretChange[] = [
  {
    what: 'without the white space around it',
    fix: 'Store the secret without a space or newline around it (`printf %s` instead of `echo`).',
    change: (secret) => secret.trim(),
  },
  {
    what: 'without the quotes around it',
    fix: 'Store the secret without quotes: in some `.env` files and in YAML blocks they become part of it.',
    change: (secret) => /^\s*(["'`])([\s\S]*)\1\s*$/.exec(secret)?.[2],
  },
  {
    what: 'without what stands before the `=`',
    fix: 'Only the value is the secret: `NAME=value` was stored whole.',
    change: (secret) => /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*=(?=.)["']?([\s\S]*?)["']?\s*$/.exec(secret)?.[1],
  },
  {
    what: 'without `whsec_` before it',
    fix: 'This provider signs with what stands after `whsec_`: store only that.',
    change: (secret) => (secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : undefined),
  },
  {
    what: 'with `whsec_` before it',
    fix: 'The prefix is part of the secret here: store all of it, `whsec_` included.',
    change: (secret) => (secret.startsWith('whsec_') ? undefined : `whsec_${secret}`),
  },
  {
    what: 'without `Bearer `, `Basic ` or `Token ` before it',
    fix: "Only what follows the scheme's name is the secret.",
    change: (secret) => /^(?:bearer|basic|token)\s+(.+)$/i.exec(secret)?.[1],
  },
  {
    what: 'decoded from base64',
    fix: "Base64 was added when it was stored (as Kubernetes' secrets do): store the decoded text.",
    change: (secret) => (BASE64.test(secret) ? textOf(Buffer.from(secret, 'base64')) : undefined),
  },
  {
    what: 'decoded from base64, without the newline in it',
    fix: 'It was stored with `echo … | base64`, which takes the newline along: use `printf %s … | base64`, and store the decoded text.',
    change: (secret) => (BASE64.test(secret) ? textOf(Buffer.from(secret, 'base64'))?.trim() : undefined),
  },
  {
    what: 'decoded from hex',
    fix: 'What is stored is the hex form of the secret: store the decoded text.',
    change: (secret) => (HEX.test(secret) ? textOf(Buffer.from(secret, 'hex')) : undefined),
  },
  {
    what: 'read as hex and written as base64',
    fix: "The provider's form of this secret is base64: store that.",
    change: (secret) => (HEX.test(secret) ? Buffer.from(secret, 'hex').toString('base64') : undefined),
  },
  {
    what: 'encoded as base64',
    fix: 'The sender signs with the text itself, where this scheme has base64: store the base64 form of the text.',
    change: (secret) => Buffer.from(secret).toString('base64'),
  },
  {
    what: 'with `whsec_` before it, encoded as base64 after it',
    fix: 'The sender signs with all of the text, `whsec_` included, where this scheme has base64: store the base64 form of it.',
    change: (secret) => Buffer.from(secret.startsWith('whsec_') ? secret : `whsec_${secret}`).toString('base64'),
  },
  {
    what: 'encoded as hex',
    fix: 'The sender signs with the hex form of this secret: store that.',
    change: (secret) => Buffer.from(secret).toString('hex'),
  },
  {
    what: 'with its %-escapes decoded',
    fix: 'It was copied out of a URL: store the decoded text.',
    change: (secret) => percentDecoded(secret),
  },
  {
    what: 'with its `\\n` read as newlines',
    fix: 'The setting holds `\\n` as two characters: put the real line breaks in (a key file, `HOOKLINE_SECRETS_DIR`).',
    change: (secret) => secret.replaceAll('\\n', '\n'),
  },
  {
    what: 'in lower case',
    fix: 'Store the secret in lower case, as the sender has it.',
    change: (secret) => secret.toLowerCase(),
  },
  {
    what: 'in upper case',
    fix: 'Store the secret in upper case, as the sender has it.',
    change: (secret) => secret.toUpperCase(),
  },
  {
    what: 'with a newline at its end',
    fix: 'The sender was given the secret with a newline at its end: give it the secret without.',
    change: (secret) => `${secret}\n`,
  },
];

/** Forms of the secrets, the likeliest first; each changes all of them. */
export const secretForms: readonly Form[] = CHANGES.map(({ what, fix, change }) => ({
  kind: 'secret',
  what: `the secret ${what}`,
  fix,
  apply(question) {
    const changed = question.secrets.flatMap(({ name, value }) => {
      const other = change(value);
      return other === undefined || other === '' || other === value ? [] : [{ name, value: other }];
    });
    return changed.length === 0 ? undefined : { ...question, secrets: changed };
  },
}));

function textOf(bytes: Buffer): string | undefined {
  return bytes.length > 0 && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
