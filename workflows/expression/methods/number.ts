// Methods of numbers: one, because the others depend on a locale or are rarely what is meant.
import { entry, failArgument, type Call, type Entry } from '../entry.ts';

const digitsMax = 100;

export const NUMBER_METHODS: Entry[] = [
  entry(
    'toFixed',
    ['digits?: number'],
    'string',
    'As text with so many digits after the point.',
    ['(12.5).toFixed(2)', '12.50'],
    (call: Call, number: number, digits = 0) => {
      const whole = Math.trunc(digits);
      if (whole < 0 || whole > digitsMax)
        failArgument(call, 0, 'invalid_value', `\`toFixed\` writes 0 to ${digitsMax} digits.`);
      return number.toFixed(whole);
    },
  ),
];
