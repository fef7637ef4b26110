// Follows the path of a reference through the schemas that are known: the trigger's, the flow's input, connectors' outputs.
// A field that a closed schema lacks is an error; one that an open schema nearly has is a warning. All else is let pass.
import { closestWord } from '../../workflows/expression/closest-word.ts';
import type { Reference } from './check-expressions.ts';
import type { FlowDocument } from './document.ts';
import type { ExpressionSite } from './expression-sites.ts';
import { didYouMean, typeWords } from './schema-words.ts';
import { follow, type Miss } from './schema-walk.ts';
import { shapesSeen, type Shapes } from './known-shapes.ts';
import type { Place } from './report.ts';
import type { StepNode } from './step-tree.ts';

/** Checks the fields that a reference reads. `target` is the step of a `steps.ID` reference. */
export function checkProperty(
  document: FlowDocument,
  site: ExpressionSite,
  reference: Reference,
  shapes: Shapes,
  target?: StepNode,
): void {
  const roots = shapesSeen(site, reference.root, shapes, target);
  if (roots.length === 0) return;
  const path = (target === undefined ? reference.path : reference.path.slice(1)).map(String);
  const misses = roots.map((schema) => follow(schema, path));
  const [worst] = misses;
  // With several schemas a field is missing only when none of them has it.
  if (worst === undefined || !('name' in worst) || misses.some((each) => each === undefined || !('name' in each)))
    return;
  const place = document.textPlace(site.path, site.offset + reference.offset, reference.length);
  const owner = [
    reference.root,
    ...(target === undefined ? [] : [String(reference.path[0])]),
    ...path.slice(0, worst.depth),
  ]
    .join('.')
    .replace(/\.(\d+)(?=\.|$)/g, '[$1]');
  if (worst.type !== undefined) {
    // `?.` reads nothing from null, and from a list what is not there.
    return reference.optional ? undefined : reportNoMap(document, place, owner, worst, target);
  }
  if (worst.isClosed) {
    document.report.add(
      'unknown_property',
      place,
      `\`${owner}\` has no field \`${worst.name}\``,
      didYouMean(worst.name, worst.known),
    );
    return;
  }
  const closest = closestWord(worst.name, worst.known);
  if (closest === undefined) return;
  document.report.add(
    'property_not_in_schema',
    place,
    `the schema of \`${owner}\` does not name \`${worst.name}\``,
    `Did you mean \`${closest}\`?`,
  );
}

/** A value that is no map has no fields to be read. */
function reportNoMap(
  document: FlowDocument,
  place: Place,
  owner: string,
  { name, type, depth }: Miss,
  target?: StepNode,
): void {
  if (type === 'null') {
    // A step's own output, or that of the last step of a branch.
    const cause = depth === 1 && target !== undefined ? `: \`${target.type?.verb}\` gives no output` : '';
    const message = `\`${owner}\` is always null${cause}`;
    return document.report.add('unknown_property', place, message, 'Read the output of a step that has one.');
  }
  const isList = type === 'array';
  const hint = isList
    ? `Read one entry (\`${owner}[0].${name}\`), or all: \`${owner}.map(item => item.${name})\`.`
    : undefined;
  const message = `\`${owner}\` is ${typeWords[type ?? ''] ?? type}${isList ? `, and \`${name}\` no field of it` : ' and has no fields'}`;
  document.report.add('unknown_property', place, message, hint);
}
