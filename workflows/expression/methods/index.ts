// The table of methods by the type of value they belong to. Nothing else can be called on a value.
import type { Entry } from '../entry.ts';
import { typeOfValue, type Value } from '../value.ts';
import { ARRAY_METHODS } from './array.ts';
import { ARRAY_CALLBACK_METHODS } from './array-callbacks.ts';
import { NUMBER_METHODS } from './number.ts';
import { STRING_METHODS } from './string.ts';

/** Types that have methods, with theirs. */
export const METHODS: Record<'string' | 'array' | 'number', ReadonlyMap<string, Entry>> = {
  string: tableOf(STRING_METHODS),
  array: tableOf([...ARRAY_METHODS, ...ARRAY_CALLBACK_METHODS]),
  number: tableOf(NUMBER_METHODS),
};

function tableOf(entries: Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.toSorted((one, two) => (one.name < two.name ? -1 : 1)).map((row) => [row.name, row]));
}

/** The method of a value, or undefined. */
export function methodOf(value: Value, name: string): Entry | undefined {
  const type = typeOfValue(value);
  return type === 'string' || type === 'array' || type === 'number' ? METHODS[type].get(name) : undefined;
}

export function isMethod(value: Value, name: string): boolean {
  return methodOf(value, name) !== undefined;
}

/** The methods of that name, whatever their type. */
export function methodsNamed(name: string): Entry[] {
  return Object.values(METHODS).flatMap((table) => table.get(name) ?? []);
}

/** The names of a value's methods. */
export function methodNames(value: Value): Iterable<string> {
  const type = typeOfValue(value);
  return type === 'string' || type === 'array' || type === 'number' ? METHODS[type].keys() : [];
}
