// Other settings of the provider with which the request would verify: another hash, encoding, version, content.
import type { JsonObject } from '../../workflows/definition.ts';
import type { Form, Question } from './question.ts';

/** Settings changed at once; a declaration that is wrong in more is not guessed. */
const CHANGES_MAX = 4;
/** Combinations tried; each costs one verification. */
const COMBINATIONS_MAX = 4_000;

/** Contents that generic senders sign, beside the body alone. */
const CONTENTS = [
  '{timestamp}.{body}',
  '{timestamp}{body}',
  '{timestamp}:{body}',
  'v0:{timestamp}:{body}',
  '{id}.{timestamp}.{body}',
  '{url}{body}',
  '{method}{url}{body}',
  '{body}',
];

/** Settings that differ from the given ones in one choice, then in two and more. */
export function* settingForms(question: Question): Generator<Form> {
  let left = COMBINATIONS_MAX;
  const choices = choicesOf(question);
  for (let size = 1; size <= Math.min(CHANGES_MAX, choices.length); size += 1) {
    for (const changes of combinations(choices, size)) {
      if ((left -= 1) < 0) return;
      yield settingForm(changes);
    }
  }
}

/** Settings that differ in one choice only, to be combined with other forms. */
export function* oneSettingForms(question: Question): Generator<Form> {
  for (const changes of combinations(choicesOf(question), 1)) yield settingForm(changes);
}

function settingForm(changes: Change[]): Form {
  const changed = Object.fromEntries(changes);
  const written = changes.map(([name, value]) => `\`${name}: ${JSON.stringify(value)}\``).join(', ');
  return {
    kind: 'setting',
    what: `the setting${changes.length === 1 ? '' : 's'} ${written}`,
    fix: `Write ${written} into the source.`,
    apply: (asked) => withSettings(asked, changed),
  };
}

/** The question with other settings; undefined when they cannot work together. */
function withSettings(question: Question, changed: JsonObject): Question | undefined {
  const settings = { ...question.settings, ...changed };
  return question.provider.settingsProblem?.(settings) === undefined ? { ...question, settings } : undefined;
}

type Change = [name: string, value: string];

/** What each setting could be instead, by the provider's own schema. */
function choicesOf(question: Question): Change[][] {
  const schemas = question.provider.settings as Record<string, JsonObject>;
  const choices: Change[][] = [];
  for (const [name, schema] of Object.entries(schemas)) {
    const values = valuesOf(name, schema, question);
    const current = question.settings[name] ?? schema['default'];
    const changes = values.filter((value) => value !== current).map((value): Change => [name, value]);
    if (changes.length > 0) choices.push(changes);
  }
  return choices;
}

function valuesOf(name: string, schema: JsonObject, question: Question): string[] {
  const allowed = schema['enum'];
  if (Array.isArray(allowed)) return allowed.filter((value) => typeof value === 'string');
  const names = HEADER_NAMES[name];
  if (names !== undefined) return Object.keys(question.request.headers).filter((header) => names.test(header));
  if (question.provider.name !== 'hmac') return [];
  if (name === 'content') return CONTENTS;
  return name === 'prefix' ? prefixesIn(question) : [];
}

/** Which headers of a request a setting that names one could mean. */
const HEADER_NAMES: Record<string, RegExp> = {
  header: /sig|hmac|digest|hash|token|key|auth|secret/,
  id_header: /id$|key$/,
  timestamp_header: /time|stamp|date/,
};

/** What stands before a signature in the headers of the request. */
function prefixesIn({ request }: Question): string[] {
  const values = Object.values(request.headers).flatMap((value) => value ?? []);
  return ['', ...new Set(values.flatMap((value) => /^[A-Za-z0-9]{1,12}[=,](?=.{16})/.exec(value)?.[0] ?? []))];
}

/** Every way to change exactly `size` of the settings. */
function* combinations(choices: Change[][], size: number, from = 0): Generator<Change[]> {
  if (size === 0) return yield [];
  for (let index = from; index <= choices.length - size; index += 1) {
    for (const change of choices[index]!) {
      for (const rest of combinations(choices, size - 1, index + 1)) yield [change, ...rest];
    }
  }
}
