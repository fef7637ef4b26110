// Turns ajv's errors into problems in the author's words. It knows JSON Schema keywords and nothing about flows.
import type { ErrorObject } from 'ajv';
import { closestWord } from '../../workflows/expression/closest-word.ts';
import type { FlowDocument } from './document.ts';
import { fieldHintElsewhere } from './field-words.ts';
import { durationSchema, idSchema, nameSchema, orTemplate } from './schema-terms.ts';
import { didYouMean, isPhrase, mustBe, nameOf, schemaOf, textOf, typeHint, typeOf, typeWords } from './schema-words.ts';
import { isObject } from './step-tree.ts';
import { valueHint } from './value-hints.ts';
import type { Path } from './yaml-node.ts';

/** What only durations have, as JSON. */
const durationPattern = JSON.stringify(durationSchema['pattern']);

/** Adds ajv's errors (made with `verbose` and `allErrors`) about one document to its report. */
export function reportSchemaErrors(document: FlowDocument, errors: ErrorObject[]): void {
  for (const error of withoutEchoes(errors)) reportOne(document, error);
}

/** Wrappers repeat what their branches say; of a real choice only the choice itself is worth reporting. */
function withoutEchoes(errors: ErrorObject[]): ErrorObject[] {
  const choices = errors.filter((error) => isChoice(error) && schemaOf(error)['$comment'] !== orTemplate);
  const isBranch = (error: ErrorObject) =>
    choices.some(
      (choice) =>
        error !== choice &&
        (error.schemaPath.startsWith(`${choice.schemaPath}/`) ||
          (error.instancePath === choice.instancePath &&
            error.schemaPath.startsWith('#/$defs/') &&
            choice.schemaPath.includes('properties'))),
    );
  const dropped = new Set(['if', 'propertyNames']);
  return errors.filter(
    (error) =>
      !dropped.has(error.keyword) &&
      !error.schemaPath.startsWith('#/$defs/template/') &&
      !(isChoice(error) && schemaOf(error)['$comment'] === orTemplate) &&
      !isBranch(error),
  );
}

function isChoice(error: ErrorObject): boolean {
  return error.keyword === 'anyOf' || error.keyword === 'oneOf';
}

function reportOne(document: FlowDocument, error: ErrorObject): void {
  const path = pathOf(error.instancePath);
  const { report } = document;
  const schema = schemaOf(error);
  if (error.propertyName !== undefined) {
    const place = document.keyPlace([...path, error.propertyName]);
    return report.add('wrong_value', place, `the name \`${error.propertyName}\` ${mustBe(error)}`);
  }
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const key = String(error.params['additionalProperty'] ?? error.params['unevaluatedProperty']);
    const known = Object.keys((schema['properties'] ?? {}) as object);
    const place = document.keyPlace([...path, key]);
    const title = titleOf(schema, path);
    const hint = fieldHintElsewhere(title, key) ?? didYouMean(key, known);
    return report.add('unknown_field', place, `\`${key}\` is not a field of ${title}`, hint);
  }
  if (error.keyword === 'required' || error.keyword === 'dependentRequired') {
    const key = String(error.params['missingProperty']);
    return report.add(
      'missing_field',
      ownerPlace(document, path),
      `${titleOf(schema, path)} needs \`${key}\``,
      fieldHint(schema, key),
    );
  }
  if (isChoice(error)) return reportChoice(document, path, error);
  if (error.keyword === 'false schema') {
    return report.add(
      'wrong_value',
      document.keyPlace(path),
      `${nameOf(path)} cannot stand beside the other fields here`,
      'Keep one of them.',
    );
  }
  if (error.keyword === 'type') return reportType(document, path, error);
  const hint = enumHint(error) ?? nameHint(error) ?? ownHint(document, path, error);
  report.add('wrong_value', document.valuePlace(path), `${nameOf(path)} ${mustBe(error)}`, hint);
}

function reportType(document: FlowDocument, path: Path, error: ErrorObject): void {
  const wanted = [schemaOf(error)['type']].flat().map((type) => typeWords[String(type)] ?? String(type));
  const place = document.valuePlace(path);
  const value: unknown = error.data;
  if (value === null) {
    const hint = `It must be ${wanted.join(' or ')}; if lines below belong to it, indent them by two more spaces.`;
    return document.report.add('wrong_type', place, `${nameOf(path)} is empty`, hint);
  }
  const description = textOf(schemaOf(error)['description']);
  const must = isPhrase(description) ? description : wanted.join(' or ');
  document.report.add(
    'wrong_type',
    place,
    `${nameOf(path)} must be ${must}, not ${typeOf(value)}`,
    ownHint(document, path, error) ??
      typeHint(wanted, value, description) ??
      formHint(wanted, value) ??
      (isPhrase(description) ? undefined : description),
  );
}

/** What to do about a map where a list belongs. */
function formHint(wanted: string[], value: unknown): string | undefined {
  if (!wanted.includes(typeWords['array'] ?? '') || typeof value !== 'object' || value === null) return undefined;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === 'steps') return 'Write the list itself, without `steps:` around it.';
  const [first, inner] = Object.entries(value)[0] ?? ['…'];
  const isNamed = inner !== null && typeof inner === 'object' && !Array.isArray(inner);
  // Steps by name are what other tools have; here the name is a field.
  if (isNamed && /^[a-z]\w*$/.test(first))
    return `Each entry of a list begins with a dash: \`- id: ${first}\`, then its fields.`;
  return `Each entry of a list begins with a dash: \`- ${first}: …\`.`;
}

function reportChoice(document: FlowDocument, path: Path, error: ErrorObject): void {
  const branches = (schemaOf(error)[error.keyword] ?? []) as { required?: string[]; type?: string }[];
  const keys = branches.flatMap((branch) => (branch.required?.length === 1 ? branch.required : []));
  const title = titleOf(schemaOf(error), path);
  if (keys.length === branches.length) {
    const list = keys.map((key) => `\`${key}\``).join(' or ');
    const both = error.keyword === 'oneOf' && Array.isArray(error.params['passingSchemas']);
    const message = both ? `${title} takes only one of ${list}` : `${title} needs ${list}`;
    return document.report.add(both ? 'wrong_value' : 'missing_field', ownerPlace(document, path), message);
  }
  const description = textOf(schemaOf(error)['description']);
  const types = branches.flatMap((branch) =>
    branch.type === undefined ? [] : [typeWords[branch.type] ?? branch.type],
  );
  const forms = isPhrase(description)
    ? description
    : types.length === branches.length
      ? [...new Set(types)].join(' or ')
      : 'one of the forms it can have';
  document.report.add(
    'wrong_type',
    document.valuePlace(path),
    `${nameOf(path)} must be ${forms}`,
    ownHint(document, path, error) ?? (isPhrase(description) ? undefined : description),
  );
}

/** What to write for a value in the form of another tool. */
function ownHint(document: FlowDocument, path: Path, error: ErrorObject): string | undefined {
  const last = path.at(-1);
  const name = typeof last === 'number' || /^\d+$/.test(String(last)) ? path.at(-2) : last;
  const isDuration = JSON.stringify(schemaOf(error)).includes(durationPattern);
  const isFlow = isObject(document.value) && 'flow' in document.value;
  const place = !isFlow ? 'shared' : path[0] === 'triggers' ? 'trigger' : 'flow';
  return valueHint(place, String(name), error.data, isDuration);
}

function enumHint(error: ErrorObject): string | undefined {
  // Numbers that look alike do not mean the same.
  if (error.keyword !== 'enum' || typeof error.data !== 'string') return undefined;
  const word = closestWord(error.data, (error.params['allowedValues'] as unknown[]).map(String));
  return word === undefined ? undefined : `Did you mean \`${word}\`?`;
}

/** A name nearly as it was written, where it must follow a pattern of ours. */
function nameHint(error: ErrorObject): string | undefined {
  const pattern = error.keyword === 'pattern' ? String(error.params['pattern']) : '';
  if (typeof error.data !== 'string' || ![idSchema, nameSchema].some((each) => each['pattern'] === pattern))
    return undefined;
  const joint = pattern === idSchema['pattern'] ? '_' : '-';
  const name = error.data
    .replace(/([a-z0-9])(?=[A-Z])/g, `$1${joint}`)
    .replace(/[^A-Za-z0-9]+/g, joint)
    .toLowerCase();
  return new RegExp(pattern).test(name) ? `Write \`${name}\`.` : undefined;
}

function fieldHint(schema: Record<string, unknown>, key: string): string | undefined {
  const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown> | undefined>;
  const field = properties[key];
  const inner = (Array.isArray(field?.['anyOf']) ? field['anyOf'][0] : field) as Record<string, unknown> | undefined;
  const description = textOf(inner?.['description']);
  if (description === undefined) return undefined;
  return isPhrase(description) ? `It is ${description}.` : description;
}

function ownerPlace(document: FlowDocument, path: Path) {
  if (path.length > 0) return document.keyPlace(path);
  const first = Object.keys((document.value ?? {}) as object)[0];
  return first === undefined ? document.valuePlace(path) : document.keyPlace([first]);
}

function titleOf(schema: Record<string, unknown>, path: Path): string {
  return textOf(schema['title']) ?? nameOf(path);
}

function pathOf(pointer: string): Path {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
