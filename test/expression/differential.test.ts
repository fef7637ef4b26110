// V8 is the oracle: whatever our evaluator gives, node:vm gives too; whatever throws there throws here.
// Deliberate exceptions, spelt away by the generator: `==` is `===`, `??` takes absence anywhere on its left, `$` is literal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { evaluateExpression, ExpressionError } from '../../workflows/expression/index.ts';
import { GENERATED_ROOTS } from './generated-data.ts';
import { createGenerator, createRandom, type Generated } from './generated-expressions.ts';

const expressions = 100_000;
const batch = 500;
const defaultSeed = 20_260_102;

/** Runs inside the oracle's context: the functions of ours that are JavaScript's under another name, and one way to write results. */
const ORACLE = `
  const keys = Object.keys, values = Object.values, entries = Object.entries, fromEntries = Object.fromEntries;
  const json = JSON, url = { encode: encodeURIComponent };
  const merge = (...objects) => Object.assign({}, ...objects);
  const pick = (object, ...names) => fromEntries(names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, object[name]]));
  const sum = (list, of = (x) => x) => list.reduce((total, x, i) => total + of(x, i), 0);
  const best = (isBetter) => (...given) => {
    const list = given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
    return list.length === 0 ? undefined : list.reduce((one, two) => (isBetter(two, one) ? two : one));
  };
  const min = best((one, two) => one < two), max = best((one, two) => one > two);
  const unique = (list) => [...new Set(list)];
  const range = (from, to) => { const list = []; for (let at = from; at < to; at++) list.push(at); return list; };
  const write = (value) => {
    if (value === undefined) return 'undefined';
    if (typeof value === 'number') return Number.isFinite(value) ? String(value + 0) : '!' + value;
    if (typeof value === 'function' || typeof value === 'symbol') return '!' + typeof value;
    if (Array.isArray(value)) return '[' + Array.from(value, (item) => (item === undefined ? 'null' : write(item))).join() + ']';
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    return '{' + Object.keys(value).filter((key) => value[key] !== undefined).map((key) => JSON.stringify(key) + ':' + write(value[key])).join() + '}';
  };
  const attempt = (run) => { try { return write(run()); } catch (error) { return undefined; } };
`;

test(`our evaluator and V8 agree on ${expressions} generated expressions`, (t) => {
  const seed = Number(process.env.HOOKLINE_FUZZ_SEED ?? defaultSeed);
  t.diagnostic(`seed ${seed}; repeat with HOOKLINE_FUZZ_SEED=${seed}`);
  const generate = createGenerator(createRandom(seed));
  const context = vm.createContext({ rootsText: JSON.stringify(GENERATED_ROOTS) });
  vm.runInContext(ORACLE, context);
  const scope = { roots: GENERATED_ROOTS, now: () => '', uuid: () => '' };
  const write = vm.runInContext('write', context) as (value: unknown) => string;
  let given = 0;
  let refused = 0;
  for (let done = 0; done < expressions; done += batch) {
    const cases = Array.from({ length: batch }, generate);
    const answers = askOracle(cases, context);
    for (const [index, { ours }] of cases.entries()) {
      const answer = answers[index];
      let result: string;
      try {
        result = write(evaluateExpression(ours, scope));
      } catch (error) {
        assert.ok(error instanceof ExpressionError, `${ours} threw ${String(error)}`);
        refused++;
        continue;
      }
      given++;
      assert.equal(result, answer ?? 'an error', `ours: ${ours}\noracle: ${cases[index]!.oracle}\nseed ${seed}`);
    }
  }
  t.diagnostic(`${given} gave a value, ${refused} an error`);
  assert.ok(given > expressions * 0.4, 'most generated expressions should give values, else nothing is compared');
});

/** What V8 gives for each, written out; undefined where it throws. */
function askOracle(cases: Generated[], context: vm.Context): (string | undefined)[] {
  const functions = cases.map(({ oracle }) => `() => (${oracle})`).join(',\n');
  const source = `(() => { const { event, vars, item, index, error } = JSON.parse(rootsText); return [${functions}].map(attempt); })()`;
  return vm.runInContext(source, context) as (string | undefined)[];
}
