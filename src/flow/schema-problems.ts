// Turns ajv's errors into problems in the author's words. It knows JSON Schema keywords and nothing about flows.
import type { ErrorObject } from 'ajv';
import { closestWord } from '../../workflows/expression/closest-word.ts';
import type { FlowDocument } from './document.ts';
import { expressionSchema, idSchema, orTemplate } from './schema-terms.ts';
import type { Path } from './yaml-node.ts';

/** Names listed in a hint before it becomes noise. */
const namesListedMax = 14;

/** Longer values are not repeated in a hint. */
const quotedLengthMax = 60;

/** Patterns that have a shorter description than themselves. */
const patternWords: Record<string, string> = {
  '^https?://': 'must begin with `http://` or `https://`',
  '^[a-z][a-z0-9_]*$': `must be ${String(idSchema['description'])}`,
};

const typeWords: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
  null: 'null',
};

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

function schemaOf(error: ErrorObject): Record<string, unknown> {
  return (error.parentSchema ?? {}) as Record<string, unknown>;
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
    return report.add(
      'unknown_field',
      place,
      `\`${key}\` is not a field of ${titleOf(schema, path)}`,
      didYouMean(key, known),
    );
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
  report.add('wrong_value', document.valuePlace(path), `${nameOf(path)} ${mustBe(error)}`, enumHint(error));
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
    typeHint(wanted, value, description),
  );
}

function typeHint(wanted: string[], value: unknown, description: string | undefined): string | undefined {
  const isExpression = description === expressionSchema['description'];
  if (isExpression && JSON.stringify(value).length <= quotedLengthMax)
    return `Write it as text: '${JSON.stringify(value)}'.`;
  if (isPhrase(description)) return undefined;
  const wantsBoolean = wanted.includes('true or false');
  if (wantsBoolean && typeof value === 'string' && /^(yes|no|on|off)$/i.test(value)) {
    return `In YAML 1.2 \`${value}\` is text; write \`${/^(yes|on)$/i.test(value) ? 'true' : 'false'}\`.`;
  }
  if (wanted.includes('text') && (typeof value === 'number' || typeof value === 'boolean'))
    return `Put it in quotes: "${value}".`;
  if (
    typeof value === 'string' &&
    value !== '' &&
    wanted.some((word) => word.includes('number')) &&
    Number.isFinite(Number(value))
  ) {
    return `Leave the quotes out: ${value}.`;
  }
  return undefined;
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
    isPhrase(description) ? undefined : description,
  );
}

/** What a value that broke a keyword must be. */
function mustBe(error: ErrorObject): string {
  const description = textOf(schemaOf(error)['description']);
  const limit = error.params['limit'] as number | undefined;
  const words: Record<string, string> = {
    minimum: `must be at least ${limit}`,
    maximum: `must be at most ${limit}`,
    minLength: limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`,
    maxLength: `must have at most ${limit} characters`,
    minItems: limit === 1 ? 'must not be empty' : `must have at least ${limit} entries`,
    maxItems: `must have at most ${limit} entries`,
    minProperties: limit === 1 ? 'must not be empty' : `must have at least ${limit} fields`,
    maxProperties: `must have at most ${limit} fields`,
    uniqueItems: 'must not hold the same entry twice',
  };
  const known = words[error.keyword];
  if (known !== undefined) return known;
  if (isPhrase(description)) return `must be ${description}`;
  if (error.keyword === 'enum') return `must be one of ${list(error.params['allowedValues'] as unknown[])}`;
  if (error.keyword === 'const') return `must be \`${String(error.params['allowedValue'])}\``;
  if (error.keyword === 'pattern')
    return (
      patternWords[String(error.params['pattern'])] ??
      `does not have the form that it needs (${String(error.params['pattern'])})`
    );
  return error.message ?? 'is not allowed';
}

function enumHint(error: ErrorObject): string | undefined {
  if (error.keyword !== 'enum') return undefined;
  const word = closestWord(String(error.data), (error.params['allowedValues'] as unknown[]).map(String));
  return word === undefined ? undefined : `Did you mean \`${word}\`?`;
}

/** `Did you mean …?`, or the names that there are. */
export function didYouMean(word: string, known: string[]): string | undefined {
  const closest = closestWord(word, known);
  if (closest !== undefined) return `Did you mean \`${closest}\`?`;
  if (known.length === 0) return undefined;
  const more = known.length > namesListedMax ? ', …' : '';
  return `There is: ${known.slice(0, namesListedMax).join(', ')}${more}.`;
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

function nameOf(path: Path): string {
  const last = path[path.length - 1];
  if (last === undefined) return 'the document';
  if (!/^\d+$/.test(String(last))) return `\`${last}\``;
  return `entry ${Number(last) + 1} of ${nameOf(path.slice(0, -1))}`;
}

/** The name of a value's type, as authors call it. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeWords[value === null ? 'null' : typeof value] ?? typeof value;
}

function isPhrase(description: string | undefined): description is string {
  return description !== undefined && /^[a-z`]/.test(description) && !description.endsWith('.');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function list(values: unknown[]): string {
  return values.map((value) => `\`${String(value)}\``).join(', ');
}

function pathOf(pointer: string): Path {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
