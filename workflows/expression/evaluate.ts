// The walker: one function for each kind of node. Pure and counted; gives values or throws an ExpressionError.
// Must never call anything but the tables of functions and methods, and arrow functions of the same expression.
import type { AnyNode, Expression } from 'acorn';
import { failAbsent, keyFrom, readMember } from './access.ts';
import { fail, spend, spendJoin, spendList, type Evaluation } from './budget.ts';
import { closestWord } from './closest-word.ts';
import { hintForMethod } from './elsewhere.ts';
import { invoke, type Argument, type Call, type Callback } from './entry.ts';
import { CONVERTERS, FUNCTIONS } from './functions/index.ts';
import { bindPattern, type Locals } from './locals.ts';
import { methodNames, methodOf } from './methods/index.ts';
import { isValueName, namespaceOf, readConstant, readName, unknownFunction } from './names.ts';
import { applyBinary, applyUnary, textFrom } from './operators.ts';
import { describe, isObject, setKey, type Value, type ValueObject } from './value.ts';

/** Arguments of one call, after `...` is opened; JavaScript passes them on its stack. */
const argumentsMax = 1_000;

type Evaluators = {
  [T in AnyNode['type']]?: (node: Extract<AnyNode, { type: T }>, evaluation: Evaluation, locals?: Locals) => Value;
};
type Member = Extract<AnyNode, { type: 'MemberExpression' }>;
type CallNode = Extract<AnyNode, { type: 'CallExpression' }>;
type Arrow = Extract<AnyNode, { type: 'ArrowFunctionExpression' }>;
type Property = Extract<AnyNode, { type: 'Property' }>;

/** The rest of a chain was skipped, because something before `?.` (or left of `??`) was null or undefined. */
const SKIPPED = Symbol('skipped');
type Link = Value | typeof SKIPPED;

/** How absence is taken along a chain. `deep`: left of `??`, absence anywhere is undefined. `here`: before `?.`, the last key may be absent. */
interface Absence {
  deep: boolean;
  here: boolean;
}
const STRICT: Absence = { deep: false, here: false };
const HERE: Absence = { deep: false, here: true };
const DEEP: Absence = { deep: true, here: true };

/** How each node gets its value. */
const EVALUATORS: Evaluators = {
  Literal: (node) => node.value as Value,
  Identifier: (node, evaluation, locals) => readName(node, evaluation, locals),
  TemplateLiteral(node, evaluation, locals) {
    let text = node.quasis[0]!.value.cooked ?? '';
    for (const [index, expression] of node.expressions.entries()) {
      text += textFrom(evaluation, expression, evaluate(expression, evaluation, locals));
      text += node.quasis[index + 1]!.value.cooked ?? '';
      spendJoin(evaluation, text.length, node);
    }
    return text;
  },
  ArrayExpression(node, evaluation, locals) {
    const list: Value[] = [];
    for (const element of node.elements) {
      if (element !== null) addElement(element, evaluation, locals, list);
    }
    return list;
  },
  ObjectExpression(node, evaluation, locals) {
    const object: ValueObject = {};
    for (const property of node.properties) {
      if (property.type === 'SpreadElement') {
        spreadObject(property.argument, evaluation, locals, object);
        continue;
      }
      const key = propertyKey(property as Property, evaluation, locals);
      setKey(object, key, evaluate(property.value, evaluation, locals));
    }
    return object;
  },
  MemberExpression: (node, evaluation, locals) => settle(readLink(node, evaluation, locals, STRICT)),
  CallExpression: (node, evaluation, locals) => settle(callLink(node, evaluation, locals, STRICT)),
  ChainExpression: (node, evaluation, locals) => settle(link(node.expression, evaluation, locals, STRICT)),
  LogicalExpression(node, evaluation, locals) {
    if (node.operator === '??') {
      const value = settle(link(node.left, evaluation, locals, DEEP));
      return value ?? evaluate(node.right, evaluation, locals);
    }
    const left = evaluate(node.left, evaluation, locals);
    if (node.operator === '&&') return left ? evaluate(node.right, evaluation, locals) : left;
    return left ? left : evaluate(node.right, evaluation, locals);
  },
  UnaryExpression(node, evaluation, locals) {
    const absence = node.operator === 'typeof' ? HERE : STRICT;
    return applyUnary(evaluation, node, settle(link(node.argument, evaluation, locals, absence)));
  },
  BinaryExpression(node, evaluation, locals) {
    const left = evaluate(node.left, evaluation, locals);
    return applyBinary(evaluation, node, left, evaluate(node.right, evaluation, locals));
  },
  ConditionalExpression(node, evaluation, locals) {
    const chosen = evaluate(node.test, evaluation, locals) ? node.consequent : node.alternate;
    return evaluate(chosen, evaluation, locals);
  },
};

function evaluate(node: AnyNode, evaluation: Evaluation, locals: Locals | undefined): Value {
  spend(evaluation, 1, node);
  const evaluator = EVALUATORS[node.type] as
    ((node: AnyNode, evaluation: Evaluation, locals?: Locals) => Value) | undefined;
  if (evaluator === undefined) fail(evaluation, node, 'expression_unsupported', 'This cannot stand here.');
  return evaluator(node, evaluation, locals);
}

function settle(value: Link): Value {
  return value === SKIPPED ? undefined : value;
}

/** Evaluates one part of a chain such as `a.b?.c(1)`; other nodes are evaluated as they are. */
function link(node: AnyNode, evaluation: Evaluation, locals: Locals | undefined, absence: Absence): Link {
  if (node.type === 'MemberExpression') {
    spend(evaluation, 1, node);
    return readLink(node, evaluation, locals, absence);
  }
  if (node.type === 'CallExpression') {
    spend(evaluation, 1, node);
    return callLink(node, evaluation, locals, absence);
  }
  if (node.type === 'ChainExpression') return settle(link(node.expression, evaluation, locals, absence));
  if (absence.deep) return linkResult(node, evaluation, locals);
  return evaluate(node, evaluation, locals);
}

/** Left of `??`, what `a ?? b` and `test ? a : b` give may be absent too. */
function linkResult(node: AnyNode, evaluation: Evaluation, locals: Locals | undefined): Value {
  if (node.type === 'LogicalExpression' && node.operator === '??') {
    spend(evaluation, 1, node);
    const left = settle(link(node.left, evaluation, locals, DEEP));
    return left ?? settle(link(node.right, evaluation, locals, DEEP));
  }
  if (node.type === 'ConditionalExpression') {
    spend(evaluation, 1, node);
    const chosen = evaluate(node.test, evaluation, locals) ? node.consequent : node.alternate;
    return settle(link(chosen, evaluation, locals, DEEP));
  }
  return evaluate(node, evaluation, locals);
}

function readLink(node: Member, evaluation: Evaluation, locals: Locals | undefined, absence: Absence): Link {
  const namespace = namespaceOf(node, evaluation, locals);
  if (namespace !== undefined) return readConstant(node, namespace, evaluation);
  const object = objectOf(node, evaluation, locals, absence);
  if (object === SKIPPED) return SKIPPED;
  if (object === undefined || object === null) failAbsent(evaluation, node, object);
  const { property } = node;
  const key =
    !node.computed && property.type === 'Identifier'
      ? property.name
      : keyFrom(evaluation, property as Expression, evaluate(property, evaluation, locals));
  return readMember(evaluation, node, object, key, absence.deep || absence.here || node.optional);
}

/** The value before the dot; SKIPPED when it is absent and may be. */
function objectOf(node: Member, evaluation: Evaluation, locals: Locals | undefined, absence: Absence): Link {
  const object = link(node.object, evaluation, locals, absence.deep ? DEEP : node.optional ? HERE : STRICT);
  const absent = object === undefined || object === null;
  return absent && (node.optional || absence.deep) ? SKIPPED : object;
}

function callLink(node: CallNode, evaluation: Evaluation, locals: Locals | undefined, absence: Absence): Link {
  const { callee } = node;
  if (callee.type === 'Identifier') {
    if (isValueName(callee.name, evaluation, locals)) {
      const value = readName(callee, evaluation, locals);
      fail(evaluation, callee, 'type_mismatch', `\`${callee.name}\` is ${describe(value)}, not a function.`);
    }
    return callFunction(node, callee.name, evaluation, locals);
  }
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') {
    fail(evaluation, callee, 'expression_unsupported', 'This cannot be called.');
  }
  const { name } = callee.property;
  const namespace = namespaceOf(callee, evaluation, locals);
  if (namespace !== undefined) return callFunction(node, `${namespace}.${name}`, evaluation, locals);
  const receiver = objectOf(callee, evaluation, locals, absence);
  if (receiver === SKIPPED) return SKIPPED;
  if (receiver === undefined || receiver === null) failAbsent(evaluation, callee, receiver);
  const method = methodOf(receiver, name);
  if (method === undefined) failUnknownMethod(evaluation, callee, receiver, name);
  const call = { name, node, evaluation, count: 0 };
  return invoke(method, call, argumentsOf(call, locals), { value: receiver });
}

function callFunction(node: CallNode, name: string, evaluation: Evaluation, locals: Locals | undefined): Value {
  const row = FUNCTIONS.get(name);
  if (row === undefined) {
    const problem = unknownFunction(name);
    fail(evaluation, node.callee, problem.code, problem.message, problem.hint);
  }
  const call = { name, node, evaluation, count: 0 };
  return invoke(row, call, argumentsOf(call, locals));
}

function argumentsOf(call: Call, locals: Locals | undefined): Argument[] {
  const { evaluation, node } = call;
  const values: Argument[] = [];
  for (const argument of node.arguments) {
    if (argument.type === 'ArrowFunctionExpression') values.push(callbackFrom(argument, evaluation, locals));
    else if (argument.type === 'Identifier' && isConverter(argument.name, evaluation, locals)) {
      values.push((value) => invoke(FUNCTIONS.get(argument.name)!, { ...call, name: argument.name }, [value]));
    } else addElement(argument, evaluation, locals, values as Value[]);
  }
  if (values.length > argumentsMax) {
    const hint = 'give the list itself: `max(list)`, `one.concat(list)`';
    fail(evaluation, node, 'budget_exceeded', `A call takes at most ${argumentsMax} arguments.`, hint);
  }
  call.count = values.length;
  return values;
}

/** `list.map(Number)`: the functions that may stand for an arrow function, since JavaScript authors write it so. */
function isConverter(name: string, evaluation: Evaluation, locals: Locals | undefined): boolean {
  return CONVERTERS.has(name) && !isValueName(name, evaluation, locals);
}

function callbackFrom(arrow: Arrow, evaluation: Evaluation, locals: Locals | undefined): Callback {
  return (...values) => {
    let inner = locals;
    for (const [index, parameter] of arrow.params.entries()) {
      inner = bindPattern(evaluation, parameter, values[index], inner);
    }
    return evaluate(arrow.body, evaluation, inner);
  };
}

function addElement(node: AnyNode, evaluation: Evaluation, locals: Locals | undefined, list: Value[]): void {
  if (node.type !== 'SpreadElement') {
    list.push(evaluate(node, evaluation, locals));
    return;
  }
  const items = evaluate(node.argument, evaluation, locals);
  if (!Array.isArray(items)) {
    const hint = items === null || items === undefined ? 'give a fallback: `...(list ?? [])`' : undefined;
    fail(evaluation, node, 'type_mismatch', `\`...\` opens an array here, this is ${describe(items)}.`, hint);
  }
  spendList(evaluation, list.length + items.length, node);
  for (const item of items) list.push(item);
}

function spreadObject(node: Expression, evaluation: Evaluation, locals: Locals | undefined, target: ValueObject): void {
  const source = evaluate(node, evaluation, locals);
  if (source === undefined || source === null) return;
  if (!isObject(source)) {
    fail(evaluation, node, 'type_mismatch', `\`...\` opens an object here, this is ${describe(source)}.`);
  }
  const keys = Object.keys(source);
  spendList(evaluation, keys.length, node);
  for (const key of keys) setKey(target, key, source[key]);
}

function propertyKey(property: Property, evaluation: Evaluation, locals: Locals | undefined): string {
  const { key } = property;
  if (!property.computed && key.type === 'Identifier') return key.name;
  return keyFrom(evaluation, key, evaluate(key, evaluation, locals));
}

function failUnknownMethod(evaluation: Evaluation, callee: Member, receiver: Value, name: string): never {
  const near = closestWord(name, methodNames(receiver));
  const hint = hintForMethod(name) ?? (near === undefined ? undefined : `did you mean \`.${near}()\`?`);
  const message = `There is no method \`${name}\` of ${describe(receiver)}.`;
  fail(evaluation, callee.property, 'unknown_method', message, hint);
}

/** Evaluates a checked tree. The result may still hold undefined: see finish.ts. */
export function evaluateTree(tree: Expression, evaluation: Evaluation): Value {
  return evaluate(tree, evaluation, undefined);
}
