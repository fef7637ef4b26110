// JavaScript's Math, without random: its functions on numbers and its constants. A result that is not finite is an error.
import type { Json } from '../../definition.ts';
import { entry, type Call, type Entry } from '../entry.ts';
import { finite } from '../operators.ts';

type MathName = Exclude<keyof typeof Math, 'random' | typeof Symbol.toStringTag>;

const CONSTANT_NAMES: MathName[] = ['E', 'LN10', 'LN2', 'LOG10E', 'LOG2E', 'PI', 'SQRT1_2', 'SQRT2'];

/** name, parameters, summary, example arguments, result */
const ROWS: [MathName, string[], string, string, Json][] = [
  ['abs', ['number: number'], 'Without its sign.', '-2', 2],
  ['acos', ['number: number'], 'Arc cosine, in radians.', '1', 0],
  ['acosh', ['number: number'], 'Inverse hyperbolic cosine.', '1', 0],
  ['asin', ['number: number'], 'Arc sine, in radians.', '0', 0],
  ['asinh', ['number: number'], 'Inverse hyperbolic sine.', '0', 0],
  ['atan', ['number: number'], 'Arc tangent, in radians.', '0', 0],
  ['atan2', ['y: number', 'x: number'], 'Angle of a point, in radians.', '0, 1', 0],
  ['atanh', ['number: number'], 'Inverse hyperbolic tangent.', '0', 0],
  ['cbrt', ['number: number'], 'Cube root.', '27', 3],
  ['ceil', ['number: number'], 'The next whole number up.', '1.2', 2],
  ['clz32', ['number: number'], 'Leading zero bits of the 32-bit number.', '1', 31],
  ['cos', ['number: number'], 'Cosine of radians.', '0', 1],
  ['cosh', ['number: number'], 'Hyperbolic cosine.', '0', 1],
  ['exp', ['number: number'], 'e to a power.', '0', 1],
  ['expm1', ['number: number'], 'e to a power, less 1.', '0', 0],
  ['floor', ['number: number'], 'The next whole number down.', '1.8', 1],
  ['fround', ['number: number'], 'The nearest 32-bit float.', '1.5', 1.5],
  ['hypot', ['...numbers: number'], 'Square root of the sum of squares.', '3, 4', 5],
  ['imul', ['one: number', 'two: number'], '32-bit product.', '3, 4', 12],
  ['log', ['number: number'], 'Natural logarithm.', '1', 0],
  ['log10', ['number: number'], 'Logarithm to base 10.', '1000', 3],
  ['log1p', ['number: number'], 'Natural logarithm of 1 more.', '0', 0],
  ['log2', ['number: number'], 'Logarithm to base 2.', '8', 3],
  ['max', ['...numbers: number'], 'The greatest of the arguments.', '1, 2', 2],
  ['min', ['...numbers: number'], 'The least of the arguments.', '1, 2', 1],
  ['pow', ['base: number', 'exponent: number'], 'A power.', '2, 10', 1024],
  ['round', ['number: number'], 'The nearest whole number, halves up.', '1.5', 2],
  ['sign', ['number: number'], '-1, 0 or 1.', '-5', -1],
  ['sin', ['number: number'], 'Sine of radians.', '0', 0],
  ['sinh', ['number: number'], 'Hyperbolic sine.', '0', 0],
  ['sqrt', ['number: number'], 'Square root.', '9', 3],
  ['tan', ['number: number'], 'Tangent of radians.', '0', 0],
  ['tanh', ['number: number'], 'Hyperbolic tangent.', '0', 0],
  ['trunc', ['number: number'], 'Without its fraction.', '-1.8', -1],
];

export const MATH_FUNCTIONS: Entry[] = ROWS.map(([name, parameters, summary, example, result]) => {
  const calculate = Math[name] as (...numbers: number[]) => number;
  return entry(
    `Math.${name}`,
    parameters,
    'number',
    summary,
    [`Math.${name}(${example})`, result],
    (call: Call, ...numbers: number[]) => finite(call.evaluation, call.node, calculate(...numbers)),
  );
});

export const MATH_CONSTANTS: ReadonlyMap<string, number> = new Map(
  CONSTANT_NAMES.map((name) => [`Math.${name}`, Math[name] as number]),
);
