// The part of the flow schema that is about steps, generated from the tables of verbs and connectors. Nothing about a verb or a
// connector is written here.
import type { JsonObject } from '../../workflows/definition.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import type { Field, StepType } from '../../workflows/steps/step.ts';
import { actionNames, findAction } from '../../activities/connectors/index.ts';
import { needsConnection } from './needed-connection.ts';
import {
  article,
  closed,
  commonStepFields,
  described,
  idSchema,
  reference,
  templated,
  verbConditions,
  whenThen,
} from './schema-terms.ts';

/** A list of steps; each is checked as the verb that it names. `if` is the verb only with `then`, and `undo` only without a list. */
export function stepSchemas(): JsonObject {
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
    `${article(type.verb)} \`${type.verb}\` step`,
    { ...commonStepFields, ...fieldSchemas(type.fields) },
    requiredOf(type.fields),
  );
  if (type.verb !== 'uses') return schema;
  return { ...schema, allOf: actionNames().map(actionCase) };
}

function actionCase(name: string): JsonObject {
  const { service, action } = findAction(name)!;
  const { input } = action;
  const needed = Array.isArray(input['required']) ? input['required'] : [];
  const needs = needed.length === 0 ? '' : `; it needs ${needed.map((field) => `\`${String(field)}\``).join(', ')}`;
  const description = `The input of \`${name}\`${needs}.`;
  return whenThen(
    { type: 'object', properties: { uses: { const: name } }, required: ['uses'] },
    {
      title: `${article(name)} \`${name}\` step`,
      type: 'object',
      properties: { with: { title: `\`with\` of ${name}`, description, ...templated(input) } },
      required: [...(needed.length > 0 ? ['with'] : []), ...(needsConnection(service) ? ['connection'] : [])],
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
  return {
    anyOf: [{ ...description, ...templated(own) }, reference('template')],
    $comment: 'or a template',
    ...description,
  };
}
