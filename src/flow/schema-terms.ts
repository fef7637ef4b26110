// The pieces that the flow schema is put together from: common fields, durations, templates. Data only.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { flowNameLengthMax, idLengthMax, sourceNameLengthMax } from './limits.ts';
import { isObject } from './step-tree.ts';

/** Marks an `anyOf` that only adds "or a template", so that the loader reports the other side. */
export const orTemplate = 'or a template';

/** `if` and `then` of a schema. Made from entries: an object written with a `then` looks like a promise. */
export function whenThen(condition: JsonObject, consequence: JsonObject): JsonObject {
  return Object.fromEntries([
    ['if', condition],
    // oxlint-disable-next-line no-thenable -- JSON Schema's own keyword; the value is never awaited
    ['then', consequence],
  ]);
}

export const reference = (name: string): JsonObject => ({ $ref: `#/$defs/${name}` });

/** Text that holds `${{ … }}`; it may become anything at run time. */
export const templateSchema: JsonObject = {
  type: 'string',
  pattern: '\\$\\{\\{',
  description: 'text with `${{ … }}`',
};

export const durationSchema: JsonObject = {
  type: 'string',
  pattern: '^[0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h|d)$',
  description: 'a duration such as `500ms`, `30s`, `5m`, `2h` or `3d`',
};

/** One bare expression; literals that YAML reads as numbers or booleans are expressions too. */
export const expressionSchema: JsonObject = {
  type: ['string', 'number', 'boolean'],
  description: 'an expression',
};

/** `steps.ID`, `vars.NAME`, `as: NAME`. */
export const idSchema: JsonObject = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_]*$',
  maxLength: idLengthMax,
  description: 'lower-case letters, digits and `_`, beginning with a letter',
};

export const nameSchema: JsonObject = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]*$',
  maxLength: flowNameLengthMax,
  description: 'lower-case letters, digits and `-`, beginning with a letter',
};

export const connectionNameSchema: JsonObject = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_-]*$',
  maxLength: flowNameLengthMax,
  description: 'lower-case letters, digits, `-` and `_`, beginning with a letter',
};

export const sourceNameSchema: JsonObject = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*$',
  maxLength: sourceNameLengthMax,
  description: 'lower-case letters, digits and `-`, in parts joined by `/`',
};

export const secretSchema: JsonObject = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
  ],
  description: 'the name of a secret, or a list of names of which any may match',
};

const eventPattern: JsonObject = { type: 'string', minLength: 1 };

/** `event:` and `events:`. */
export const eventsSchema: JsonObject = {
  anyOf: [eventPattern, { type: 'array', minItems: 1, items: eventPattern }],
  description: 'an event type, or a list of them',
};

const retryMap: JsonObject = {
  title: '`retry`',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    max_attempts: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: 'How often at most, the first try included.',
    },
    delay: { ...reference('duration'), description: 'Time before the second try.' },
    backoff: {
      type: 'number',
      minimum: 1,
      maximum: 100,
      description: 'What the delay is multiplied with after each try.',
    },
    max_delay: { ...reference('duration'), description: 'The longest time between two tries.' },
    on: {
      ...reference('expression'),
      description: 'Over `error`: whether a failed attempt is tried again, in place of what is retried otherwise.',
    },
    until: {
      ...reference('expression'),
      description: 'Over `error`: a failed attempt for which it is true is the last one.',
    },
  },
};

export const retrySchema: JsonObject = {
  ...whenThen({ type: 'object' }, retryMap),
  else: { const: 'none', description: '`none`, or a map such as `{ max_attempts: 5, delay: 1s }`' },
};

/** Fields that every step takes. */
export const commonStepFields: Record<string, JsonObject> = {
  id: { ...reference('id'), description: 'Its name in expressions, `steps.ID`; unique in the flow.' },
  name: { type: 'string', maxLength: 200, description: 'Text for people, shown as the summary of the step.' },
  if: { ...reference('expression'), description: 'A guard: the step is skipped unless it is true.' },
  timeout: { ...reference('duration'), description: 'Time for the step with all its retries (24h for connectors).' },
  attempt_timeout: { ...reference('duration'), description: 'Time for one try of a connector (30s).' },
  retry: {
    ...reference('retry'),
    description: "How often and when a connector is tried again; the flow's without it.",
  },
  undo: { ...reference('steps'), description: 'Steps that take back what this one did, when the run is undone.' },
  undo_when: {
    enum: ['completed', 'attempted'],
    default: 'completed',
    description: 'Whether only a step that completed is undone, or every one that was begun.',
  },
  on_error: { enum: ['fail', 'finish', 'continue'], description: 'What a failure does to the block around the step.' },
};

/** When the words of verbs that are also fields of every step stand for the verb. */
export const verbConditions: Record<string, JsonObject> = {
  if: { required: ['if', 'then'] },
  undo: { required: ['undo'], properties: { undo: { not: { type: 'array' } } } },
};

/** Fields that say which events start the flow and how their sender is answered. */
export const triggerFields: Record<string, JsonObject> = {
  if: {
    ...reference('expression'),
    description:
      'An expression over `event`; what it is not true for is stored and acknowledged, and does not start the flow.',
  },
  respond: {
    enum: ['immediately', 'result'],
    default: 'immediately',
    description: 'When the sender gets its answer: at once, or when the flow has one.',
  },
  respond_within: {
    ...reference('duration'),
    default: '10s',
    description: 'How long a sender waits with `respond: result`; then it gets 202 and a URL for the result.',
  },
};

/** As it is spoken: an `if`, a `uses`, an `http.request`. */
export function article(word: string): string {
  return /^(?:[aeio]|un|http)/.test(word) ? 'an' : 'a';
}

/** A reference with a sentence of its own, for editors. */
export function described(name: string, description: string): JsonObject {
  return { ...reference(name), description };
}

/** A map with these fields and no others; `title` is what messages call it. */
export function closed(title: string, properties: JsonObject, required: string[] = []): JsonObject {
  return { title, type: 'object', properties, required, additionalProperties: false };
}

/** The schema with templates allowed at every place inside it; required keys are kept. */
export function templated(schema: JsonObject): JsonObject {
  const result: JsonObject = { ...schema };
  for (const key of ['properties', 'patternProperties']) {
    const children = schema[key];
    if (isObject(children)) result[key] = mapValues(children, placeFor);
  }
  for (const key of ['items', 'additionalProperties']) if (isObject(schema[key])) result[key] = placeFor(schema[key]);
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const children = schema[key];
    if (Array.isArray(children)) result[key] = children.map((child) => (isObject(child) ? templated(child) : child));
  }
  if (isObject(schema['dependentSchemas'])) {
    result['dependentSchemas'] = mapValues(schema['dependentSchemas'], (child) =>
      isObject(child) ? templated(child) : child,
    );
  }
  for (const key of ['then', 'else']) if (isObject(schema[key])) result[key] = templated(schema[key] as JsonObject);
  return result;
}

/** Before a place where templates may stand: the schema itself takes every text, or a template is the other choice. */
function placeFor(schema: Json): Json {
  if (!isObject(schema)) return schema;
  if (Object.keys(schema).every((key) => key === 'description' || key === 'title' || key === 'default')) return schema;
  return { anyOf: [templated(schema), reference('template')], $comment: orTemplate };
}

function mapValues(map: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
