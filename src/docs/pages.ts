// Which pages have generated parts, and what generates them. `npm run docs` writes them; a test fails when they drift.
import { expressionErrorReference, expressionReference } from '../../workflows/expression/reference.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import type { Field } from '../../workflows/steps/step.ts';
import { settingsReference } from '../config.ts';
import { loadErrorReference, runErrorReference } from '../flow/error-reference.ts';
import { sourceFieldReference, triggerFieldReference } from '../flow/field-reference.ts';
import { commandList, commandReference } from './command-reference.ts';
import { connectorReference } from './connector-reference.ts';
import { providerList, providerReference } from './provider-reference.ts';

/** Page (below docs/) → region name → generator. */
export const generatedPages: Record<string, Record<string, () => string>> = {
  '../README.md': { commands: commandList },
  'commands.md': { commands: commandReference },
  'configuration.md': { settings: settingsReference },
  'connectors.md': { connectors: connectorReference },
  'errors.md': { 'load-errors': loadErrorReference, 'run-errors': runErrorReference },
  'expressions.md': { functions: expressionReference, 'expression-errors': expressionErrorReference },
  'providers.md': { 'provider-list': () => providerList(), providers: providerReference },
  'flow-language.md': {
    verbs: verbReference,
    providers: () => providerList('providers.md'),
    'source-fields': sourceFieldReference,
    'trigger-fields': triggerFieldReference,
  },
};

function verbReference(): string {
  const sections = [...STEP_TYPES.values()].map((type) => {
    const table = ['| field | holds | what it is |', '| --- | --- | --- |', ...fieldRows(type.fields)].join('\n');
    return `### \`${type.verb}\`\n\n${type.summary}\n\n\`\`\`yaml\n${type.example.trimEnd()}\n\`\`\`\n\n${table}\n\nOutput: ${type.output}`;
  });
  return sections.join('\n\n');
}

/** A row for each field; those of a group follow it as `group.field`. */
function fieldRows(fields: Record<string, Field>, around = ''): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const holds = `${field.kind.replace('_', ' or ')}${field.required ? ', required' : ''}`;
    return [
      `| \`${around}${name}\` | ${holds} | ${field.summary} |`,
      ...fieldRows(field.fields ?? {}, `${around}${name}.`),
    ];
  });
}
