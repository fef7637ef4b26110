// Reads and compiles the JSON Schemas that flow files bring along. A schema that cannot be used is reported, never thrown.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { JsonObject } from '../../workflows/definition.ts';
import type { FlowDocument } from './document.ts';
import type { LoadOptions } from './loading.ts';
import { isObject } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

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
