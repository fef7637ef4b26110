// Conversions between types, and JSON. A value that does not convert is an error, never NaN or "[object Object]".
import { spendCharacters, spendItems, spendText } from '../budget.ts';
import { entry, failArgument, type Call, type Entry } from '../entry.ts';
import { jsonCharacters } from '../finish.ts';
import { describe, numberFromText, type Value } from '../value.ts';

const indentMax = 10;

function toNumber(call: Call, value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'string' ? numberFromText(value) : undefined;
  if (number !== undefined) return number;
  const what =
    typeof value === 'string' ? 'This string does not spell a number.' : `There is no number in ${describe(value)}.`;
  const hint = value === null || value === undefined ? 'give a fallback: `Number(value ?? 0)`' : undefined;
  failArgument(call, 0, 'invalid_value', what, hint);
}

function toText(call: Call, value: Value): string {
  if (typeof value !== 'object' || value === null) return String(value);
  failArgument(
    call,
    0,
    'type_mismatch',
    `\`String\` has no good text for ${describe(value)}.`,
    'write `json.stringify(value)` or `list.join(", ")`',
  );
}

function parseJson(call: Call, text: string): Value {
  spendCharacters(call.evaluation, text.length, call.node);
  let value: Value;
  try {
    value = JSON.parse(text) as Value;
  } catch {
    failArgument(call, 0, 'invalid_value', 'This string is not JSON.');
  }
  jsonCharacters(call.evaluation, call.node, value);
  refuseInfinite(call, value);
  return value;
}

/** `1e999` is JSON, but no finite number. Depth and size are known to be bounded. */
function refuseInfinite(call: Call, value: Value): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    failArgument(call, 0, 'not_finite', 'This JSON holds a number that is too large.');
  }
  if (typeof value !== 'object' || value === null) return;
  for (const item of Object.values(value)) refuseInfinite(call, item as Value);
}

function stringifyJson(call: Call, value: Value, _replacer: null, indent = 0): Value {
  if (value === undefined) {
    failArgument(call, 0, 'type_mismatch', 'There is no JSON for undefined.', 'give a fallback: `value ?? null`');
  }
  const spaces = Math.min(indentMax, Math.max(0, Math.trunc(indent)));
  const characters = jsonCharacters(call.evaluation, call.node, value, spaces);
  spendItems(call.evaluation, characters / 100, call.node);
  const text = JSON.stringify(value, null, spaces);
  spendText(call.evaluation, text.length, call.node);
  return text;
}

export const CONVERT_FUNCTIONS: Entry[] = [
  entry(
    'Number',
    ['value: any'],
    'number',
    'The number that a text spells in decimal; true is 1, false is 0. Anything else is an error.',
    ['Number("19.99")', 19.99],
    toNumber,
  ),
  entry(
    'String',
    ['value: any'],
    'string',
    'The text of a string, number, boolean or null.',
    ['String(5)', '5'],
    toText,
  ),
  entry(
    'Boolean',
    ['value: any'],
    'boolean',
    'False for false, 0, "", null and undefined; true for the rest.',
    ['Boolean("")', false],
    (_call: Call, value: Value) => Boolean(value),
  ),
  entry(
    'json.parse',
    ['text: string'],
    'any',
    'The value of a JSON text.',
    ['json.parse("[1, 2]")', [1, 2]],
    parseJson,
  ),
  entry(
    'json.stringify',
    ['value: any', 'replacer?: null', 'indent?: number'],
    'string',
    'The JSON text of a value. As in JavaScript the indent is the third argument: `json.stringify(value, null, 2)`.',
    ['json.stringify({ a: [1] })', '{"a":[1]}'],
    stringifyJson,
  ),
];
