// JSON as hostile senders write it: traps as keys, escapes, numbers beyond every range, repeated keys, odd white space.
import fc from 'fast-check';

const KEYS = [
  '"a"',
  '"id"',
  '"type"',
  '"__proto__"',
  String.raw`"\u005f_proto__"`,
  String.raw`"__proto\u005F\u005f"`,
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"value"',
  '"payload"',
  '"event"',
  '"signature"',
  '"timestamp"',
  '"token"',
  '"clientState"',
  '""',
  String.raw`"\u0000"`,
  String.raw`"\ud800"`,
];
const SCALARS = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '1e999',
  '-1E+999',
  '1e-999',
  '123456789012345678901234567890',
  '1700000000',
  '"1700000000"',
  String.raw`"\ud83d\ude00"`,
  String.raw`"\udc00"`,
  String.raw`"\u0000"`,
  '"__proto__"',
  '"\u2028"',
  '"😀"',
];
const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r\n ');

const { value } = fc.letrec<{ value: string }>((tie) => {
  const scalar = fc.oneof(
    fc.constantFrom(...SCALARS),
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  );
  const list = fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`);
  const member = fc.tuple(space, fc.constantFrom(...KEYS), space, tie('value'));
  const object = fc
    .array(member, { maxLength: 5 })
    .map(
      (members) => `{${members.map(([before, key, after, inner]) => `${before}${key}${after}:${inner}`).join(',')}}`,
    );
  return {
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, list, object),
  };
});

/** Valid JSON. */
export const jsonText: fc.Arbitrary<string> = fc.tuple(space, value, space).map((parts) => parts.join(''));

/** A valid JSON object. */
export const jsonObjectText: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), value), { maxLength: 4 })
  .map((members) => `{${members.map(([key, inner]) => `${key}:${inner}`).join(',')}}`);

/** Deeper than anybody nests, closed or not. */
export const deepJsonText: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 100, max: 2_000 }), fc.constantFrom('[', '{"a":', '[{"a":'), fc.boolean())
  .map(([depth, open, closes]) => {
    const close = open === '[' ? ']' : open === '{"a":' ? '}' : '}]';
    return open.repeat(depth) + (closes ? `0${close.repeat(depth)}` : '');
  });
