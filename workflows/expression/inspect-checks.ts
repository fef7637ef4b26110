// Static checks of single nodes: functions and methods by name, their arguments, comparisons that cannot mean what they say.
// Must accept whatever evaluation could accept, but comparisons whose result is known beforehand.
import type { AnyNode } from 'acorn';
import { closestWord } from './closest-word.ts';
import { hintForMethod, hintForName } from './elsewhere.ts';
import { arityProblem, showSignature, type Entry } from './entry.ts';
import type { ExpressionErrorCode } from './error.ts';
import { CONVERTERS, FUNCTIONS, NAMESPACES } from './functions/index.ts';
import { METHODS, methodsNamed } from './methods/index.ts';
import { unknownFunction } from './names.ts';

/** Takes the problems that checks find. */
export interface Report {
  report(node: { start: number; end: number }, code: ExpressionErrorCode, message: string, hint?: string): void;
}

type CallNode = Extract<AnyNode, { type: 'CallExpression' }>;
type Binary = Extract<AnyNode, { type: 'BinaryExpression' }>;
type Member = Extract<AnyNode, { type: 'MemberExpression' }>;

/** Checks one call; true when it calls a function of the table (or tries to), false when it calls a method of a value. */
export function checkCall(node: CallNode, report: Report, isValue: (name: string) => boolean): boolean {
  const { callee } = node;
  if (callee.type === 'Identifier') {
    if (isValue(callee.name)) {
      report.report(callee, 'type_mismatch', `\`${callee.name}\` is a value, not a function.`);
    } else checkFunction(node, callee.name, report);
    return true;
  }
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false;
  const { object, property } = callee;
  if (object.type === 'Identifier' && !isValue(object.name) && isFunctionOwner(object.name)) {
    checkFunction(node, `${object.name}.${property.name}`, report);
    return true;
  }
  checkMethod(node, property, report);
  return false;
}

/** A group of ours, or an object of JavaScript that has no values of its own here (`JSON`, `Object`, `Date`). */
function isFunctionOwner(name: string): boolean {
  return NAMESPACES.has(name) || (/^[A-Z]/.test(name) && hintForName(name) !== undefined);
}

function checkFunction(node: CallNode, name: string, report: Report): void {
  const row = FUNCTIONS.get(name);
  if (row !== undefined) return checkArguments(node, name, [row], report);
  const problem = unknownFunction(name);
  const owner = name.split('.')[0]!;
  report.report(
    node.callee,
    problem.code,
    problem.message,
    NAMESPACES.has(owner) ? problem.hint : (hintForName(owner) ?? problem.hint),
  );
}

function checkMethod(node: CallNode, property: { name: string; start: number; end: number }, report: Report): void {
  const rows = methodsNamed(property.name);
  if (rows.length > 0) return checkArguments(node, property.name, rows, report);
  const names = Object.values(METHODS).flatMap((table) => [...table.keys()]);
  const near = closestWord(property.name, names);
  const hint = hintForMethod(property.name) ?? (near === undefined ? undefined : `did you mean \`.${near}()\`?`);
  report.report(property, 'unknown_method', `There is no method \`${property.name}\`.`, hint);
}

/** Counts and kinds of arguments, against all rows that the name can mean. */
function checkArguments(node: CallNode, name: string, rows: Entry[], report: Report): void {
  if (node.arguments.some((argument) => argument.type === 'SpreadElement')) return;
  const problems = rows.map((row) => arityProblem(name, row.parameters, node.arguments.length));
  const [first] = problems;
  if (first !== undefined && problems.every((problem) => problem !== undefined)) {
    return report.report(node, 'wrong_arguments', first, `it is \`${showSignature(name, rows[0]!)}\``);
  }
  const [row] = rows;
  if (rows.length > 1 || row === undefined) return;
  for (const [index, argument] of node.arguments.entries()) checkArgumentKind(argument, name, row, index, report);
}

function checkArgumentKind(argument: AnyNode, name: string, row: Entry, index: number, report: Report): void {
  const parameter = row.parameters[Math.min(index, row.parameters.length - 1)];
  if (parameter === undefined) return;
  const takesArrow = parameter.types.includes('callback');
  const isArrow = argument.type === 'ArrowFunctionExpression';
  if (isArrow && !takesArrow) {
    const message = `\`${name}\` takes no function as \`${parameter.name}\`.`;
    return report.report(argument, 'wrong_arguments', message, `it is \`${showSignature(name, row)}\``);
  }
  const isConverter = argument.type === 'Identifier' && CONVERTERS.has(argument.name);
  if (isArrow || isConverter || !takesArrow || parameter.types.length > 1) return;
  const message = `\`${name}\` wants an arrow function as \`${parameter.name}\`.`;
  report.report(argument, 'wrong_arguments', message, 'write an arrow function, such as `x => x.name`');
}

/** `list.size`, `list.contains` without a call: words of other languages that can be told from keys only by being rare. */
export function checkReading(node: Member, report: Report): void {
  const { object, property } = node;
  const isLiteral =
    object.type === 'ArrayExpression' ||
    object.type === 'TemplateLiteral' ||
    (object.type === 'Literal' && typeof object.value === 'string');
  if (!isLiteral || property.type !== 'Identifier' || property.name === 'length') return;
  const type = object.type === 'ArrayExpression' ? 'array' : 'string';
  if (METHODS[type].has(property.name)) {
    report.report(
      property,
      'type_mismatch',
      `\`${property.name}\` is a method: it must be called.`,
      `write \`.${property.name}(…)\``,
    );
  } else
    report.report(
      property,
      'missing_key',
      `An ${type} has no \`${property.name}\`.`.replace('An string', 'A string'),
      hintForMethod(property.name),
    );
}

const EQUALITY = new Set(['==', '!=', '===', '!==']);

/** Comparisons whose result is known, and not what the author means. */
export function checkComparison(node: Binary, report: Report): void {
  if (node.operator === 'in' && node.right.type === 'ArrayExpression') {
    const message = '`in` looks for a key, and the keys of a list are its positions.';
    return report.report(node, 'type_mismatch', message, 'write `[…].includes(value)`');
  }
  if (!EQUALITY.has(node.operator)) return;
  for (const [side, other] of [
    [node.left, node.right],
    [node.right, node.left],
  ] as const) {
    if (side.type === 'ArrayExpression' || side.type === 'ObjectExpression') {
      const message = 'Arrays and objects cannot be compared with each other.';
      return report.report(
        node,
        'type_mismatch',
        message,
        'for emptiness write `value.length === 0`, or `keys(value).length === 0`',
      );
    }
    const isLoose = node.operator === '==' || node.operator === '!=';
    if (isLoose && other.type === 'ChainExpression' && side.type === 'Literal' && side.value === null) {
      const message = `\`${node.operator}\` means \`${node.operator}=\` here: what is absent is undefined, not null.`;
      return report.report(node, 'type_mismatch', message, 'write `(value ?? null) === null`');
    }
  }
}
