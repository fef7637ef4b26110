// Puts secrets into the listed places of a call's input, and nowhere else: a value that looks like a marker stays what it is.
// Never changes the call itself, which Temporal may hold on to.
import type { Json, JsonObject, SecretSlot } from '../workflows/definition.ts';
import { ConnectorError, invalidInput } from './connector-error.ts';

/** Looks a secret up and remembers that it was used, so that it can be scrubbed afterwards. */
export type TakeSecret = (name: string) => string;

/** A lookup that throws `secret_missing`, and the values it gave out. */
export function rememberSecrets(lookup: (name: string) => string | undefined): {
  take: TakeSecret;
  taken: Set<string>;
} {
  const taken = new Set<string>();
  const take: TakeSecret = (name) => {
    const value = lookup(name);
    if (value === undefined) {
      // Retryable: a worker that was started or given its secrets later may have it.
      throw new ConnectorError(
        'secret_missing',
        `the secret ${name} is not set; set HOOKLINE_SECRET_${name}, or write it to a file of that name in HOOKLINE_SECRETS_DIR`,
        { retryable: true },
      );
    }
    taken.add(value);
    return value;
  };
  return { take, taken };
}

/** A copy of `input` with every slot filled. Throws `secret_missing`, or `invalid_input` for a pointer that leads nowhere. */
export function fillSecrets(input: JsonObject, slots: SecretSlot[], take: TakeSecret): JsonObject {
  if (slots.length === 0) return input;
  const filled = structuredClone(input);
  for (const { pointer, parts } of slots) {
    const text = parts.map((part) => (typeof part === 'string' ? part : take(part.secret))).join('');
    place(filled, pointer, text);
  }
  return filled;
}

/** Sets the value at an RFC 6901 pointer. Only places that exist already are set: the run reserved them with null. */
function place(root: JsonObject, pointer: string, text: string): void {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  let holder: Json = root;
  for (const key of keys) holder = child(holder, key, pointer);
  if (last === undefined || child(holder, last, pointer) !== null) throw noPlace(pointer);
  (holder as JsonObject)[last] = text;
}

function child(holder: Json, key: string, pointer: string): Json {
  if (holder === null || typeof holder !== 'object' || !Object.hasOwn(holder, key)) throw noPlace(pointer);
  return (holder as JsonObject)[key] ?? null;
}

function noPlace(pointer: string): ConnectorError {
  return invalidInput(`with${pointer} has no place for a secret`);
}
