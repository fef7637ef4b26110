// Which pages have generated parts, and what generates them. `npm run docs` writes them; a test fails when they drift.
import { expressionErrorReference, expressionReference } from '../../workflows/expression/reference.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { settingsReference } from '../config.ts';
import { loadErrorReference, runErrorReference } from '../flow/error-reference.ts';
import { providers } from '../providers/index.ts';
import { connectorReference } from './connector-reference.ts';

/** Page (below docs/) → region name → generator. */
export const generatedPages: Record<string, Record<string, () => string>> = {
  'configuration.md': { settings: settingsReference },
  'connectors.md': { connectors: connectorReference },
  'errors.md': { 'load-errors': loadErrorReference, 'run-errors': runErrorReference },
  'expressions.md': { functions: expressionReference, 'expression-errors': expressionErrorReference },
  'flows.md': { verbs: verbReference, providers: providerReference },
};

function verbReference(): string {
  const sections = [...STEP_TYPES.values()].map((type) => {
    const rows = Object.entries(type.fields).map(
      ([name, field]) => `| \`${name}\` | ${field.kind.replace('_', ' or ')}${field.required ? ', required' : ''} | ${field.summary} |`,
    );
    const table = ['| field | holds | what it is |', '| --- | --- | --- |', ...rows].join('\n');
    return `### \`${type.verb}\`\n\n${type.summary}\n\n\`\`\`yaml\n${type.example.trimEnd()}\n\`\`\`\n\n${table}\n\nOutput: ${type.output}`;
  });
  return sections.join('\n\n');
}

function providerReference(): string {
  const rows = providers.map((provider) => {
    const fields = Object.keys(provider.settings).map((name) => `\`${name}\``);
    return `| \`${provider.name}\` | ${provider.summary} | ${provider.deliveryIdPlace} | ${fields.join(', ')} |`;
  });
  return ['| provider | how a request is proved | delivery id | fields of its own |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
