// The JSON Schema of flow files, generated from the tables of verbs, connectors and providers: for editors, for the
// reference, and for the loader itself. Nothing about a verb, connector or provider is written here.
import type { JsonObject } from '../../workflows/definition.ts';
import { services } from '../../activities/connectors/index.ts';
import { providers } from '../providers/index.ts';
import { admissionFields } from './admission-fields.ts';
import {
  article,
  closed,
  connectionNameSchema,
  described,
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
  whenThen,
} from './schema-terms.ts';
import { scheduleSchema } from './schedule-fields.ts';
import { sourceCondition, sourceFields } from './source-fields.ts';
import { stepSchemas } from './step-schema.ts';

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
    allOf: ['flow', 'source', 'connection'].map((kind, index, kinds) =>
      // One kind judges a document that says two, or its words would be wrong to both.
      whenThen({ required: [kind], ...none(kinds.slice(0, index)) }, reference(kind)),
    ),
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

/** None of these keys is there. */
function none(keys: string[]): JsonObject {
  return keys.length === 0 ? {} : { not: { anyOf: keys.map((key) => ({ required: [key] })) } };
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
      ...admissionFields,
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
              title: `\`with\` of ${article(service)} ${service} connection`,
              description: summary,
              ...templated(connection),
            },
          },
        },
      ),
    ),
  };
}
