// Checks a document against the flow schema. The schema is compiled once a process, when it is first needed.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FlowDocument } from './document.ts';
import { flowJsonSchema } from './schema.ts';
import { reportSchemaErrors } from './schema-problems.ts';

let compiled: ValidateFunction | undefined;

/** Adds everything that the schema rejects to the document's report, but at the JSON pointers that are skipped. */
export function checkAgainstSchema(
  document: FlowDocument,
  isSkipped: (pointer: string) => boolean = () => false,
): void {
  compiled ??= flowSchemaCompiler().compile(flowJsonSchema());
  if (!compiled(document.value))
    reportSchemaErrors(
      document,
      (compiled.errors ?? []).filter((error) => !isSkipped(error.instancePath)),
    );
}

/** ajv as the flow schema needs it: all errors, with their schemas, and no keyword unknown. */
export function flowSchemaCompiler(): Ajv2020 {
  return new Ajv2020({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    strictTypes: true,
    strictTuples: true,
    validateFormats: false,
  });
}
