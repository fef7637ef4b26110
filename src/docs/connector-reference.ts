// The reference of docs/connectors.md, from the table of connectors and its schemas.
import type { Action, Service } from '../../activities/connector.ts';
import { services } from '../../activities/connectors/index.ts';
import type { JsonObject } from '../../workflows/definition.ts';

/** Markdown: a section a service, with its connection's settings and each action's input and output. */
export function connectorReference(): string {
  return services.map(serviceSection).join('\n\n');
}

function serviceSection(service: Service): string {
  const settings = propertyTable(service.connection);
  const connection =
    service.connectionExample === undefined
      ? 'Takes no connection.'
      : `A connection document:\n\n${yaml(service.connectionExample)}\n\n${settings}`;
  const actions = service.actions.map((action) => actionSection(service, action));
  return [`## ${service.service}`, service.summary, connection, ...actions].join('\n\n');
}

function actionSection(service: Service, action: Action): string {
  return [
    `### \`${service.service}.${action.action}\``,
    action.summary,
    yaml(action.example),
    propertyTable(action.input),
    `Output:${outputList(action.output)}`,
  ].join('\n\n');
}

function yaml(text: string): string {
  return `\`\`\`yaml\n${text.trimEnd()}\n\`\`\``;
}

function propertyTable(schema: JsonObject): string {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rows = properties(schema, '').map(([name, property]) => {
    const needed = required.includes(name) ? ', required' : '';
    return `| \`${name}\` | ${typeWords(property)}${needed} | ${description(property)} |`;
  });
  return ['| field | holds | what it is |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A schema's fields, those of fixed maps inside them by their path (`auth.bearer`). */
function properties(schema: JsonObject, prefix: string): [string, JsonObject][] {
  return Object.entries((schema.properties ?? {}) as Record<string, JsonObject>).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const item = property.items as JsonObject | undefined;
    const inner = property.properties ? properties(property, `${path}.`) : item?.properties ? properties(item, `${path}[].`) : [];
    return [[path, property], ...inner] as [string, JsonObject][];
  });
}

function outputList(schema: JsonObject): string {
  const list = properties(schema, '');
  if (list.length === 0) return ' `{}`.';
  return `\n\n${list.map(([name, property]) => `- \`${name}\` (${typeWords(property)})${description(property) && `: ${description(property)}`}`).join('\n')}`;
}

function description(schema: JsonObject): string {
  const text = typeof schema.description === 'string' ? schema.description : '';
  return schema.default === undefined ? text : `${text} Default: \`${JSON.stringify(schema.default)}\`.`.trim();
}

/** What a schema accepts, in words. */
function typeWords(schema: JsonObject): string {
  if (Array.isArray(schema.enum)) return (schema.enum as string[]).map((value) => `\`${value}\``).join(' ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (Array.isArray(schema.anyOf) && schema.type === undefined) return schema.anyOf.map((member) => typeWords(member as JsonObject)).join(', or ');
  const types = [schema.type ?? []].flat() as string[];
  if (types.length === 0) return 'any value';
  return types.map((type) => typeWord(type, schema)).join(' or ');
}

function typeWord(type: string, schema: JsonObject): string {
  if (type === 'array') return `list of ${typeWords((schema.items ?? {}) as JsonObject)}`;
  if (type === 'object') return 'map';
  if (type === 'string') return 'text';
  if (type === 'boolean') return 'true or false';
  return type === 'integer' ? 'whole number' : type;
}
