// The values that expressions work on, their types in words, and the only way keys are read and written.
// Must never look at a prototype: `constructor` and `__proto__` are data or absent.

/** A value inside an evaluation: JSON, or undefined for what is absent. Numbers are always finite. */
export type Value = undefined | null | boolean | number | string | Value[] | { [key: string]: Value };
/** An object inside an evaluation. */
export type ValueObject = { [key: string]: Value };

/** The type names that messages and the function table use. */
export type ValueType = 'undefined' | 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export function typeOfValue(value: Value): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as ValueType;
}

/** `a string`, `an array`, `null`: what a value is, never what it holds. */
export function describe(value: Value): string {
  const type = typeOfValue(value);
  if (type === 'undefined' || type === 'null') return type;
  return type === 'array' || type === 'object' ? `an ${type}` : `a ${type}`;
}

export function isObject(value: Value): value is ValueObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for an own property: of an object, an index or `length` of an array or a string. */
export function hasKey(value: Value, key: string): boolean {
  return value !== null && value !== undefined && Object.hasOwn(value as object, key);
}

/** Reads an own property; undefined when it is absent. */
export function readKey(value: Value, key: string): Value {
  return hasKey(value, key) ? (value as ValueObject)[key] : undefined;
}

/** Writes an own property. `__proto__` becomes plain data instead of the prototype. */
export function setKey(target: ValueObject, key: string, value: Value): void {
  if (key !== '__proto__') {
    target[key] = value;
    return;
  }
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

const numericText = /^[ \t\n\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\r]*$/;
const numericCharactersMax = 400;

/** The number that a text spells in decimal, or undefined. Empty, hexadecimal and infinite ones are not numbers. */
export function numberFromText(text: string): number | undefined {
  if (text.length > numericCharactersMax || !numericText.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}
