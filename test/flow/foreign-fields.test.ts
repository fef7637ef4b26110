// Words of other tools are answered where they stand: the maps that the table speaks of exist, and none of its words is one of ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationInWords } from '../../src/flow/duration-words.ts';
import { fieldHintElsewhere, foreignFields } from '../../src/flow/field-words.ts';
import { flowJsonSchema } from '../../src/flow/schema.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { loadText } from './load-support.ts';

/** Title of a map → the fields that it has. */
const fieldsByTitle = new Map<string, Set<string>>();
collect(flowJsonSchema());

function collect(value: unknown): void {
  if (value === null || typeof value !== 'object') return;
  const { title, properties } = value as { title?: unknown; properties?: unknown };
  if (typeof title === 'string' && properties !== null && typeof properties === 'object') {
    const known = fieldsByTitle.get(title) ?? new Set();
    for (const name of Object.keys(properties)) known.add(name);
    fieldsByTitle.set(title, known);
  }
  for (const child of Object.values(value)) collect(child);
}

/** A map without a title is told by its field: `fail`. */
const isVerb = (title: string): boolean => STEP_TYPES.has(title.replaceAll('`', ''));

test('every map that the table speaks of is one of the schema', () => {
  // Its verb is one line of the table of steps.
  const later = ['`approve`'];
  const titles = Object.keys(foreignFields).filter((title) => !later.includes(title));
  assert.deepEqual(
    titles.filter((title) => !fieldsByTitle.has(title) && !isVerb(title)),
    [],
  );
});

test('no word that has a hint is a field of that map', () => {
  for (const [title, words] of Object.entries(foreignFields)) {
    const fields = fieldsByTitle.get(title) ?? new Set();
    for (const word of Object.keys(words)) {
      assert.ok(!fields.has(word), `${title}: ${word}`);
      assert.equal(fieldHintElsewhere(title, word), words[word]);
    }
  }
});

test('a duration as people say it is told as it is written here, and what is none is not', () => {
  const said = {
    '5 minutes': '5m',
    'every 5 min': '5m',
    '1 hour': '1h',
    'an hour': '1h',
    '2 weeks': '14d',
    '250 milliseconds': '250ms',
    PT15M: '15m',
    P3D: '3d',
    '1.5 h': '1.5h',
  };
  for (const [text, written] of Object.entries(said)) {
    assert.equal(durationInWords(text), written, text);
    const { problems } = loadText(`flow: a\ntriggers: [{ manual: true }]\nsteps: [{ wait: ${written} }]\n`);
    assert.deepEqual(problems, [], written);
  }
  for (const text of ['soon', 'P1Y', 'PT1H30M', '5 parsecs', '', '5'])
    assert.equal(durationInWords(text), undefined, text);
});

test('an event that nearly has the type of one that flows emit is told by that one', () => {
  const { problems } = loadText(
    'flow: a\ntriggers: [{ event: order.payd }]\nsteps: [{ wait: 1s }]\n---\nflow: b\ntriggers: [{ manual: true }]\nsteps: [{ emit: order.paid }]\n',
  );
  assert.deepEqual(
    problems.map(({ code, hint }) => [code, hint]),
    [['event_never_emitted', 'Did you mean `order.paid`? Events from outside need `source: NAME`.']],
  );
});
