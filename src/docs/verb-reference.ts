// The reference of verbs in docs/flow-language.md, from the table of steps. Text only.
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import type { Field } from '../../workflows/steps/step.ts';

/** Markdown: a row a verb, each linked to its section. */
export function verbList(): string {
  const rows = [...STEP_TYPES.values()].map(({ verb, summary }) => `| [\`${verb}\`](#${verb}) | ${inCell(summary)} |`);
  return ['| verb | what it does |', '| --- | --- |', ...rows].join('\n');
}

/** Markdown: a section a verb, with its example, its fields and its output. */
export function verbReference(): string {
  const sections = [...STEP_TYPES.values()].map((type) => {
    const table = ['| field | holds | what it is |', '| --- | --- | --- |', ...fieldRows(type.fields)].join('\n');
    const example = `\`\`\`yaml\n${type.example.trimEnd()}\n\`\`\``;
    return [`### \`${type.verb}\``, type.summary, example, table, `Output: ${type.output}`].join('\n\n');
  });
  return sections.join('\n\n');
}

/** A row for each field; those of a group follow it as `group.field`. */
function fieldRows(fields: Record<string, Field>, around = ''): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const holds = `${field.kind.replace('_', ' or ')}${field.required ? ', required' : ''}`;
    return [
      `| \`${around}${name}\` | ${holds} | ${inCell(field.summary)} |`,
      ...fieldRows(field.fields ?? {}, `${around}${name}.`),
    ];
  });
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
