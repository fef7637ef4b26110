// The flow schema as editors want it: the same documents are valid, and besides it says what there is where nothing is written yet,
// and what each word means. Derived from the loader's schema; nothing about a verb, connector or provider is written here.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { actionNames, findAction, services } from '../../activities/connectors/index.ts';
import { providers } from '../providers/index.ts';
import { flowJsonSchema } from './schema.ts';
import { commonStepFields, verbConditions, whenThen } from './schema-terms.ts';
import { isObject } from './step-tree.ts';

/** What a document, a trigger and a step can be, while they say nothing yet. */
const documentKinds = {
  flow: 'A flow: what starts it and what it does.',
  source: 'An inbound URL that several flows may listen to.',
  connection: 'Credentials and settings that steps refer to.',
};
const triggerKinds = {
  webhook: 'A URL that only this flow listens to.',
  event: 'Events of a source.',
  schedule: 'Times, such as `0 9 * * 1-5`.',
  manual: 'Started by hand: `hookline run`, or the API.',
};

/** JSON Schema 2020-12 of one document of a flow file, with completion and hover texts. */
export function editorSchema(): JsonObject {
  const schema = describedEverywhere(flowJsonSchema()) as JsonObject;
  const definitions = schema['$defs'] as Record<string, JsonObject>;
  const trigger = definitions['trigger']!;
  return {
    ...schema,
    description: 'A document of a Hookline flow file.',
    ...choices(kindsIn(schema, documentKinds), 'A document begins with `flow:`, `source:` or `connection:`.'),
    $defs: {
      ...definitions,
      trigger: {
        ...withProviderWords(trigger),
        ...choices(kindsIn(trigger, triggerKinds), 'A trigger needs one of the words that say what starts the flow.'),
      },
      steps: withVerbs(definitions['steps']!),
      ...verbSchemas(definitions),
      source: withWords(definitions['source']!, 'provider', providerWords()),
      connection: withWords(definitions['connection']!, 'connector', serviceWords()),
    },
  };
}

/** The kinds that the schema has cases for. */
function kindsIn(schema: JsonObject, kinds: Record<string, string>): Record<string, string> {
  const known = JSON.stringify(schema['allOf']);
  return Object.fromEntries(Object.entries(kinds).filter(([kind]) => known.includes(`"required":["${kind}"]`)));
}

/** Where none of the words stands: all of them, each with its meaning, and an error until there is one. */
function choices(words: Record<string, string>, problem: string, others: JsonObject = {}): JsonObject {
  const condition = { anyOf: Object.keys(words).map((word) => ({ required: [word] })) };
  return { if: condition, else: offered(words, problem, others) };
}

function offered(words: Record<string, string>, problem: string, others: JsonObject): JsonObject {
  const properties = Object.fromEntries(Object.entries(words).map(([word, description]) => [word, { description }]));
  // A map is never null: the one form of error for which editors show words of ours.
  return { properties: { ...others, ...properties }, allOf: [{ type: 'null', errorMessage: problem }] };
}

/** The case of an inline source knows the same providers. */
function withProviderWords(trigger: JsonObject): JsonObject {
  const cases = (trigger['allOf'] as JsonObject[]).map((each) => {
    const then = each['then'] as JsonObject;
    const isSource = isObject(then['properties']) && 'provider' in then['properties'];
    return isSource ? whenThen(each['if'] as JsonObject, withWords(then, 'provider', providerWords())) : each;
  });
  return { ...trigger, allOf: cases };
}

/** A step without a verb is offered all verbs; `if` and `undo` are not always one. */
function withVerbs(steps: JsonObject): JsonObject {
  const verbs = Object.fromEntries([...STEP_TYPES.values()].map(({ verb, summary }) => [verb, summary]));
  const condition: JsonObject = {
    anyOf: Object.keys(verbs).map((verb) => verbConditions[verb] ?? { required: [verb] }),
  };
  const problem = `A step needs one verb: ${Object.keys(verbs).join(', ')}.`;
  const items = steps['items'] as JsonObject;
  const otherwise = offered(verbs, problem, commonStepFields);
  return { ...steps, items: { ...items, ...whenThen(condition, {}), else: otherwise } };
}

/** The schema of each verb's step, with what the verb does beside what its own field holds. */
function verbSchemas(definitions: Record<string, JsonObject>): Record<string, JsonObject> {
  const schemas = [...STEP_TYPES.values()].map(({ verb, summary }) => {
    const name = `step_${verb}`;
    const schema = definitions[name]!;
    const properties = schema['properties'] as Record<string, JsonObject>;
    const own = properties[verb]!;
    const description = `${summary}\n\n${String(own['description'] ?? '')}`;
    const told = {
      ...schema,
      properties: { ...properties, [verb]: { ...own, description, markdownDescription: description } },
    };
    return [name, verb === 'uses' ? withWords(told, 'uses', actionWords()) : told] as const;
  });
  return Object.fromEntries(schemas);
}

/** A field that takes one of a table's names, each with its meaning. */
function withWords(schema: JsonObject, field: string, words: Record<string, string>): JsonObject {
  const properties = schema['properties'] as Record<string, JsonObject>;
  const { pattern: _, ...own } = properties[field]!;
  const names = { enum: Object.keys(words), markdownEnumDescriptions: Object.values(words) };
  return { ...schema, properties: { ...properties, [field]: { ...own, ...names } } };
}

function actionWords(): Record<string, string> {
  return Object.fromEntries(actionNames().map((name) => [name, findAction(name)!.action.summary]));
}

function providerWords(): Record<string, string> {
  const named = providers.filter(({ name }) => name !== 'none');
  return Object.fromEntries(named.map(({ name, summary }) => [name, summary]));
}

function serviceWords(): Record<string, string> {
  return Object.fromEntries(services.map(({ service, summary }) => [service, summary]));
}

/**
 * The schema with the description of a value beside the choice of it or a template, where editors look for it, and as Markdown
 * where it is.
 */
function describedEverywhere(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(describedEverywhere);
  if (!isObject(schema)) return schema;
  const { $comment: comment, ...rest } = schema;
  const result = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, describedEverywhere(value)]));
  const [first] = comment === undefined || !Array.isArray(result['anyOf']) ? [] : result['anyOf'];
  const description = result['description'] ?? (isObject(first) ? first['description'] : undefined);
  if (typeof description !== 'string') return result;
  // Beside a reference both forms are said, or the other one would be that of what is referred to.
  const isMarkdown = description.includes('`') || result['$ref'] !== undefined;
  return { ...result, description, ...(isMarkdown ? { markdownDescription: description } : {}) };
}
