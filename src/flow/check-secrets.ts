// Checks names of secrets: that they are names and not values, and that something is stored under them. It never shows a value.
import type { Json } from '../../workflows/definition.ts';
import type { FlowDocument } from './document.ts';
import type { LoadOptions } from './loading.ts';
import { textsOf } from './normalise-source.ts';
import type { ProblemCode } from './problem-codes.ts';
import type { Place } from './report.ts';
import type { Path } from './yaml-node.ts';

/** Names in the secret store: they become HOOKLINE_SECRET_NAME or a file's name. */
const secretNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** What is known of the secrets of a field besides their names. */
export interface SecretField {
  /** The third party tells the secret with its first request, so that it cannot be set before. */
  isTold?: boolean;
  /** A retired source uses no secret any more; none has to be set. */
  isUnused?: boolean;
}

/** Checks the names at a field that holds one or several of them, any of which may be used. */
export function checkSecretNames(
  document: FlowDocument,
  value: Json | undefined,
  path: Path,
  options: LoadOptions,
  field: SecretField = {},
): void {
  const names = textsOf(value);
  const isAnySet = options.hasSecret !== undefined && names.some(options.hasSecret);
  const missing = field.isTold === true ? 'secret_awaited' : 'secret_missing';
  for (const [index, name] of names.entries()) {
    const place = document.valuePlace(Array.isArray(value) ? [...path, index] : path);
    if (!checkSecretName(document, name, place, String(path[path.length - 1])) || field.isUnused === true) continue;
    checkSecretSet(document, name, place, options, isAnySet ? 'secret_missing_of_several' : missing);
  }
}

/** True when it is a name. `field` is what holds it. */
function checkSecretName(document: FlowDocument, name: string, place: Place, field: string): boolean {
  const marker = /^\$\{\{\s*secrets\.(\w+)\s*\}\}$/.exec(name);
  if (marker !== null) {
    const hint = `Write \`${field}: ${marker[1]}\`.`;
    document.report.add('secret_name', place, `\`${field}\` takes the bare name of a secret`, hint);
    return false;
  }
  if (secretNamePattern.test(name)) return true;
  const hint = `Store it as HOOKLINE_SECRET_NAME and write \`${field}: NAME\`.`;
  document.report.addHidden('secret_name', place, `\`${field}\` takes the name of a secret, not its value`, hint);
  return false;
}

/** Reports a secret that is not set, where it is known which are. Of a rotation's secrets one that is set is enough. */
export function checkSecretSet(
  document: FlowDocument,
  name: string,
  place: Place,
  options: LoadOptions,
  code: ProblemCode & `secret_${string}` = 'secret_missing',
): void {
  if (options.hasSecret === undefined || options.hasSecret(name)) return;
  if (code === 'secret_awaited') {
    const hint = `Register the URL there; \`hookline sources\` then shows the secret. Set it as HOOKLINE_SECRET_${name}.`;
    const message = `the secret \`${name}\` is not set: the third party tells it with its first request`;
    return document.report.add(code, place, message, hint);
  }
  document.report.add(
    code,
    place,
    `the secret \`${name}\` is not set`,
    `Set HOOKLINE_SECRET_${name}, or put a file \`${name}\` into HOOKLINE_SECRETS_DIR.`,
  );
}
