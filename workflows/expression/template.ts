// Rendering templates: JSON values whose strings hold `${{ … }}`. What an expression gives is never scanned again.
// Must never give a secret's value: `secrets.NAME` becomes a slot that only the activity fills.
import type { Expression } from 'acorn';
import type { Json, SecretPart, SecretSlot } from '../definition.ts';
import { stringCharactersMax, valueLevelsMax, type Scope } from './budget.ts';
import { ExpressionError } from './error.ts';
import { jsonCharacters } from './finish.ts';
import { parseExpression } from './parse.ts';
import { evaluateExpression } from './run.ts';
import { parseTemplateText, type TemplatePart } from './template-text.ts';
import { setKey, type ValueObject } from './value.ts';

interface Rendering {
  scope: Scope;
  /** Where secrets are collected; without it a secret is an error. */
  secrets?: SecretSlot[];
}

/**
 * Renders every text of a JSON value. One whole expression keeps its type; when it gives undefined its key is left out, in
 * an array it is null. Mixed text becomes a string: null and undefined are empty, arrays and objects JSON.
 * @throws ExpressionError, also for any use of a secret
 */
export function renderTemplate(value: Json, scope: Scope): Json {
  return render(value, { scope }, '', 0) ?? null;
}

/**
 * Renders like `renderTemplate`, and turns `${{ secrets.NAME }}`, alone or inside text, into slots: the value at that
 * place is null, and the slot says by JSON pointer which texts and names make it up.
 * @throws ExpressionError, also for a secret inside a longer expression
 */
export function renderWithSecrets(value: Json, scope: Scope): { value: Json; secrets: SecretSlot[] } {
  const secrets: SecretSlot[] = [];
  const rendered = render(value, { scope, secrets }, '', 0) ?? null;
  return { value: rendered, secrets };
}

function render(value: Json, rendering: Rendering, pointer: string, level: number): Json | undefined {
  if (typeof value === 'string') return renderText(value, rendering, pointer);
  if (typeof value !== 'object' || value === null) return value;
  if (level >= valueLevelsMax) {
    const message = `The template is nested more than ${valueLevelsMax} levels deep.`;
    throw new ExpressionError('expression_too_large', message, { text: '', offset: 0, length: 1 });
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => render(item, rendering, `${pointer}/${index}`, level + 1) ?? null);
  }
  const result: ValueObject = {};
  for (const key of Object.keys(value)) {
    const rendered = render(value[key]!, rendering, `${pointer}/${escapePointer(key)}`, level + 1);
    if (rendered !== undefined) setKey(result, key, rendered);
  }
  return result as Json;
}

/** A key as RFC 6901 writes it in a pointer. */
function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function renderText(text: string, rendering: Rendering, pointer: string): Json | undefined {
  if (!text.includes('${{')) return text;
  const { parts, whole } = parseTemplateText(text);
  const pieces: SecretPart[] = [];
  let characters = 0;
  let holdsSecret = false;
  for (const part of parts) {
    const secret = secretIn(part, rendering);
    if (secret !== undefined) {
      pieces.push({ secret });
      holdsSecret = true;
      continue;
    }
    if (whole && typeof part !== 'string') return evaluateExpression(part.expression, rendering.scope);
    const piece = typeof part === 'string' ? part : mixedText(part.expression, rendering.scope);
    characters += piece.length;
    refuseLong(text, characters);
    addText(pieces, piece);
  }
  if (!holdsSecret) return pieces.join('');
  rendering.secrets?.push({ pointer, parts: pieces });
  return null;
}

function addText(pieces: SecretPart[], piece: string): void {
  const last = pieces.length - 1;
  const previous = pieces[last];
  if (piece === '') return;
  if (typeof previous === 'string') pieces[last] = previous + piece;
  else pieces.push(piece);
}

function refuseLong(text: string, characters: number): void {
  if (characters <= stringCharactersMax) return;
  const message = `This makes a string of more than ${stringCharactersMax} characters.`;
  throw new ExpressionError('budget_exceeded', message, { text, offset: 0, length: 1 });
}

function mixedText(expression: string, scope: Scope): string {
  const value = evaluateExpression(expression, scope);
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  const evaluation = { text: expression, scope, operations: 0 };
  jsonCharacters(evaluation, parseExpression(expression).tree, value);
  return JSON.stringify(value);
}

function secretIn(part: TemplatePart, rendering: Rendering): string | undefined {
  if (typeof part === 'string' || rendering.secrets === undefined) return undefined;
  return secretName(parseExpression(part.expression).tree);
}

/** The name in a tree that is exactly `secrets.NAME`, else undefined. */
export function secretName(tree: Expression): string | undefined {
  if (tree.type !== 'MemberExpression' || tree.computed || tree.optional) return undefined;
  const { object, property } = tree;
  return object.type === 'Identifier' && object.name === 'secrets' && property.type === 'Identifier'
    ? property.name
    : undefined;
}
