// What one function or method is: the row of the tables that evaluation, static checks and the reference derive from.
// Argument counts and types are checked here, once for all, so that `run` gets what its parameters say.
import type { CallExpression } from 'acorn';
import type { Json } from '../definition.ts';
import { fail, type Evaluation } from './budget.ts';
import type { ExpressionErrorCode } from './error.ts';
import { describe, typeOfValue, type Value, type ValueType } from './value.ts';

/** An arrow function of the author, ready to be called. */
export type Callback = (...values: Value[]) => Value;
/** What a function or method can be given. */
export type Argument = Value | Callback;

export interface Parameter {
  name: string;
  types: (ValueType | 'any' | 'callback')[];
  optional: boolean;
  rest: boolean;
}

/** One call under way. */
export interface Call {
  /** As messages name it: `slice`, `time.add`. */
  name: string;
  node: CallExpression;
  evaluation: Evaluation;
  /** How many arguments were given. */
  count: number;
}

/** A function, or a method (whose receiver is the first argument of `run`). */
export interface Entry {
  name: string;
  /** As written in the table, for signatures: `end?: number`. */
  signature: string[];
  parameters: Parameter[];
  returns: ValueType | 'any';
  summary: string;
  /** An expression and its result; a test evaluates it. */
  example: { expression: string; result: Json };
  run: (call: Call, ...values: never[]) => Value;
}

/**
 * Makes a row. Parameters are written `name: type`, `name?: type` or `...name: type`, types separated by `|`:
 * string, number, boolean, array, object, null, any, or callback (an arrow function).
 */
export function entry(
  name: string,
  signature: string[],
  returns: Entry['returns'],
  summary: string,
  example: [expression: string, result: Json],
  run: Entry['run'],
): Entry {
  const parameters = signature.map(parseParameter);
  return {
    name,
    signature,
    parameters,
    returns,
    summary,
    example: { expression: example[0], result: example[1] },
    run,
  };
}

function parseParameter(text: string): Parameter {
  const [name = '', types = 'any'] = text.split(': ');
  return {
    name: name.replace(/^\.\.\.|\?$/g, ''),
    types: types.split('|') as Parameter['types'],
    optional: name.endsWith('?'),
    rest: name.startsWith('...'),
  };
}

/** How many arguments an entry takes. `most` is Infinity for a rest parameter. */
export function arityOf(parameters: Parameter[]): { least: number; most: number } {
  const least = parameters.filter((parameter) => !parameter.optional && !parameter.rest).length;
  return { least, most: parameters.some((parameter) => parameter.rest) ? Infinity : parameters.length };
}

/** `slice takes 1 to 2 arguments, this has 3.` or undefined when the count is right. */
export function arityProblem(name: string, parameters: Parameter[], count: number): string | undefined {
  const { least, most } = arityOf(parameters);
  if (count >= least && count <= most) return undefined;
  const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return `\`${name}\` takes ${wanted} ${wanted === '1' ? 'argument' : 'arguments'}, this has ${count}.`;
}

/** How a signature is shown: `slice(start, end?)`. */
export function showSignature(name: string, row: Entry): string {
  return `${name}(${row.signature.map((text) => text.split(':')[0]).join(', ')})`;
}

/**
 * Checks the arguments against the entry and runs it. `receiver` is the value before the dot of a method.
 * @throws ExpressionError
 */
export function invoke(row: Entry, call: Call, values: Argument[], receiver?: { value: Value }): Value {
  const problem = arityProblem(call.name, row.parameters, values.length);
  if (problem !== undefined) {
    fail(call.evaluation, call.node, 'wrong_arguments', problem, `it is \`${showSignature(call.name, row)}\``);
  }
  for (let index = 0; index < values.length; index++) checkArgument(row, call, values[index], index);
  const run = row.run as (call: Call, ...values: Argument[]) => Value;
  return receiver === undefined ? run(call, ...values) : run(call, receiver.value, ...values);
}

function checkArgument(row: Entry, call: Call, value: Argument, index: number): void {
  const parameter = row.parameters[Math.min(index, row.parameters.length - 1)]!;
  const type = typeof value === 'function' ? 'callback' : typeOfValue(value);
  if (parameter.types.includes(type)) return;
  if (parameter.types.includes('any') && type !== 'callback') return;
  if (type === 'undefined' && parameter.optional) return;
  const wanted = parameter.types.map((name) => (name === 'callback' ? 'arrow function' : name)).join(' or ');
  const given = typeof value === 'function' ? 'an arrow function' : describe(value);
  const code = type === 'callback' || parameter.types.includes('callback') ? 'wrong_arguments' : 'type_mismatch';
  failArgument(
    call,
    index,
    code,
    `\`${call.name}\` wants ${/^[aeiou]/.test(wanted) ? 'an' : 'a'} ${wanted} as \`${parameter.name}\`, this is ${given}.`,
    hintForArgument(parameter, type),
  );
}

function hintForArgument(parameter: Parameter, type: ValueType | 'callback'): string | undefined {
  if (parameter.types.includes('callback')) return 'write an arrow function, such as `x => x.name`';
  if (parameter.types.includes('string') && type === 'number') return 'convert it: `String(value)`';
  if (parameter.types.includes('number') && type === 'string') return 'convert it: `Number(value)`';
  if (type === 'null' || type === 'undefined') return 'give a fallback: `value ?? fallback`';
  return undefined;
}

/** Throws the error of one argument (from 0) of a call. */
export function failArgument(
  call: Call,
  index: number,
  code: ExpressionErrorCode,
  message: string,
  hint?: string,
): never {
  fail(call.evaluation, call.node.arguments[index] ?? call.node, code, message, hint);
}
