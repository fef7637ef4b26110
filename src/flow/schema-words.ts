// The words of schema errors: types, limits and names as authors know them. Pure text.
import type { ErrorObject } from 'ajv';
import { closestWord } from '../../workflows/expression/closest-word.ts';
import { expressionSchema, idSchema } from './schema-terms.ts';
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

/** Types as authors call them. */
export const typeWords: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
  null: 'null',
};

/** What a value that broke a keyword must be. */
export function mustBe(error: ErrorObject): string {
  const description = textOf(schemaOf(error)['description']);
  const limit = error.params['limit'] as number | undefined;
  const words: Record<string, string> = {
    minimum: `must be at least ${limit}`,
    exclusiveMinimum: `must be more than ${limit}`,
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

/** What to do about a value of the wrong type, where that can be said. */
export function typeHint(wanted: string[], value: unknown, description: string | undefined): string | undefined {
  const isExpression = description === expressionSchema['description'];
  if (isExpression && JSON.stringify(value).length <= quotedLengthMax)
    return `Write it as text: '${JSON.stringify(value)}'.`;
  if (isPhrase(description)) return undefined;
  const wantsBoolean = wanted.includes('true or false');
  if (wantsBoolean && typeof value === 'string' && /^(yes|no|on|off)$/i.test(value)) {
    return `In YAML 1.2 \`${value}\` is text; write \`${/^(yes|on)$/i.test(value) ? 'true' : 'false'}\`.`;
  }
  if (wantsBoolean && (value === 'true' || value === 'false')) return `Leave the quotes out: ${value}.`;
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

/** `Did you mean …?`, or the names that there are. */
export function didYouMean(word: string, known: string[]): string | undefined {
  const closest = closestWord(word, known);
  if (closest !== undefined) return `Did you mean \`${closest}\`?`;
  if (known.length === 0) return undefined;
  const more = known.length > namesListedMax ? ', …' : '';
  return `There is: ${known.slice(0, namesListedMax).join(', ')}${more}.`;
}

/** A field as authors name it, by its path. */
export function nameOf(path: Path): string {
  const last = path[path.length - 1];
  if (last === undefined) return 'the document';
  if (!/^\d+$/.test(String(last))) return `\`${last}\``;
  return `entry ${Number(last) + 1} of ${nameOf(path.slice(0, -1))}`;
}

/** The name of a value's type, as authors call it. */
export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeWords[value === null ? 'null' : typeof value] ?? typeof value;
}

/** True for descriptions that go on after "must be". */
export function isPhrase(description: string | undefined): description is string {
  return description !== undefined && /^[a-z`]/.test(description) && !description.endsWith('.');
}

/** A text, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function list(values: unknown[]): string {
  return values.map((value) => `\`${String(value)}\``).join(', ');
}

/** The schema that a value broke. */
export function schemaOf(error: ErrorObject): Record<string, unknown> {
  return (error.parentSchema ?? {}) as Record<string, unknown>;
}
