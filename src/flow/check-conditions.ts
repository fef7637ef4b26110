// Conditions that cannot be true or false: `x == "a" || "b"`, where a text stands as if it were a comparison. It only looks at the
// expression; what values will be is not known here.
import type { Expression, Literal, Node } from 'acorn';
import { parseExpression } from '../../workflows/expression/parse.ts';
import type { FlowDocument } from './document.ts';
import type { ExpressionSite } from './expression-sites.ts';

/** Fields whose expression must be true or false. */
const conditionFields = ['if', 'when', 'while', 'until', 'match', 'on'];

/** Checks one expression that could be read. */
export function checkCondition(document: FlowDocument, site: ExpressionSite): void {
  if (!conditionFields.includes(String(site.path.at(-1)))) return;
  const tree = treeOf(site.text);
  if (tree === undefined) return;
  for (const part of partsOf(tree)) {
    if (!isText(part)) continue;
    const place = document.textPlace(site.path, site.offset + part.start, part.end - part.start);
    const text = site.text.slice(part.start, part.end);
    const hint =
      part === tree
        ? 'Write what it is to be compared with, such as `event.type == "push"`.'
        : `Compare each: \`one == "a" || one == "b"\`, or write \`["a", "b"].includes(one)\`.`;
    document.report.add('expression_syntax', place, `${text} is neither true nor false`, hint);
  }
}

/** The parts that `&&`, `||` and `!` join. */
function partsOf(tree: Node): Node[] {
  if (tree.type === 'LogicalExpression') {
    const { operator, left, right } = tree as Node & { operator: string; left: Node; right: Node };
    return operator === '??' ? [] : [...partsOf(left), ...partsOf(right)];
  }
  return tree.type === 'ParenthesizedExpression' ? partsOf((tree as Node & { expression: Node }).expression) : [tree];
}

function isText(node: Node): boolean {
  if (node.type === 'TemplateLiteral' || node.type === 'ArrayExpression' || node.type === 'ObjectExpression')
    return true;
  const { value } = node as Literal;
  return node.type === 'Literal' && typeof value !== 'boolean';
}

function treeOf(text: string): Expression | undefined {
  try {
    return parseExpression(text).tree;
  } catch {
    return undefined;
  }
}
