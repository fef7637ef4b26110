// Follows the path of a reference through the schemas that are known: the trigger's, the flow's input, connectors' outputs.
// A field that a closed schema lacks is an error; one that an open schema nearly has is a warning. All else is let pass.
import { closestWord } from '../../workflows/expression/closest-word.ts';
import type { Reference } from './check-expressions.ts';
import type { FlowDocument } from './document.ts';
import type { ExpressionSite } from './expression-sites.ts';
import { propertyHint } from './property-hints.ts';
import { didYouMean, typeWords } from './schema-words.ts';
import { follow, type Miss } from './schema-walk.ts';
import { outputShape, shapesSeen, type Shapes } from './known-shapes.ts';
import type { Place } from './report.ts';
import { isObject, type StepNode } from './step-tree.ts';

/** Checks the fields that a reference reads. `target` is the step of a `steps.ID` reference. */
export function checkProperty(
  document: FlowDocument,
  site: ExpressionSite,
  reference: Reference,
  shapes: Shapes,
  target?: StepNode,
): void {
  if (checkHeaderName(document, site, reference, target)) return;
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
      propertyHint(owner, worst.name, worst.known, outputFields(worst.depth === 0 ? target : undefined)) ??
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

/** Names of headers are kept in lower case, so one with a capital is never there. */
function checkHeaderName(
  document: FlowDocument,
  site: ExpressionSite,
  reference: Reference,
  target?: StepNode,
): boolean {
  const path = reference.path.map(String);
  const at = path.indexOf('headers');
  const name = path[at + 1];
  const isHeaders = target !== undefined || ((reference.root === 'event' || reference.root === 'error') && at === 0);
  // `headers.X-Shop` is told as a name with a dash.
  if (/^-\w/.test(site.text.slice(reference.offset + reference.length))) return true;
  if (at === -1 || !isHeaders || name === undefined || name === name.toLowerCase()) return false;
  if (target !== undefined && !/^\w+\.(?:output|error)\.headers$/.test(path.slice(0, at + 1).join('.'))) return false;
  const owner = [reference.root, ...path.slice(0, at + 1)].join('.');
  document.report.add(
    'unknown_property',
    document.textPlace(site.path, site.offset + reference.offset, reference.length),
    `names of headers are in lower case, so \`${owner}\` has no \`${name}\``,
    `Write \`${owner}["${name.toLowerCase()}"]\`.`,
  );
  return true;
}

function outputFields(target: StepNode | undefined): string[] {
  const properties = target === undefined ? undefined : outputShape(target)['properties'];
  return Object.keys(isObject(properties) ? properties : {});
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
