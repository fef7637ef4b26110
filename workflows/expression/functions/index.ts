// The table of functions by name, groups (`json.parse`) included. Nothing else can be called by name.
import type { Entry } from '../entry.ts';
import { COLLECTION_FUNCTIONS } from './collections.ts';
import { CONVERT_FUNCTIONS } from './convert.ts';
import { ENCODING_FUNCTIONS } from './encodings.ts';
import { LIST_FUNCTIONS } from './lists.ts';
import { MATH_CONSTANTS, MATH_FUNCTIONS } from './math.ts';
import { RUN_FUNCTIONS } from './run.ts';
import { TEXT_FUNCTIONS } from './text.ts';
import { TIME_FUNCTIONS } from './time.ts';

/** Functions by full name, in the order of the reference. */
export const FUNCTIONS: ReadonlyMap<string, Entry> = new Map(
  [
    ...RUN_FUNCTIONS,
    ...CONVERT_FUNCTIONS,
    ...COLLECTION_FUNCTIONS,
    ...LIST_FUNCTIONS,
    ...MATH_FUNCTIONS,
    ...ENCODING_FUNCTIONS,
    ...TEXT_FUNCTIONS,
    ...TIME_FUNCTIONS,
  ].map((row) => [row.name, row]),
);

/** Members of groups that are values, by full name. */
export const CONSTANTS: ReadonlyMap<string, number> = MATH_CONSTANTS;

/** Functions that may stand where an arrow function is wanted: `list.map(Number)`. */
export const CONVERTERS: ReadonlySet<string> = new Set(['Number', 'String', 'Boolean']);

/** The groups, with the names of their functions. */
export const NAMESPACES: ReadonlyMap<string, ReadonlySet<string>> = groupNames();

function groupNames(): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const name of [...FUNCTIONS.keys(), ...CONSTANTS.keys()]) {
    const [group = '', member] = name.split('.');
    if (member === undefined) continue;
    const members = groups.get(group) ?? new Set();
    members.add(member);
    groups.set(group, members);
  }
  return groups;
}
