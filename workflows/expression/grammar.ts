// The subset: which nodes of acorn's tree may stand where. Runs once for each text, before anything is evaluated.
// Must refuse every node that it does not know.
import type { AnyNode, Node } from 'acorn';
import { ExpressionError } from './error.ts';

/** Levels of the tree; the walker's recursion is bounded by it. */
const treeLevelsMax = 250;

type NodeType = AnyNode['type'];
type Rules = { [T in NodeType]?: (node: Extract<AnyNode, { type: T }>, check: Check) => void };

interface Check {
  text: string;
  levels: number;
  onlyReads: boolean;
}

const READING: ReadonlySet<NodeType> = new Set<NodeType>([
  'Literal',
  'Identifier',
  'MemberExpression',
  'ChainExpression',
  'LogicalExpression',
  'ConditionalExpression',
]);

const UNARY_OPERATORS = new Set(['!', '-', '+', 'typeof']);
const BINARY_OPERATORS = new Set(['==', '!=', '===', '!==', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '**', 'in']);

const RULES: Rules = {
  Literal(node, check) {
    if ('regex' in node && node.regex) {
      refuse(check, node, 'Regular expression literals', 'write `text.matches(value, "pattern")`');
    }
    if (typeof node.value === 'bigint') refuse(check, node, 'BigInt numbers', 'leave the `n` out');
    if (node.value === Infinity) refuse(check, node, 'A number this large', 'numbers end at 1.8e308');
  },
  Identifier() {},
  TemplateLiteral(node, check) {
    for (const expression of node.expressions) visit(expression, check);
  },
  ArrayExpression(node, check) {
    for (const element of node.elements) {
      if (element === null) refuse(check, node, 'An array with a hole', 'write `null` for an empty place');
      visitSpreadable(element, check);
    }
  },
  ObjectExpression(node, check) {
    for (const property of node.properties) {
      if (property.type === 'SpreadElement') visit(property.argument, check);
      else visitProperty(property, check);
    }
  },
  MemberExpression(node, check) {
    if (node.object.type === 'Super') refuse(check, node, '`super`');
    if (node.property.type === 'PrivateIdentifier') refuse(check, node, 'A private name');
    visit(node.object, check);
    if (node.computed) visit(node.property, check);
  },
  ChainExpression(node, check) {
    visit(node.expression, check);
  },
  LogicalExpression(node, check) {
    visit(node.left, check);
    visit(node.right, check);
  },
  UnaryExpression(node, check) {
    if (!UNARY_OPERATORS.has(node.operator)) refuse(check, node, `\`${node.operator}\``);
    visit(node.argument, check);
  },
  BinaryExpression(node, check) {
    if (!BINARY_OPERATORS.has(node.operator)) refuse(check, node, `\`${node.operator}\``, binaryHint(node.operator));
    visit(node.left, check);
    visit(node.right, check);
  },
  ConditionalExpression(node, check) {
    visit(node.test, check);
    visit(node.consequent, check);
    visit(node.alternate, check);
  },
  CallExpression(node, check) {
    const { callee } = node;
    if (node.optional) refuse(check, node, 'An optional call', 'write `value?.method()`');
    if (callee.type !== 'Identifier' && callee.type !== 'MemberExpression') {
      refuse(check, callee, 'Calling this', 'call a function, `sum(list)`, or a method, `list.map(x => …)`');
    }
    if (callee.type === 'MemberExpression' && callee.computed) {
      refuse(check, callee, 'Calling a method by a computed name', 'write `value.method()`');
    }
    visit(callee, check);
    for (const argument of node.arguments) {
      if (argument.type === 'ArrowFunctionExpression') visitArrow(argument, check);
      else visitSpreadable(argument, check);
    }
  },
};

type Property = Extract<Extract<AnyNode, { type: 'ObjectExpression' }>['properties'][number], { type: 'Property' }>;

function visitProperty(property: Property, check: Check): void {
  if (property.method || property.kind !== 'init') refuse(check, property, 'A method in an object');
  const { key } = property;
  const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? key.value : undefined;
  if (!property.computed && name === '__proto__') {
    refuse(check, property, 'The key `__proto__`', 'it would set a prototype in JavaScript; choose another name');
  }
  if (property.computed) visit(key, check);
  visit(property.value, check);
}

function visitSpreadable(node: AnyNode, check: Check): void {
  visit(node.type === 'SpreadElement' ? node.argument : node, check);
}

type Arrow = Extract<AnyNode, { type: 'ArrowFunctionExpression' }>;

function visitArrow(arrow: Arrow, check: Check): void {
  if (arrow.async) refuse(check, arrow, 'An async function', 'expressions never wait: use a step');
  for (const parameter of arrow.params) visitPattern(parameter, check);
  if (arrow.body.type === 'BlockStatement') {
    refuse(
      check,
      arrow.body,
      'A function with statements',
      'write `x => value`, or `x => ({ key: value })` for an object',
    );
  }
  visit(arrow.body, check);
}

function visitPattern(pattern: AnyNode, check: Check): void {
  if (pattern.type === 'Identifier') return;
  if (pattern.type === 'ArrayPattern') {
    for (const element of pattern.elements) if (element !== null) visitPattern(element, check);
    return;
  }
  if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      if (property.type === 'RestElement') refuse(check, property, 'A rest pattern', 'use `omit(object, "key")`');
      if (property.computed) refuse(check, property, 'A computed key in a pattern');
      visitPattern(property.value, check);
    }
    return;
  }
  const hint = pattern.type === 'AssignmentPattern' ? 'write `value ?? fallback` in the body' : 'use `slice`';
  refuse(check, pattern, 'A default or rest in parameters', hint);
}

function visit(node: AnyNode, check: Check): void {
  const rule = RULES[node.type] as ((node: AnyNode, check: Check) => void) | undefined;
  if (rule === undefined) refuseNode(node, check);
  if (!READING.has(node.type)) check.onlyReads = false;
  check.levels++;
  if (check.levels > treeLevelsMax) {
    throw new ExpressionError(
      'expression_too_large',
      `The expression is nested more than ${treeLevelsMax} levels deep.`,
      { text: check.text, offset: node.start, length: node.end - node.start },
      'split it over several steps with `set`',
    );
  }
  rule(node, check);
  check.levels--;
}

/** Names and hints for the nodes that authors are likely to try. */
const REFUSALS: { [T in NodeType]?: [string, string?] } = {
  AssignmentExpression: ['An assignment', 'write `===` to compare; to keep a value use a `set` step'],
  UpdateExpression: ['`++` and `--`', 'write `value + 1`'],
  NewExpression: ['`new`', 'for times use `now()`, `time.parse()` and the other `time` functions'],
  ThisExpression: ['`this`', 'write `event`, `steps.ID` or `vars.NAME`'],
  SequenceExpression: ['A list of expressions with commas', 'write `[a, b]` for an array'],
  TaggedTemplateExpression: ['A tagged template', 'call a function instead'],
  FunctionExpression: ['`function`', 'write `x => …`'],
  ArrowFunctionExpression: [
    'An arrow function outside of a call',
    'arrows stand only as arguments: `list.map(x => …)`',
  ],
  AwaitExpression: ['`await`', 'expressions never wait: use a step'],
  YieldExpression: ['`yield`'],
  ClassExpression: ['`class`'],
  ImportExpression: ['`import`'],
  MetaProperty: ['`import.meta` and `new.target`'],
};

function refuseNode(node: AnyNode, check: Check): never {
  const [what, hint] = REFUSALS[node.type] ?? ['This JavaScript'];
  refuse(check, node, what, hint);
}

function refuse(check: Check, node: Node, what: string, hint?: string): never {
  const place = { text: check.text, offset: node.start, length: node.end - node.start };
  throw new ExpressionError('expression_unsupported', `${what} cannot stand in an expression.`, place, hint);
}

function binaryHint(operator: string): string | undefined {
  if (operator === '|') return 'write `||` for or; there are no filters, call a function or method';
  if (operator === '&') return 'write `&&` for and';
  if (operator === '^') return 'write `**` for powers';
  return undefined;
}

/**
 * Checks a tree against the subset; true when it only reads what is there.
 * @throws ExpressionError expression_unsupported or expression_too_large, for the first node that is refused
 */
export function checkGrammar(tree: AnyNode, text: string): boolean {
  const check: Check = { text, levels: 0, onlyReads: true };
  visit(tree, check);
  return check.onlyReads;
}
