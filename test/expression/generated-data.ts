// The data, paths and literals that generated expressions are made of.
import type { Json } from '../../workflows/definition.ts';

/** What kind of value is wanted at a place. */
export type Kind = 'number' | 'string' | 'boolean' | 'numbers' | 'strings' | 'objects' | 'object' | 'any';

/** The roots that generated expressions read. */
export const GENERATED_ROOTS: Record<string, Json | undefined> = {
  event: {
    id: 'evt_1',
    body: {
      n: 3,
      f: 2.5,
      neg: -7,
      zero: 0,
      big: 1e21,
      s: 'Hello, Wörld',
      t: 'a,b;c,,d',
      num: '19.99',
      int: ' 42 ',
      empty: '',
      yes: true,
      no: false,
      nil: null,
      emoji: 'a😀b',
      list: [3, 1, 10, 2, 2],
      none: [],
      words: ['pear', 'Apple', '', 'fig', 'apple'],
      mixed: [1, 'two', true, null, { id: 3 }],
      nested: [[1, [2]], [], [3, [4, [5]]]],
      table: { a: 1, b: 'two', c: null, length: 9 },
      items: [
        { id: 1, name: 'one', price: '2.50', tags: ['x', 'y'], size: { w: 1 } },
        { id: 2, name: 'two', price: 10, tags: [] },
        { id: 3, name: 'Three', price: '0.1', tags: ['z'], size: null },
      ],
    },
  },
  vars: { count: 7, name: 'Ada', flag: false },
  item: { id: 2, name: 'two' },
  index: 4,
  error: undefined,
};

/** Keys that are read, there or not. */
export const KEYS = [
  'n',
  'f',
  's',
  'list',
  'items',
  'table',
  'a',
  'b',
  'id',
  'name',
  'missing',
  'length',
  'nil',
  'size',
  'w',
  '0',
  '1',
];
/** What can be read of each kind. */
export const PATHS: Record<Kind, string[]> = {
  number: [
    'event.body.n',
    'event.body.f',
    'event.body.neg',
    'event.body.zero',
    'index',
    'vars.count',
    'event.body.list[1]',
    'event.body.table.length',
    'item.id',
  ],
  string: [
    'event.body.s',
    'event.body.t',
    'event.body.num',
    'event.body.int',
    'event.body.empty',
    'event.body.emoji',
    'vars.name',
    'event.id',
    'event.body.words[0]',
  ],
  boolean: ['event.body.yes', 'event.body.no', 'vars.flag'],
  numbers: ['event.body.list', 'event.body.none'],
  strings: ['event.body.words', 'event.body.items[0].tags'],
  objects: ['event.body.items'],
  object: ['event.body.table', 'event.body.items[1]', 'item', 'vars'],
  any: ['event.body.nil', 'event.body.mixed', 'event.body.nested', 'error', 'event.body.big', 'event.body'],
};
/** Literals of each kind. */
export const LITERALS: Record<Kind, string[]> = {
  number: ['0', '1', '2', '3', '10', '0.5', '1e3', '-1', '1_000', '0x1f', '.5'],
  string: ["''", "'a'", '"b,c"', "'12'", "' x '", "'0x10'", "'é'", "'\\u{1F600}'", "'$&'", '`plain`', "'-3.5e1'"],
  boolean: ['true', 'false'],
  numbers: ['[]', '[1]', '[5, 4, 3]', '[0, -1, 0.5]'],
  strings: ['[]', "['b', 'a']", "['', 'x', '10', '9']"],
  objects: ['[{ id: 1 }, { id: 2, name: "x" }]'],
  object: ['{}', '{ a: 1 }', "{ 'b c': 2, 3: 4 }", '{ a: undefined, b: 1 }'],
  any: ['null', 'undefined', '[[1], [2, [3]]]', '[null, 1]', '[undefined, 1]'],
};
