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

/** The words that say something of a value (JSON Schema 2020-12, and `definitions` of older drafts). */
const keywords = new Set(
  (
    '$schema $id $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment $defs definitions title description default ' +
    'deprecated readOnly writeOnly examples type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum ' +
    'maxLength minLength pattern format contentEncoding contentMediaType contentSchema maxItems minItems uniqueItems ' +
    'maxContains minContains maxProperties minProperties required dependentRequired properties patternProperties ' +
    'additionalProperties propertyNames dependentSchemas items prefixItems contains unevaluatedItems ' +
    'unevaluatedProperties allOf anyOf oneOf not if then else dependencies'
  ).split(' '),
);

function isKeyword(word: string): boolean {
  return keywords.has(word);
}

/** Made once: compiling the meta-schema takes longer than all schemas of a folder. */
let schemaCompiler: Ajv2020 | undefined;

/** Reports a JSON Schema that cannot be compiled, or that is none: a map of fields takes everything. */
export function checkSchema(document: FlowDocument, schema: JsonObject, path: Path): boolean {
  const [field] = Object.keys(schema);
  if (field !== undefined && !Object.keys(schema).some(isKeyword)) {
    document.report.add(
      'schema_invalid',
      document.valuePlace(path),
      `\`${field}\` is no word of JSON Schema, so this would take every value`,
      `Describe fields below \`properties\`: \`{ type: object, properties: { ${field}: { type: string } } }\`.`,
    );
    return false;
  }
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
