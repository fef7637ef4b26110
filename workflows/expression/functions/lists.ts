// Functions on lists: groups, order, sums. A selector is an arrow function or the name of a key.
import { fail, listItemsMax, spend, spendCharacters, spendItems, spendList } from '../budget.ts';
import { readMissing } from '../access.ts';
import { entry, failArgument, type Call, type Callback, type Entry } from '../entry.ts';
import { finite } from '../operators.ts';
import { describe, hasKey, isObject, readKey, setKey, type Value, type ValueObject } from '../value.ts';
import { keyText } from './collections.ts';

type Selector = Callback | string | undefined;

/** What a selector picks of each element; without one the elements themselves. */
function select(call: Call, list: Value[], selector: Selector): Value[] {
  spendList(call.evaluation, list.length, call.node);
  if (selector === undefined) return list;
  if (typeof selector === 'function') return list.map((item, index) => selector(item, index, list));
  return list.map((item) => {
    spend(call.evaluation, 1, call.node);
    if (isObject(item) && hasKey(item, selector)) return readKey(item, selector);
    readMissing(call.evaluation, call.node.arguments[1] ?? call.node, 'An element', item, selector);
  });
}

function groupBy(call: Call, list: Value[], selector: Selector): Value {
  const groups: ValueObject = {};
  for (const [index, picked] of select(call, list, selector).entries()) {
    const key = keyText(call, 1, picked);
    const group = hasKey(groups, key) ? (groups[key] as Value[]) : [];
    if (group.length === 0) setKey(groups, key, group);
    group.push(list[index]);
  }
  return groups;
}

/** Checks that all are numbers, or all strings: nothing else has an order. */
function orderable(call: Call, values: Value[]): (number | string)[] {
  for (const value of values) {
    if ((typeof value === 'number' || typeof value === 'string') && typeof value === typeof values[0]) continue;
    const message = `\`${call.name}\` orders numbers or strings, all of one kind; this list holds ${describe(values[0])} and ${describe(value)}.`;
    const hint = 'convert them: `.map(x => Number(x.price))`, or leave some out with `.filter(…)`';
    failArgument(call, 0, 'type_mismatch', message, hint);
  }
  return values as (number | string)[];
}

function sortBy(call: Call, list: Value[], selector: Selector, direction = 'asc'): Value {
  if (direction !== 'asc' && direction !== 'desc') {
    failArgument(call, 2, 'invalid_value', 'The direction of `sortBy` is "asc" or "desc".');
  }
  const picked = orderable(call, select(call, list, selector));
  const rounds = Math.ceil(Math.log2(list.length + 1));
  spendItems(call.evaluation, list.length * rounds, call.node);
  const characters = picked.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
  spendCharacters(call.evaluation, characters * rounds, call.node);
  const sign = direction === 'asc' ? 1 : -1;
  const order = picked.map((value, index) => ({ value, index }));
  order.sort((one, two) => (one.value < two.value ? -sign : one.value > two.value ? sign : one.index - two.index));
  return order.map(({ index }) => list[index]);
}

function unique(call: Call, list: Value[], selector: Selector): Value {
  const seen = new Set<Value>();
  return list.filter(
    ((picked) => (_item: Value, index: number) => {
      const value = picked[index];
      if (typeof value === 'object' && value !== null) {
        const message = `\`unique\` compares strings, numbers, booleans and null; this is ${describe(value)}.`;
        failArgument(call, 0, 'type_mismatch', message, 'say what makes them equal: `unique(list, x => x.id)`');
      }
      if (typeof value === 'string') spendCharacters(call.evaluation, value.length, call.node);
      if (seen.has(value)) return false;
      seen.add(value);
      return true;
    })(select(call, list, selector)),
  );
}

function chunk(call: Call, list: Value[], size: number): Value {
  const step = Math.trunc(size);
  if (step < 1) failArgument(call, 1, 'invalid_value', 'The size of a chunk is at least 1.');
  spendList(call.evaluation, list.length, call.node);
  const chunks: Value[] = [];
  for (let start = 0; start < list.length; start += step) chunks.push(list.slice(start, start + step));
  return chunks;
}

function sum(call: Call, list: Value[], selector: Selector): Value {
  let total = 0;
  for (const value of select(call, list, selector)) {
    if (typeof value !== 'number') {
      const hint = 'convert them: `sum(list, x => Number(x.price))`';
      failArgument(call, 0, 'type_mismatch', `\`sum\` adds numbers, this list holds ${describe(value)}.`, hint);
    }
    total += value;
  }
  return finite(call.evaluation, call.node, total);
}

/** The least or greatest of a list, or of the arguments themselves. */
function extreme(
  call: Call,
  values: Value[],
  isBetter: (one: number | string, two: number | string) => boolean,
): Value {
  const given = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  spendList(call.evaluation, given.length, call.node);
  let best: number | string | undefined;
  for (const value of orderable(call, given)) {
    if (typeof value === 'string') spendCharacters(call.evaluation, value.length, call.node);
    if (best === undefined || isBetter(value, best)) best = value;
  }
  return best;
}

function range(call: Call, from: number, to?: number, step = 1): Value {
  const [start, end] = to === undefined ? [0, from] : [from, to];
  if (step === 0) failArgument(call, 2, 'invalid_value', 'The step of `range` cannot be 0.');
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (!(count <= listItemsMax)) {
    fail(call.evaluation, call.node, 'budget_exceeded', `\`range\` makes at most ${listItemsMax} numbers.`);
  }
  spendList(call.evaluation, count, call.node);
  return Array.from({ length: count }, (_, index) => start + index * step);
}

export const LIST_FUNCTIONS: Entry[] = [
  entry(
    'groupBy',
    ['list: array', 'by: callback|string'],
    'object',
    'An object of lists by what the function or key gives.',
    ['groupBy([{ t: "a" }, { t: "b" }], "t")', { a: [{ t: 'a' }], b: [{ t: 'b' }] }],
    groupBy,
  ),
  entry(
    'sortBy',
    ['list: array', 'by: callback|string', 'direction?: string'],
    'array',
    'In the order of what the function or key gives, "asc" or "desc"; equal ones stay as they were.',
    ['sortBy([{ n: 2 }, { n: 1 }], x => x.n)', [{ n: 1 }, { n: 2 }]],
    sortBy,
  ),
  entry(
    'unique',
    ['list: array', 'by?: callback|string'],
    'array',
    'The first of each equal value, or of what the function or key gives.',
    ['unique([1, 2, 1])', [1, 2]],
    unique,
  ),
  entry(
    'chunk',
    ['list: array', 'size: number'],
    'array',
    'The list in pieces of at most `size` elements.',
    ['chunk([1, 2, 3], 2)', [[1, 2], [3]]],
    chunk,
  ),
  entry(
    'sum',
    ['list: array', 'of?: callback|string'],
    'number',
    'All numbers added, or what the function or key gives; 0 for none.',
    ['sum([{ n: 1 }, { n: 2 }], "n")', 3],
    sum,
  ),
  entry(
    'min',
    ['...values: any'],
    'any',
    'The least number or string of a list or of the arguments; undefined for none.',
    ['min([3, 1, 2])', 1],
    (call: Call, ...values: Value[]) => extreme(call, values, (one, two) => one < two),
  ),
  entry(
    'max',
    ['...values: any'],
    'any',
    'The greatest number or string of a list or of the arguments; undefined for none.',
    ['max(3, 1)', 3],
    (call: Call, ...values: Value[]) => extreme(call, values, (one, two) => one > two),
  ),
  entry(
    'range',
    ['from: number', 'to?: number', 'step?: number'],
    'array',
    'Numbers from one up to before another; from 0 when only one is given.',
    ['range(1, 4)', [1, 2, 3]],
    range,
  ),
];
