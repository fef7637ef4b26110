// The JSON Schema of flow files, generated from the tables of verbs, connectors and providers: for editors, for the
// reference, and for the loader itself. Nothing about a verb, connector or provider is written here.
import type { JsonObject } from '../../workflows/definition.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import type { Field, StepType } from '../../workflows/steps/step.ts';
import { actionNames, findAction, services } from '../../activities/connectors/index.ts';
import { providers } from '../providers/index.ts';
import {
  commonStepFields,
  connectionNameSchema,
  durationSchema,
  eventsSchema,
  expressionSchema,
  idSchema,
  nameSchema,
  reference,
  retrySchema,
  secretSchema,
  sourceNameSchema,
  templated,
  templateSchema,
  triggerFields,
  verbConditions,
  whenThen,
} from './schema-terms.ts';
import { scheduleSchema } from './schedule-fields.ts';
import { sourceCondition, sourceFields } from './source-fields.ts';

/** `$id` of the schema. */
export const flowSchemaId = 'https://hookline.dev/schemas/flow-1.json';

let made: JsonObject | undefined;

/** JSON Schema 2020-12 of one document of a flow file: a flow, a source or a connection. */
export function flowJsonSchema(): JsonObject {
  made ??= {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: flowSchemaId,
    title: 'Hookline',
    type: 'object',
    anyOf: [{ required: ['flow'] }, { required: ['source'] }, { required: ['connection'] }],
    allOf: ['flow', 'source', 'connection'].map((kind) => whenThen({ required: [kind] }, reference(kind))),
    $defs: {
      template: templateSchema,
      duration: durationSchema,
      expression: expressionSchema,
      id: idSchema,
      name: nameSchema,
      source_name: sourceNameSchema,
      connection_name: connectionNameSchema,
      retry: retrySchema,
      secret: secretSchema,
      flow: flowSchema(),
      source: sourceSchema(),
      connection: connectionSchema(),
      trigger: triggerSchema(),
      ...providerSchemas(),
      ...stepSchemas(),
    },
  };
  return made;
}

const SOURCE_SUMMARY = 'The path of its URL below /hooks/, and the name by which triggers refer to it.';

/** A reference with a sentence of its own, for editors. */
function described(name: string, description: string): JsonObject {
  return { ...reference(name), description };
}

function closed(title: string, properties: JsonObject, required: string[] = []): JsonObject {
  return { title, type: 'object', properties, required, additionalProperties: false };
}

function flowSchema(): JsonObject {
  const schema = closed(
    'a flow',
    {
      flow: described('name', 'The name of the flow, unique over all files; runs are called `NAME/EVENT-ID`.'),
      description: { type: 'string', description: 'One sentence for people.' },
      hookline: { const: 1, description: '`1`, the version of the language' },
      triggers: {
        type: 'array',
        minItems: 1,
        items: reference('trigger'),
        description: 'What starts the flow; each event that one of them takes starts one run.',
      },
      input: {
        type: 'object',
        description: 'A JSON Schema of `input`: of runs that are started by hand, by a schedule or by another flow.',
      },
      vars: {
        type: 'object',
        propertyNames: idSchema,
        description: 'The variables of a run and what they hold first; `set` changes them, `vars.NAME` reads them.',
      },
      timeout: described('duration', 'Time for the whole run; then `catch`, `undo` and `finally` still run.'),
      retry: described('retry', 'How connector steps try again, unless they say otherwise.'),
      undo_on_failure: {
        type: 'boolean',
        default: false,
        description:
          'When the run fails or is cancelled, the `undo` of every step that completed runs, the last one first.',
      },
      steps: described('steps', 'What the flow does, in order.'),
      catch: described('steps', 'Steps after a failure, which is `error`; ending normally means that it is handled.'),
      finally: described('steps', 'Steps at the end whatever happened, cancellation included.'),
      output: { description: 'What a run gives: its result, and the answer of `respond: result`.' },
    },
    ['flow', 'triggers', 'steps'],
  );
  return { ...schema, patternProperties: { '^x-': {} } };
}

/**
 * A source and a webhook differ in their fields and share the settings of providers. Beside `provider` only its own settings
 * are known: the case of a provider closes the map by names alone, so that the fields are compiled once and not once a provider.
 */
function withProviders(title: string, fields: JsonObject, required: string[]): JsonObject {
  const settings = Object.assign({}, ...providers.map((provider) => names(provider.settings))) as JsonObject;
  return {
    ...closed(title, { ...settings, ...fields }, required),
    allOf: providers.map((provider) => {
      const isNone = provider.name === 'none';
      const condition: JsonObject = isNone
        ? { required: ['auth'] }
        : { properties: { provider: { const: provider.name } }, required: ['provider'] };
      const own = isNone ? `${title} with \`auth: none\`` : `${title} with \`provider: ${provider.name}\``;
      const known = { ...names(provider.settings), ...names(fields) };
      const allOf = [reference(`provider_${provider.name}`)];
      return whenThen({ type: 'object', ...condition }, { ...closed(own, known), allOf });
    }),
  };
}

function names(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, true]));
}

/** The settings of each provider, but for those that every source has. */
function providerSchemas(): JsonObject {
  const own = (settings: JsonObject) =>
    Object.fromEntries(Object.entries(settings).filter(([key]) => !Object.hasOwn(sourceFields, key)));
  return Object.fromEntries(
    providers.map(({ name, settings }) => [`provider_${name}`, { type: 'object', properties: own(settings) }]),
  );
}

function sourceSchema(): JsonObject {
  const description = { type: 'string', description: 'One sentence for people.' };
  const fields = {
    source: described('source_name', SOURCE_SUMMARY),
    description,
    ...sourceFields,
    if: sourceCondition,
  };
  return withProviders('a source', fields, ['source']);
}

function triggerSchema(): JsonObject {
  const path = described('source_name', 'The URL below /hooks/, of this flow alone.');
  const webhook = { webhook: path, ...sourceFields, events: eventsSchema, ...triggerFields };
  const source = described('source_name', 'The source that it comes from; without it, the flows that `emit` it.');
  const event = closed('an `event` trigger', { event: eventsSchema, source, ...triggerFields }, ['event']);
  const manual = closed('a `manual` trigger', { manual: { const: true, description: '`true`' } });
  const when = (key: string, then: JsonObject) => whenThen({ type: 'object', required: [key] }, then);
  return {
    title: 'a trigger',
    type: 'object',
    allOf: [
      when('webhook', withProviders('a `webhook` trigger', webhook, ['webhook'])),
      when('event', event),
      when('manual', manual),
      when(
        'schedule',
        closed('a `schedule` trigger', { schedule: { ...scheduleSchema, description: 'Times at which runs start.' } }),
      ),
    ],
  };
}

function connectionSchema(): JsonObject {
  const fields = {
    connection: described('connection_name', 'Name by which steps refer to it: `connection: NAME`.'),
    description: { type: 'string', description: 'One sentence for people.' },
    connector: { enum: services.map(({ service }) => service), description: 'The service that it is for.' },
    with: { type: 'object', description: 'Its settings; `secrets.NAME` and `config.NAME` may stand in it.' },
  };
  return {
    ...closed('a connection', fields, ['connection', 'connector']),
    allOf: services.map(({ service, summary, connection }) =>
      whenThen(
        { type: 'object', properties: { connector: { const: service } }, required: ['connector'] },
        {
          type: 'object',
          properties: {
            with: {
              title: `\`with\` of ${/^[aeiou]/.test(service) ? 'an' : 'a'} ${service} connection`,
              description: summary,
              ...templated(connection),
            },
          },
        },
      ),
    ),
  };
}

/** A list of steps; each is checked as the verb that it names. `if` is the verb only with `then`, and `undo` only without a list. */
function stepSchemas(): JsonObject {
  const types = [...STEP_TYPES.values()];
  const cases = types.map(({ verb }) =>
    whenThen({ type: 'object', ...(verbConditions[verb] ?? { required: [verb] }) }, reference(`step_${verb}`)),
  );
  const schemas: JsonObject = {
    steps: { type: 'array', minItems: 1, items: { title: 'a step', type: 'object', allOf: cases } },
  };
  for (const type of types) schemas[`step_${type.verb}`] = stepSchema(type);
  return schemas;
}

function stepSchema(type: StepType): JsonObject {
  const schema = closed(
    `a \`${type.verb}\` step`,
    { ...commonStepFields, ...fieldSchemas(type.fields) },
    requiredOf(type.fields),
  );
  if (type.verb !== 'uses') return schema;
  return { ...schema, allOf: actionNames().map(actionCase) };
}

function actionCase(name: string): JsonObject {
  const { input } = findAction(name)!.action;
  const needed = Array.isArray(input['required']) ? input['required'] : [];
  const needs = needed.length === 0 ? '' : `; it needs ${needed.map((field) => `\`${String(field)}\``).join(', ')}`;
  const description = `The input of \`${name}\`${needs}.`;
  return whenThen(
    { type: 'object', properties: { uses: { const: name } }, required: ['uses'] },
    {
      title: `a \`${name}\` step`,
      type: 'object',
      properties: { with: { title: `\`with\` of ${name}`, description, ...templated(input) } },
      ...(needed.length > 0 ? { required: ['with'] } : {}),
    },
  );
}

function fieldSchemas(fields: Record<string, Field>): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, name)]));
}

function requiredOf(fields: Record<string, Field>): string[] {
  return Object.entries(fields).flatMap(([name, field]) => (field.required ? [name] : []));
}

function fieldSchema(field: Field, name: string): JsonObject {
  const description = { description: field.summary };
  const own = field.schema ?? {};
  if (field.kind === 'steps') return described('steps', field.summary);
  if (field.kind === 'group') {
    const fields = field.fields ?? {};
    return { ...closed(`\`${name}\``, fieldSchemas(fields), requiredOf(fields)), ...description };
  }
  if (field.kind === 'branches')
    return {
      type: 'object',
      minProperties: 1,
      ...own,
      ...description,
      propertyNames: idSchema,
      additionalProperties: reference('steps'),
    };
  if (field.kind === 'cases') {
    const when = described('expression', 'The condition; the first case whose condition is true is taken.');
    const item = closed('a case', { when, steps: described('steps', 'Steps of the case.') }, ['when', 'steps']);
    return { type: 'array', minItems: 1, ...own, items: item, ...description };
  }
  if (field.kind === 'expression') return described('expression', field.summary);
  if (field.kind === 'duration') return described('duration', field.summary);
  if (field.kind === 'duration_template') {
    return { anyOf: [reference('duration'), reference('template')], $comment: 'or a template', ...description };
  }
  if (field.kind === 'literal' || field.schema === undefined) return { ...own, ...description };
  // A whole value may be one template too, such as `fail: ${{ error }}`; `with` stays a map, whose keys are checked.
  if (field.secrets) return { ...templated(own), ...description };
  return { anyOf: [templated(own), reference('template')], $comment: 'or a template', ...description };
}
