// The static check: what an expression refers to and what is wrong with it, without any value. Shared tables, no run.
// Must report every problem it can see, and never one in an expression that means what it says.
import type { AnyNode, Expression } from 'acorn';
import { ExpressionError, type ExpressionErrorCode } from './error.ts';
import { checkCall, checkComparison, checkReading, type Report } from './inspect-checks.ts';
import { NAMESPACES } from './functions/index.ts';
import { unknownMember, unknownName } from './names.ts';
import { parseExpression } from './parse.ts';
import { secretName } from './template.ts';

/** One use of a root: `steps.stock.output.body.id` is root `steps` and path `['stock', 'output', 'body', 'id']`. */
export interface Reference {
  root: string;
  /** Keys and indexes as far as they are written out; method names and `length` are not part of it. */
  path: (string | number)[];
  offset: number;
  length: number;
  /** `?.` stands in it, or it is the left of `??`: it may be absent. */
  optional: boolean;
}

/** What is known of an expression without evaluating it. */
export interface Inspection {
  references: Reference[];
  problems: ExpressionError[];
  /** Names in `config.NAME`, each once. */
  configNames: string[];
  /** Names in `secrets.NAME`, each once. */
  secretNames: string[];
}

interface Walk extends Report {
  text: string;
  roots: string[];
  references: Reference[];
}

/**
 * Checks an expression. `roots` are the names that exist where it stands; with `secrets`, it may be exactly
 * `secrets.NAME`. A syntax error is the only problem reported then.
 */
export function inspectExpression(text: string, options: { roots: string[]; secrets?: boolean }): Inspection {
  const inspection: Inspection = { references: [], problems: [], configNames: [], secretNames: [] };
  const walk: Walk = {
    text,
    roots: options.roots,
    references: inspection.references,
    report(node, code, message, hint) {
      inspection.problems.push(problemAt(text, node, code, message, hint));
    },
  };
  let tree: Expression;
  try {
    tree = parseExpression(text).tree;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    inspection.problems.push(error);
    return inspection;
  }
  const secret = secretName(tree);
  if (secret !== undefined && options.secrets === true) {
    inspection.secretNames.push(secret);
    return inspection;
  }
  visit(tree, walk, [], false);
  inspection.configNames = configNames(inspection.references, walk);
  return inspection;
}

function problemAt(
  text: string,
  node: { start: number; end: number },
  code: ExpressionErrorCode,
  message: string,
  hint?: string,
): ExpressionError {
  return new ExpressionError(code, message, { text, offset: node.start, length: node.end - node.start }, hint);
}

function configNames(references: Reference[], walk: Walk): string[] {
  const names = new Set<string>();
  for (const reference of references) {
    if (reference.root !== 'config') continue;
    const [name] = reference.path;
    if (typeof name === 'string') names.add(name);
    else {
      const place = { start: reference.offset, end: reference.offset + reference.length };
      walk.report(
        place,
        'unknown_root',
        'A setting must be named.',
        'write `config.NAME`; its value is HOOKLINE_CONFIG_NAME',
      );
    }
  }
  return [...names];
}

/** Visits a node. `locals` are names of arrow parameters; `optional`: the value may be absent. */
function visit(node: AnyNode, walk: Walk, locals: string[], optional: boolean): void {
  switch (node.type) {
    case 'Identifier':
    case 'MemberExpression':
      return visitChain(node, walk, locals, optional);
    case 'ChainExpression':
      return visit(node.expression, walk, locals, optional);
    case 'CallExpression':
      return visitCall(node, walk, locals, optional);
    case 'LogicalExpression':
      visit(node.left, walk, locals, optional || node.operator === '??');
      return visit(node.right, walk, locals, optional);
    case 'BinaryExpression':
      checkComparison(node, walk);
      visit(node.left, walk, locals, false);
      return visit(node.right, walk, locals, false);
    case 'UnaryExpression':
      return visit(node.argument, walk, locals, node.operator === 'typeof');
    case 'ConditionalExpression':
      visit(node.test, walk, locals, false);
      visit(node.consequent, walk, locals, optional);
      return visit(node.alternate, walk, locals, optional);
    case 'TemplateLiteral':
      for (const expression of node.expressions) visit(expression, walk, locals, false);
      return;
    case 'ArrayExpression':
      for (const element of node.elements) if (element !== null) visit(element, walk, locals, false);
      return;
    case 'SpreadElement':
      return visit(node.argument, walk, locals, false);
    case 'ObjectExpression':
      for (const property of node.properties) visit(property, walk, locals, false);
      return;
    case 'Property':
      if (node.computed) visit(node.key, walk, locals, false);
      return visit(node.value, walk, locals, false);
    case 'ArrowFunctionExpression':
      return visit(node.body, walk, [...locals, ...node.params.flatMap(patternNames)], false);
    default:
  }
}

function patternNames(pattern: AnyNode): string[] {
  if (pattern.type === 'Identifier') return [pattern.name];
  if (pattern.type === 'ArrayPattern')
    return pattern.elements.flatMap((element) => (element === null ? [] : patternNames(element)));
  if (pattern.type === 'ObjectPattern') {
    return pattern.properties.flatMap((property) => (property.type === 'Property' ? patternNames(property.value) : []));
  }
  return [];
}

type ChainNode = Extract<AnyNode, { type: 'Identifier' | 'MemberExpression' }>;

/** A name, or keys read from something. Follows the keys down to the root and records the reference. */
function visitChain(node: ChainNode, walk: Walk, locals: string[], optional: boolean): void {
  const keys: (string | number | undefined)[] = [];
  let isOptional = optional;
  let at: AnyNode = node;
  for (;;) {
    if (at.type === 'ChainExpression') at = at.expression;
    if (at.type !== 'MemberExpression') break;
    if (at.optional) isOptional = true;
    keys.unshift(staticKey(at));
    if (at.computed) visit(at.property, walk, locals, false);
    else checkReading(at, walk);
    at = at.object;
  }
  if (at.type !== 'Identifier') return visit(at, walk, locals, isOptional);
  if (locals.includes(at.name) || (at.name === 'undefined' && keys.length === 0)) return;
  if (walk.roots.includes(at.name)) {
    if (keys.at(-1) === 'length') keys.pop();
    const cut = keys.indexOf(undefined);
    const path = (cut === -1 ? keys : keys.slice(0, cut)) as (string | number)[];
    walk.references.push({
      root: at.name,
      path,
      offset: node.start,
      length: node.end - node.start,
      optional: isOptional,
    });
    return;
  }
  reportName(at, node, keys, walk, locals);
}

function staticKey(node: Extract<AnyNode, { type: 'MemberExpression' }>): string | number | undefined {
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : undefined;
  const value = node.property.type === 'Literal' ? node.property.value : undefined;
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function reportName(
  node: Extract<AnyNode, { type: 'Identifier' }>,
  chain: ChainNode,
  keys: (string | number | undefined)[],
  walk: Walk,
  locals: string[],
): void {
  const [key] = keys;
  if (NAMESPACES.has(node.name) && typeof key === 'string') {
    if (node.name === 'Math' && key === key.toUpperCase() && NAMESPACES.get('Math')!.has(key)) return;
    const problem = unknownMember(node.name, key);
    return walk.report(chain, problem.code, problem.message, problem.hint);
  }
  const problem = unknownName(node.name, [...locals, ...walk.roots]);
  const isListed = problem.hint?.startsWith('these exist') === true;
  // A word alone is likely to be meant as text.
  const hint = isListed && keys.length === 0 ? `text stands in quotes: "${node.name}"; ${problem.hint}` : problem.hint;
  walk.report(node, problem.code, problem.message, hint);
}

function visitCall(
  node: Extract<AnyNode, { type: 'CallExpression' }>,
  walk: Walk,
  locals: string[],
  optional: boolean,
): void {
  const { callee } = node;
  const isValue = (name: string): boolean => locals.includes(name) || walk.roots.includes(name);
  const isFunction = checkCall(node, walk, isValue);
  if (callee.type === 'MemberExpression' && !isFunction)
    visit(callee.object, walk, locals, optional || callee.optional);
  for (const argument of node.arguments) {
    const isConverter = argument.type === 'Identifier' && ['Number', 'String', 'Boolean'].includes(argument.name);
    if (!isConverter || isValue((argument as { name: string }).name)) visit(argument, walk, locals, false);
  }
}
