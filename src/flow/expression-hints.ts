// Sharper hints for errors of expressions than an expression by itself can give: what the flow around it knows of its variables, steps
// and loops. Text only.
import type { JsonObject } from '../../workflows/definition.ts';
import type { ExpressionError } from '../../workflows/expression/index.ts';
import type { ExpressionSite } from './expression-sites.ts';

/** The names that a flow has. */
export interface NamesAround {
  vars: JsonObject;
  ids: string[];
}

/** Names that exist in some places only, and where. */
const elsewhere: Record<string, string> = {
  item: '`item` is what a `foreach` goes through, inside its `steps` and `output`; behind the loop read the output of the loop',
  index: '`index` counts the iterations of a loop, and is known inside it',
  error:
    '`error` is known in `catch` and in `retry`; elsewhere read `steps.ID.error` of a step with `on_error: continue`',
  candidate: '`candidate` is the event that `match` of a `wait_for` is asked about',
  vars: '`vars` are known in the steps of a flow and in its `output`',
  steps: '`steps` are known in the steps of a flow and in its `output`',
};

/** What to do about an error of an expression; the error's own hint where nothing better is known. */
export function hintAround(error: ExpressionError, site: ExpressionSite, names?: NamesAround): string | undefined {
  if (error.code !== 'unknown_root') return error.hint;
  const name = site.text.slice(error.offset, error.offset + error.length);
  const dashed = dashedName(site.text, error.offset);
  if (dashed !== undefined) return dashed;
  if (names !== undefined && Object.hasOwn(names.vars, name)) return `write \`vars.${name}\``;
  if (names?.ids.includes(name)) return `write \`steps.${name}.output\``;
  return (Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined) ?? error.hint;
}

/** `headers.X-Shop` is a subtraction: names with a dash stand in brackets. */
function dashedName(text: string, offset: number): string | undefined {
  const before = /([\w.[\]"']+)\.([\w-]+-)$/.exec(text.slice(0, offset));
  const after = /^[\w-]+/.exec(text.slice(offset));
  if (before === null || after === null) return undefined;
  const [, owner = '', start = ''] = before;
  const name = `${start}${after[0]}`;
  if (owner === 'steps') return `ids have no dash: rename the step to \`${name.replaceAll('-', '_')}\``;
  return `a name with a dash stands in brackets: \`${owner}["${owner.endsWith('headers') ? name.toLowerCase() : name}"]\``;
}
