// The expression language: a safe, bounded subset of JavaScript. This is its door; nothing else here is for others.
export type { Scope } from './budget.ts';
export { closestWord } from './closest-word.ts';
export { explain, ExpressionError } from './error.ts';
export { inspectExpression } from './inspect.ts';
export { evaluateCondition, evaluateExpression } from './run.ts';
export { renderTemplate, renderWithSecrets } from './template.ts';
export { parseTemplateText } from './template-text.ts';
