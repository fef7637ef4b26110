// The secret store: values by name, from the environment or a folder of files. Values never leave through logs or errors.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Looks up a secret. Returns undefined when it is not set. */
export type SecretLookup = (name: string) => string | undefined;

/** A secret's file is read again after this time, so that a rotated value is taken without a restart. */
const FILE_CACHE_MS = 5_000;
/** A name never touches the file system unless it looks like one. */
const NAME = /^[A-Za-z0-9_]{1,128}$/;
const DEVELOPMENT_SECRET_BYTES = 24;

/** Secrets of the environment first, then files of `directory` (one trailing newline is dropped). */
export function createSecretLookup(
  fromEnvironment: Record<string, string>,
  directory: string | undefined,
): SecretLookup {
  const files = new Map<string, { value: string | undefined; readAt: number }>();
  return (name) => {
    if (!NAME.test(name)) return undefined;
    const value = fromEnvironment[name];
    if (value !== undefined && value !== '') return value;
    if (directory === undefined) return undefined;
    const cached = files.get(name);
    if (cached && Date.now() - cached.readAt < FILE_CACHE_MS) return cached.value;
    const read = readSecretFile(join(directory, name));
    files.set(name, { value: read, readAt: Date.now() });
    return read;
  };
}

function readSecretFile(path: string): string | undefined {
  try {
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return value === '' ? undefined : value;
  } catch {
    return undefined; // Absent or unreadable is the same to a caller: not set, so the request or call fails closed.
  }
}

/**
 * For `hookline dev`: a missing secret gets a generated value, kept in `file` (mode 0600) so that signed examples keep
 * working over restarts. `onGenerate` is told the name, never the value.
 */
export function withDevelopmentSecrets(
  lookup: SecretLookup,
  file: string,
  onGenerate: (name: string) => void,
): SecretLookup {
  const generated = readGenerated(file);
  return (name) => {
    const value = lookup(name);
    if (value !== undefined || !NAME.test(name)) return value;
    const known = generated.get(name);
    if (known !== undefined) return known;
    const fresh = developmentSecret();
    generated.set(name, fresh);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(Object.fromEntries(generated), null, 2), { mode: 0o600 });
    onGenerate(name);
    return fresh;
  };
}

/** `whsec_` and base64, so that it also fits Standard Webhooks; hex digits only, so that it needs no quoting anywhere. */
function developmentSecret(): string {
  return `whsec_${randomBytes(DEVELOPMENT_SECRET_BYTES).toString('hex')}`;
}

function readGenerated(file: string): Map<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>));
  } catch {
    return new Map(); // First start, or an unreadable file: new values are generated and written.
  }
}
