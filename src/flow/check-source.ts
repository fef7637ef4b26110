// Checks how a source proves who sends, and its schema. Without proof and without an explicit `auth: none` nothing loads.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { findProvider, providers } from '../providers/index.ts';
import type { FlowDocument } from './document.ts';
import type { LoadOptions } from './loading.ts';
import { textsOf } from './normalise-source.ts';
import { didYouMean } from './schema-words.ts';
import { isObject } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** Names in the secret store: they become HOOKLINE_SECRET_NAME or a file's name. */
const secretNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Reports what is wrong with `provider`, `auth` and `secret` of a source or a `webhook` trigger. */
export function checkAuth(
  document: FlowDocument,
  raw: JsonObject,
  path: Path,
  nameKey: string,
  options: LoadOptions,
): void {
  const { report } = document;
  const { provider: name, auth } = raw;
  const at = (key: string) => document.valuePlace([...path, key]);
  if (name === undefined && auth === undefined) {
    const hint =
      'Name a provider (`provider: github`, or `hmac`, `bearer`, … for others), or say `auth: none` to accept requests from anybody.';
    return report.add('unverified_source', at(nameKey), 'nothing says how to prove who sends to this URL', hint);
  }
  if (name !== undefined && auth !== undefined) {
    return report.add(
      'wrong_value',
      document.keyPlace([...path, 'auth']),
      '`auth: none` and `provider` exclude one another',
      'Keep `provider` to verify requests.',
    );
  }
  if (auth !== undefined) {
    if (raw['secret'] !== undefined)
      report.add(
        'wrong_value',
        document.keyPlace([...path, 'secret']),
        'with `auth: none` no secret is used',
        'Name a `provider`, or leave the secret out.',
      );
    return;
  }
  if (typeof name !== 'string') return;
  const provider = findProvider(name);
  if (provider === undefined || name === 'none') {
    const known = providers.map((each) => each.name).filter((each) => each !== 'none');
    const hint = name === 'none' ? 'Write `auth: none`.' : didYouMean(name, known);
    return report.add('unknown_provider', at('provider'), `there is no provider \`${name}\``, hint);
  }
  const problem = provider.settingsProblem?.(raw);
  if (problem !== undefined) report.add('wrong_value', at('provider'), problem);
  if (provider.needsSecret && raw['secret'] === undefined) {
    return report.add(
      'secret_required',
      at('provider'),
      `\`provider: ${name}\` needs a secret to verify with`,
      'Add `secret: NAME`, the name under which it is stored.',
    );
  }
  checkSecretNames(document, raw['secret'], [...path, 'secret'], options);
}

function checkSecretNames(document: FlowDocument, value: Json | undefined, path: Path, options: LoadOptions): void {
  const names = textsOf(value);
  const isAnySet = options.hasSecret !== undefined && names.some(options.hasSecret);
  for (const [index, name] of names.entries()) {
    const own = Array.isArray(value) ? [...path, index] : path;
    const marker = /^\$\{\{\s*secrets\.(\w+)\s*\}\}$/.exec(name);
    if (marker !== null) {
      document.report.add(
        'secret_name',
        document.valuePlace(own),
        '`secret` takes the bare name of a secret',
        `Write \`secret: ${marker[1]}\`.`,
      );
    } else if (!secretNamePattern.test(name)) {
      document.report.addHidden(
        'secret_name',
        document.valuePlace(own),
        '`secret` takes the name of a secret, not its value',
        'Store it as HOOKLINE_SECRET_NAME and write `secret: NAME`.',
      );
    } else {
      checkSecretSet(
        document,
        name,
        document.valuePlace(own),
        options,
        isAnySet ? 'secret_missing_of_several' : 'secret_missing',
      );
    }
  }
}

/** Reports a secret that is not set, where it is known which are. Of a rotation's secrets one that is set is enough. */
export function checkSecretSet(
  document: FlowDocument,
  name: string,
  place: { offset: number; length: number },
  options: LoadOptions,
  code: 'secret_missing' | 'secret_missing_of_several' = 'secret_missing',
): void {
  if (options.hasSecret === undefined || options.hasSecret(name)) return;
  document.report.add(
    code,
    place,
    `the secret \`${name}\` is not set`,
    `Set HOOKLINE_SECRET_${name}, or put a file \`${name}\` into HOOKLINE_SECRETS_DIR.`,
  );
}

/** The body's schema of a source, read when it is a path; undefined without one, or when it is broken. */
export function readBodySchema(
  document: FlowDocument,
  raw: JsonObject,
  path: Path,
  options: LoadOptions,
): JsonObject | undefined {
  const declared = raw['schema'];
  const own = [...path, 'schema'];
  if (typeof declared !== 'string')
    return isObject(declared) && checkSchema(document, declared, own) ? declared : undefined;
  let schema: unknown;
  try {
    schema = options.readSchema(declared, document.file.path);
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? `is not JSON: ${error.message}` : `cannot be read: ${reasonOf(error)}`;
    document.report.add(
      'schema_unreadable',
      document.valuePlace(own),
      `the schema \`${declared}\` ${reason}`,
      'The path is relative to the flow file.',
    );
    return undefined;
  }
  if (!isObject(schema)) {
    document.report.add('schema_invalid', document.valuePlace(own), `the schema \`${declared}\` is not a map`);
    return undefined;
  }
  return checkSchema(document, schema, own) ? schema : undefined;
}

/** Made once: compiling the meta-schema takes longer than all schemas of a folder. */
let schemaCompiler: Ajv2020 | undefined;

/** Reports a JSON Schema that cannot be compiled. */
export function checkSchema(document: FlowDocument, schema: JsonObject, path: Path): boolean {
  schemaCompiler ??= addFormatsModule.default(new Ajv2020({ strict: false, allErrors: false, logger: false }));
  try {
    schemaCompiler.compile(schema);
    return true;
  } catch (error) {
    document.report.add(
      'schema_invalid',
      document.valuePlace(path),
      `this is not a valid JSON Schema: ${reasonOf(error)}`,
    );
    return false;
  } finally {
    // Schemas of different flows may have the same `$id`, and one that is not loaded any more must not stay.
    schemaCompiler.removeSchema(schema);
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  return error instanceof Error ? error.message : String(error);
}
