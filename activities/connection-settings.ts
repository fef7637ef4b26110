// Resolves a connection document's `with:` in the activity: `${{ secrets.NAME }}`, whole or inside text, and expressions over
// `config`. Only the document's own text is looked at, never a value that it resolves to.
import type { Json, JsonObject, Template } from '../workflows/definition.ts';
import { evaluateExpression, ExpressionError, parseTemplateText } from '../workflows/expression/index.ts';
import { ConnectorError, invalidInput } from './connector-error.ts';
import type { TakeSecret } from './secret-slots.ts';

/** What the settings may refer to. */
export interface SettingSources {
  secret: TakeSecret;
  config: (name: string) => string | undefined;
}

const SECRET = /^\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*$/;
const CONFIG_NAME = /\bconfig\??\.([A-Za-z_][A-Za-z0-9_]*)/g;

/** The settings with every template resolved. Throws `secret_missing`, or `invalid_input` naming the connection. */
export function resolveConnection(name: string, template: Template, sources: SettingSources): JsonObject {
  const resolved = resolve(name, template, sources);
  if (resolved === null || typeof resolved !== 'object' || Array.isArray(resolved)) {
    throw invalidInput(`connection ${name}: with must be a map of settings`);
  }
  return resolved;
}

function resolve(name: string, template: Template, sources: SettingSources): Json {
  if (typeof template === 'string') return resolveText(name, template, sources);
  if (Array.isArray(template)) return template.map((item) => resolve(name, item, sources));
  if (template === null || typeof template !== 'object') return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, resolve(name, value, sources)]));
}

function resolveText(name: string, text: string, sources: SettingSources): Json {
  try {
    const { parts, whole } = parseTemplateText(text);
    const values = parts.map((part) => (typeof part === 'string' ? part : evaluate(part.expression, sources)));
    return whole ? (values[0] ?? null) : values.map(asText).join('');
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    // Retryable: a worker that was started with the setting may take the next attempt.
    throw new ConnectorError('connection_missing', `connection ${name}: ${error.message}`, { retryable: true });
  }
}

function evaluate(expression: string, sources: SettingSources): Json {
  const secret = SECRET.exec(expression)?.[1];
  if (secret !== undefined) return sources.secret(secret);
  const roots = { config: configIn(expression, sources) };
  return evaluateExpression(expression, { roots, now: noClock, uuid: noClock }) ?? null;
}

/** As templates do everywhere: null is nothing, structures are JSON. */
function asText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The values of the settings that an expression names; those that are not set are absent, so that `??` works. */
function configIn(expression: string, sources: SettingSources): JsonObject {
  const config: JsonObject = {};
  for (const [, setting = ''] of expression.matchAll(CONFIG_NAME)) {
    const value = sources.config(setting);
    if (value !== undefined) config[setting] = value;
  }
  return config;
}

/** A connection is the same for every call that uses it: nothing in it may change from one to the next. */
function noClock(): never {
  throw invalidInput('now() and uuid() cannot stand in a connection');
}
