// RFC 8785: the examples of its text, and what has no canonical form.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../src/providers/signing/canonical-json.ts';
import type { Json } from '../../workflows/definition.ts';

describe('canonical JSON', () => {
  it('is that of RFC 8785, 3.2.2 to 3.2.4', () => {
    const example = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    const expected = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
    assert.equal(canonicalJson(JSON.parse(example) as Json), expected);
  });

  it('sorts keys as RFC 8785, 3.2.3 does: by UTF-16 code units', () => {
    const example = String.raw`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`;
    const keys = [...canonicalJson(JSON.parse(example) as Json).matchAll(/:(\d)/g)].map((match) => match[1]);
    assert.deepEqual(keys, ['2', '4', '6', '7', '1', '5', '3']);
  });

  it('is JSON of the same value, whatever the order of keys', () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(JSON.parse(text) as Json), text);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('refuses numbers beyond a double and lone surrogates', () => {
    assert.throws(() => canonicalJson(JSON.parse('[1e400]') as Json), RangeError);
    assert.throws(() => canonicalJson(JSON.parse('{"\\ud800":1}') as Json), RangeError);
  });
});
