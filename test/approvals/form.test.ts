// Forms of approvals: fields from a JSON Schema, what was typed as values, and every fault beside its field.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formFields } from '../../src/approvals/fields.ts';
import { checkForm, type CheckedForm } from '../../src/approvals/form.ts';
import { readPostedForm } from '../../src/approvals/posted-form.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';

const schema: JsonObject = {
  type: 'object',
  required: ['amount', 'account'],
  additionalProperties: false,
  properties: {
    amount: { type: 'number', title: 'Amount', minimum: 1, maximum: 500, default: 20 },
    account: { enum: ['main', 'travel'] },
    copies: { type: 'integer' },
    urgent: { type: 'boolean' },
    terms: { type: 'boolean', const: true },
    note: { type: 'string', maxLength: 500 },
    due: { type: 'string', format: 'date-time' },
    tags: { type: 'array', items: { enum: ['a', 'b', 'c'] } },
    lines: { type: 'array', items: { type: 'object', required: ['sku'] } },
    level: {
      oneOf: [
        { const: 1, title: 'low' },
        { const: 2, title: 'high' },
      ],
    },
    mail: { type: 'string', format: 'email' },
  },
};

function posted(fields: Record<string, string | string[]>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, texts]) =>
      [texts].flat().map((text): [string, string] => [`form.${name}`, text]),
    ),
  );
}

function read(fields: Record<string, string | string[]>): JsonObject {
  return readPostedForm(schema, posted(fields));
}

function check(value: Json, form: JsonObject | null = schema): CheckedForm {
  return checkForm(form, value, { decision: 'approved', fillDefaults: true });
}

function faults(value: Json, form?: JsonObject): Record<string, string> {
  const checked = check(value, form);
  assert.equal(checked.ok, false);
  return Object.fromEntries((checked as Extract<CheckedForm, { ok: false }>).faults.map((f) => [f.field, f.message]));
}

describe('the fields of a form', () => {
  it('fit what the schema says of each property', () => {
    const kinds = formFields(schema).map(({ name, kind }) => `${name}:${kind}`);
    assert.deepEqual(kinds, [
      'amount:number',
      'account:choice',
      'copies:integer',
      'urgent:switch',
      'terms:consent',
      'note:lines',
      'due:date-time',
      'tags:choices',
      'lines:json',
      'level:choice',
      'mail:email',
    ]);
    const [amount, account] = formFields(schema);
    assert.deepEqual([amount!.label, amount!.initial, amount!.min, amount!.max], ['Amount', ['20'], 1, 500]);
    assert.deepEqual([account!.label, account!.required], ['account', true]);
  });

  it('are none where the schema names no properties, whatever else it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (odd) => {
        for (const field of formFields(odd as JsonObject)) assert.equal(typeof field.label, 'string');
      }),
    );
  });
});

describe('what was typed', () => {
  it('becomes the values that the schema speaks of', () => {
    const values = read({
      amount: ' 12.50 ',
      account: 'travel',
      copies: '3',
      urgent: 'on',
      terms: 'on',
      note: 'one\r\ntwo',
      due: '2026-01-15T09:30',
      tags: ['a', 'c'],
      lines: '[{"sku":"x"}]',
      level: '2',
      mail: 'ada@example.com',
    });
    assert.deepEqual(values, {
      amount: 12.5,
      account: 'travel',
      copies: 3,
      urgent: true,
      terms: true,
      note: 'one\ntwo',
      due: '2026-01-15T09:30:00Z',
      tags: ['a', 'c'],
      lines: [{ sku: 'x' }],
      level: 2,
      mail: 'ada@example.com',
    });
    assert.deepEqual(check(values), { ok: true, value: values });
  });

  it('is absent where a field was left empty, and what is no field is ignored', () => {
    assert.deepEqual(read({ amount: '', account: '  ', other: 'x', note: '' }), { urgent: false });
  });

  it('stays a text where it is no such value, so that the check says it', () => {
    const values = read({ amount: 'a lot', copies: '9007199254740993', account: 'none', lines: '[', level: '3' });
    assert.deepEqual(faults(values), {
      amount: 'Must be a number.',
      account: 'Must be one of main, travel.',
      copies: 'Must be a whole number.',
      lines: 'Must be a list.',
      level: 'Must be one of the choices.',
    });
    for (const amount of ['1e999', 'Infinity', '0x10', '1,5', '--1', 'NaN'])
      assert.equal(typeof read({ amount })['amount'], 'string', amount);
  });

  it('never is another number than the one that was typed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), (typed) => {
        const { copies } = read({ copies: String(typed) });
        assert.equal(String(copies), String(typed));
      }),
    );
  });

  it('cannot reach the machinery of objects', () => {
    const odd = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}',
    );
    const values = readPostedForm(odd as JsonObject, posted({ __proto__: 'p', constructor: 'c' }));
    assert.deepEqual(Object.keys(values), ['constructor']);
    const named = readPostedForm(odd as JsonObject, new URLSearchParams([['form.__proto__', 'p']]));
    assert.equal(Object.getPrototypeOf(named), Object.prototype);
    assert.equal(JSON.stringify(named), '{"__proto__":"p"}');
    assert.equal(({} as Record<string, unknown>)['p'], undefined);
  });
});

describe('the check', () => {
  it('tells all faults at once, each by its field, and repeats nothing that was typed', () => {
    assert.deepEqual(
      faults({ amount: 900, copies: 1.5, mail: 'typed', lines: [{}, { sku: 1 }], extra: 1, terms: false }),
      {
        account: 'This is needed.',
        amount: 'Must be at most 500.',
        copies: 'Must be a whole number.',
        mail: 'Must be an email address.',
        lines: '0 needs sku.',
        terms: 'Must be true.',
        '': 'There is no extra here.',
      },
    );
  });

  it('fills defaults in for programs, and not where a person took them away', () => {
    const given = { account: 'main' };
    assert.deepEqual(check(given), { ok: true, value: { account: 'main', amount: 20 } });
    assert.deepEqual(given, { account: 'main' }, 'what was given is not changed');
    const page = checkForm(schema, given, { decision: 'approved', fillDefaults: false });
    assert.deepEqual(page, { ok: false, faults: [{ field: 'amount', message: 'This is needed.' }] });
  });

  it('needs nothing of who rejects, but what is filled in must fit', () => {
    const options = { decision: 'rejected', fillDefaults: false } as const;
    assert.deepEqual(checkForm(schema, {}, options), { ok: true, value: {} });
    assert.equal(checkForm(schema, { amount: -1 }, options).ok, false);
  });

  it('takes nothing where no form is asked for', () => {
    assert.deepEqual(check(null, null), { ok: true, value: null });
    assert.deepEqual(check({}, null), { ok: true, value: null });
    assert.equal(check({ a: 1 }, null).ok, false);
    assert.equal(check('text', null).ok, false);
  });

  it('tells a choice between shapes as one fault, and what a condition asks for', () => {
    const either = JSON.parse(`{
      "type": "object",
      "properties": { "contact": { "anyOf": [{ "type": "integer" }, { "type": "boolean" }] }, "other": { "type": "string" } },
      "if": { "required": ["contact"] },
      "then": { "required": ["other"] }
    }`) as JsonObject;
    assert.deepEqual(faults({ contact: 'x' }, either), {
      contact: 'Must be one of the choices.',
      other: 'This is needed.',
    });
  });

  it('is the same however many forms were checked meanwhile', () => {
    for (let number = 0; number < 250; number += 1)
      assert.equal(check({ a: number }, { type: 'object', properties: { a: { const: number } } }).ok, true);
    assert.equal(check({ account: 'main' }).ok, true);
  });
});
