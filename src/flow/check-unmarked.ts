// Warns of texts that read like expressions and are not marked with `${{ }}`, so that they would be sent as they stand.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import type { Field } from '../../workflows/steps/step.ts';
import { inspectExpression } from '../../workflows/expression/index.ts';
import type { FlowDocument } from './document.ts';
import { flowRoots } from './expression-sites.ts';
import { allSteps, isObject, type Block } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** A root with a field of it, which no sentence begins with. */
const beginning =
  /^(?:event\.(?:body|headers|query|id|type)|steps\.[a-z]\w*\.(?:output|error|status)|vars\.[a-z]|input\.[a-z]|config\.[A-Z]|secrets\.[A-Z])/;

/** `${event.body.id}`, `{event.body.id}` and `${ .id }`, as shells, JavaScript and Serverless Workflow mark what is to be filled in. */
const braced = /\$?\{\s*((?:event|steps|vars|input|config|secrets)\.[^{}]*?|\.[a-z][^{}]*?)\s*\}/i;

/** Checks the templates of a flow's steps and its output. */
export function checkUnmarked(document: FlowDocument, flow: JsonObject, blocks: Block[]): void {
  checkValue(document, flow['output'], ['output']);
  for (const step of allSteps(blocks)) checkFields(document, step.type?.fields ?? {}, step.raw, step.path);
}

function checkFields(document: FlowDocument, fields: Record<string, Field>, values: JsonObject, path: Path): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name];
    if (field.kind === 'template') checkValue(document, value, [...path, name]);
    if (field.kind === 'group' && isObject(value)) checkFields(document, field.fields ?? {}, value, [...path, name]);
  }
}

function checkValue(document: FlowDocument, value: Json | undefined, path: Path): void {
  if (typeof value === 'string') {
    const found = value.includes('{{') ? null : braced.exec(value);
    if (found !== null) {
      const inside = found[1]!.replace(/^\./, 'event.body.');
      const place = document.textPlace(path, found.index, found[0].length);
      const message = `\`${found[0]}\` is no expression here; it is kept as it is`;
      return document.report.add('expression_unmarked', place, message, `Write \`\${{ ${inside} }}\`.`);
    }
    if (!beginning.test(value) || !isExpression(value)) return;
    const message = `\`${value}\` reads like an expression; it is kept as it is`;
    document.report.add('expression_unmarked', document.valuePlace(path), message, `Write \`\${{ ${value} }}\`.`);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  for (const [key, child] of Object.entries(value))
    checkValue(document, child, [...path, Array.isArray(value) ? Number(key) : key]);
}

function isExpression(text: string): boolean {
  return inspectExpression(text, { roots: [...flowRoots, 'error', 'item', 'index', 'secrets'] }).problems.length === 0;
}
