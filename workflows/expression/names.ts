// What a bare name means: a local of an arrow function, a root of the scope, or part of the table of functions.
// Must never find anything else: there is no global object here.
import type { Identifier, MemberExpression } from 'acorn';
import { fail, type Evaluation } from './budget.ts';
import { closestWord } from './closest-word.ts';
import { hintForName } from './elsewhere.ts';
import { CONSTANTS, FUNCTIONS, NAMESPACES } from './functions/index.ts';
import { findLocal, type Locals } from './locals.ts';
import type { Value } from './value.ts';

/** True when the name is a local or a root, so that functions of that name are hidden by it. */
export function isValueName(name: string, evaluation: Evaluation, locals: Locals | undefined): boolean {
  return findLocal(locals, name) !== undefined || Object.hasOwn(evaluation.scope.roots, name);
}

/** The value of a name. `undefined` is the one name that is always there. */
export function readName(node: Identifier, evaluation: Evaluation, locals: Locals | undefined): Value {
  const local = findLocal(locals, node.name);
  if (local !== undefined) return local.value;
  if (Object.hasOwn(evaluation.scope.roots, node.name)) return evaluation.scope.roots[node.name];
  if (node.name === 'undefined') return undefined;
  const names = [...localNames(locals), ...Object.keys(evaluation.scope.roots)];
  const problem = unknownName(node.name, names);
  fail(evaluation, node, problem.code, problem.message, problem.hint);
}

function localNames(locals: Locals | undefined): string[] {
  const names: string[] = [];
  for (let at = locals; at !== undefined; at = at.outer) names.push(at.name);
  return names;
}

/** What is wrong with a name that is no value, given the names that are. Shared with the static check. */
export function unknownName(
  name: string,
  names: string[],
): { code: 'unknown_root' | 'secret_not_allowed' | 'wrong_arguments'; message: string; hint?: string } {
  if (name === 'secrets') {
    const hint = 'write it alone, as `${{ secrets.NAME }}`, in `with:` of a connector or connection';
    return { code: 'secret_not_allowed', message: 'A secret cannot stand here.', hint };
  }
  if (FUNCTIONS.has(name)) {
    return {
      code: 'wrong_arguments',
      message: `\`${name}\` is a function: it must be called.`,
      hint: `write \`${name}(…)\``,
    };
  }
  if (NAMESPACES.has(name)) {
    const members = [...NAMESPACES.get(name)!].join(', ');
    return { code: 'wrong_arguments', message: `\`${name}\` is a group of functions: ${members}.` };
  }
  const near = closestWord(name, [...names, 'undefined']);
  const hint =
    hintForName(name) ?? (near === undefined ? `these exist here: ${names.join(', ')}` : `did you mean \`${near}\`?`);
  return { code: 'unknown_root', message: `There is no \`${name}\` here.`, hint };
}

/** The group of functions that a member belongs to (`json` in `json.parse`), unless a value of that name hides it. */
export function namespaceOf(
  node: MemberExpression,
  evaluation: Evaluation,
  locals: Locals | undefined,
): string | undefined {
  if (node.computed || node.object.type !== 'Identifier') return undefined;
  const { name } = node.object;
  return NAMESPACES.has(name) && !isValueName(name, evaluation, locals) ? name : undefined;
}

/** The value of a member of a group that is no function (`Math.PI`). */
export function readConstant(node: MemberExpression, namespace: string, evaluation: Evaluation): Value {
  const member = node.property.type === 'Identifier' ? node.property.name : '';
  const constant = CONSTANTS.get(`${namespace}.${member}`);
  if (constant !== undefined) return constant;
  const problem = unknownMember(namespace, member);
  fail(evaluation, node.property, problem.code, problem.message, problem.hint);
}

/** What is wrong with a member of a group that is no constant. Shared with the static check. */
export function unknownMember(
  namespace: string,
  member: string,
): { code: 'unknown_function' | 'wrong_arguments'; message: string; hint?: string } {
  const full = `${namespace}.${member}`;
  if (FUNCTIONS.has(full)) {
    return {
      code: 'wrong_arguments',
      message: `\`${full}\` is a function: it must be called.`,
      hint: `write \`${full}(…)\``,
    };
  }
  return unknownFunction(full);
}

/** What is wrong with a function that does not exist. Shared with the static check. */
export function unknownFunction(name: string): { code: 'unknown_function'; message: string; hint?: string } {
  const [namespace = '', member] = name.split('.');
  const message = `There is no function \`${name}\`.`;
  if (member === undefined) {
    const near = closestWord(name, FUNCTIONS.keys());
    const hint = hintForName(name) ?? (near === undefined ? undefined : `did you mean \`${near}\`?`);
    return { code: 'unknown_function', message, hint };
  }
  if (name === 'Math.random') return { code: 'unknown_function', message, hint: hintForName('random') };
  const members = [...(NAMESPACES.get(namespace) ?? [])];
  const near = closestWord(member, members);
  const hint =
    near === undefined ? `\`${namespace}\` has: ${members.join(', ')}` : `did you mean \`${namespace}.${near}\`?`;
  return { code: 'unknown_function', message, hint };
}
