// Recognises valid or broken YAML that means something else than its author thinks, each with its own words.
// It looks at the syntax tree and the text and never guesses: every trap is one that cannot be meant.
import { isAlias, isMap, isScalar, visit, type Alias, type Document, type Scalar, type YAMLMap } from 'yaml';
import type { FileText, Report } from './report.ts';
import { reportLostComments } from './yaml-comments.ts';
import { quoted } from './yaml-errors.ts';
import { placeOfNode } from './yaml-node.ts';

/** Adds every trap of one document to its report. */
export function reportYamlTraps(file: FileText, document: Document, report: Report): void {
  reportLostComments(file, document, report);
  visit(document, {
    Map: (_key, node) => reportBraces(file, node, report),
    Scalar: (key, node) => {
      reportScalar(file, node, report, key === 'key');
    },
    Alias: (_key, node) => reportAlias(document, node, report),
  });
}

function reportBraces(file: FileText, node: YAMLMap, report: Report): symbol | undefined {
  const key = node.items[0]?.key;
  if (!isMap(key) || !node.range) return undefined;
  const [start, end] = node.range;
  const text = file.text.slice(start, end).replace(/\s+/g, ' ');
  if (!text.startsWith('{{')) {
    report.add('yaml_syntax', placeOfNode(key), 'a map cannot be a key', 'Put the text in quotes.');
    return visit.SKIP;
  }
  const inside = text.replace(/^\{\{\s*/, '').replace(/\s*\}\}$/, '');
  const hint = `An expression is written ${quoted(`\${{ ${inside} }}`)}, in quotes or not inside other braces.`;
  report.add(
    'yaml_braces',
    { offset: start, length: end - start },
    `\`${text}\` is a map in YAML, not an expression`,
    hint,
  );
  return visit.SKIP;
}

function reportScalar(file: FileText, node: Scalar, report: Report, isKey: boolean): void {
  if (!node.range) return;
  const [start, end] = node.range;
  const source = file.text.slice(start, end);
  if (node.type === 'PLAIN' && source.endsWith('$') && file.text.startsWith('{{', end)) {
    const close = file.text.indexOf('}}', end);
    const template = file.text.slice(end - 1, close === -1 ? end + 2 : close + 2).split('\n')[0] ?? '';
    report.add(
      'yaml_template_in_flow',
      { offset: end - 1, length: template.length },
      'inside `{ … }` or `[ … ]` YAML takes the braces of an unquoted expression for a map',
      `Put it in double quotes: ${quoted(source.slice(0, -1) + template)}`,
    );
    return;
  }
  if (typeof node.value === 'number' || typeof node.value === 'bigint') reportNumber(node, source, report);
  if (typeof node.value === 'string' && !isKey) reportText(file, node, node.value, report);
}

function reportNumber(node: Scalar, source: string, report: Report): void {
  const place = placeOfNode(node);
  if (/^[-+]?0[0-9]+$/.test(source)) {
    report.add(
      'yaml_leading_zero',
      place,
      `\`${source}\` is a number, so its leading zeros are lost (it becomes ${Number(source)})`,
      `To keep it as written, put it in quotes: "${source}"`,
    );
  } else if (!Number.isFinite(Number(node.value))) {
    report.add(
      'yaml_not_json',
      place,
      `\`${source}\` is a number that JSON does not have`,
      `Write a number, or text in quotes: "${source}"`,
    );
  } else if (/^[-+]?[0-9]+$/.test(source) && !Number.isSafeInteger(Number(source))) {
    report.add(
      'yaml_big_number',
      place,
      `\`${source}\` is over 2^53 and would be rounded to ${Number(source)}`,
      `Put it in quotes: "${source}"`,
    );
  }
}

function reportText(file: FileText, node: Scalar, value: string, report: Report): void {
  const place = placeOfNode(node);
  const opened = value.lastIndexOf('${{');
  const isOpen = opened !== -1 && !value.includes('}}', opened);
  if (isOpen && node.type === 'PLAIN' && /^[ \t]+#/.test(file.text.slice(place.offset + place.length))) {
    const hash = file.text.indexOf('#', place.offset + place.length);
    report.add(
      'yaml_comment_in_expression',
      { offset: hash, length: 1 },
      'this `#` starts a comment in YAML, so the expression is cut off before it',
      'Put the whole value in quotes.',
    );
    return;
  }
  const bare = /(^|[^$])\{\{(?!\{)[^{}\n]*\}\}/.exec(value);
  if (bare === null || value.includes('${{') || value.includes('$${{')) return;
  report.add(
    'yaml_dollar_missing',
    place,
    'text holds `{{ … }}` without a dollar sign; it is kept as it is',
    'Write `${{ … }}` if it is an expression.',
  );
}

function reportAlias(document: Document, node: Alias, report: Report): void {
  if (!isAlias(node) || !node.source) return;
  const target = node.resolve(document);
  if (target !== undefined && !(isScalar(target) && target.range === undefined)) return;
  const hint = `Put the value in quotes: "*${node.source}"; or define \`&${node.source}\` above it.`;
  report.add(
    'yaml_alias',
    placeOfNode(node),
    `\`*${node.source}\` is a YAML alias, and there is no anchor \`&${node.source}\``,
    hint,
  );
}
