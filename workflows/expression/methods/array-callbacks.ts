// Methods of arrays that take an arrow function: JavaScript's own; every call of the function is counted by its evaluation.
import { fail, spend, spendItems, spendList } from '../budget.ts';
import { entry, failArgument, type Call, type Callback, type Entry } from '../entry.ts';
import { describe, type Value } from '../value.ts';
import { sortByText } from './array.ts';

function filter(call: Call, list: Value[], test: Callback): Value {
  spendList(call.evaluation, list.length, call.node);
  return list.filter((item, index) => test(item, index, list));
}

function flatMap(call: Call, list: Value[], change: Callback): Value {
  const target: Value[] = [];
  for (let index = 0; index < list.length; index++) {
    const made = change(list[index], index, list);
    const items = Array.isArray(made) ? made : [made];
    spendList(call.evaluation, target.length + items.length, call.node);
    for (const item of items) target.push(item);
  }
  return target;
}

function map(call: Call, list: Value[], change: Callback): Value {
  spendList(call.evaluation, list.length, call.node);
  return list.map((item, index) => change(item, index, list));
}

function reduce(call: Call, list: Value[], combine: Callback, initial?: Value): Value {
  if (call.count > 1) return list.reduce((sum, item, index) => combine(sum, item, index, list), initial);
  if (list.length === 0) {
    fail(
      call.evaluation,
      call.node,
      'invalid_value',
      '`reduce` of an empty array needs a first value.',
      'write `.reduce((sum, x) => …, 0)`',
    );
  }
  return list.reduce((sum, item, index) => combine(sum, item, index, list));
}

function toSorted(call: Call, list: Value[], compare?: Callback): Value {
  spendList(call.evaluation, list.length, call.node);
  if (compare === undefined) return sortByText(call, list);
  spendItems(call.evaluation, list.length * Math.ceil(Math.log2(list.length + 1)), call.node);
  return list.toSorted((one, two) => {
    spend(call.evaluation, 1, call.node);
    const order = compare(one, two);
    if (typeof order === 'number') return order;
    const message = `The function of \`toSorted\` must give a number, this gives ${describe(order)}.`;
    failArgument(call, 0, 'type_mismatch', message, 'write `(a, b) => a - b`, or `sortBy(list, x => x.key)`');
  });
}

export const ARRAY_CALLBACK_METHODS: Entry[] = [
  entry(
    'every',
    ['test: callback'],
    'boolean',
    'Whether the function holds for every element.',
    ['[1, 2].every(x => x > 0)', true],
    (_call: Call, list: Value[], test: Callback) => list.every((item, index) => test(item, index, list)),
  ),
  entry(
    'filter',
    ['test: callback'],
    'array',
    'The elements for which the function holds.',
    ['[1, 2, 3].filter(x => x > 1)', [2, 3]],
    filter,
  ),
  entry(
    'find',
    ['test: callback'],
    'any',
    'The first element for which the function holds, or undefined.',
    ['[{ id: 1 }, { id: 2 }].find(x => x.id === 2)', { id: 2 }],
    (_call: Call, list: Value[], test: Callback) => list.find((item, index) => test(item, index, list)),
  ),
  entry(
    'findIndex',
    ['test: callback'],
    'number',
    'The index of the first element for which the function holds, or -1.',
    ['[5, 6].findIndex(x => x === 6)', 1],
    (_call: Call, list: Value[], test: Callback) => list.findIndex((item, index) => test(item, index, list)),
  ),
  entry(
    'flatMap',
    ['change: callback'],
    'array',
    'What the function makes of every element, arrays opened.',
    ['[1, 2].flatMap(x => [x, x])', [1, 1, 2, 2]],
    flatMap,
  ),
  entry(
    'map',
    ['change: callback'],
    'array',
    'What the function makes of every element.',
    ['[1, 2].map(x => x * 2)', [2, 4]],
    map,
  ),
  entry(
    'reduce',
    ['combine: callback', 'first?: any'],
    'any',
    'All elements combined into one value.',
    ['[1, 2, 3].reduce((sum, x) => sum + x, 0)', 6],
    reduce,
  ),
  entry(
    'some',
    ['test: callback'],
    'boolean',
    'Whether the function holds for any element.',
    ['[1, 2].some(x => x > 1)', true],
    (_call: Call, list: Value[], test: Callback) => list.some((item, index) => test(item, index, list)),
  ),
  entry(
    'toSorted',
    ['compare?: callback'],
    'array',
    'In order; without a function by text, as in JavaScript: 10 before 9.',
    ['[10, 9].toSorted((a, b) => a - b)', [9, 10]],
    toSorted,
  ),
];
