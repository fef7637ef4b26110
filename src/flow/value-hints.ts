// What to write for a value that has the form of another tool: `retry: 3`, `fail: text`, `parallel:` with a list. Text only, by the
// name of the field; a value whose form is right never gets here.
import { providers } from '../providers/index.ts';
import { durationHint } from './duration-words.ts';

type Hint = (value: unknown) => string | undefined;

const isText = (value: unknown): value is string => typeof value === 'string';
const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
/** A hint for every value of that kind. */
const forText =
  (hint: (text: string) => string | undefined): Hint =>
  (value) =>
    isText(value) ? hint(value) : undefined;
const forMap =
  (hint: string): Hint =>
  (value) =>
    isMap(value) ? hint : undefined;
const always =
  (hint: string): Hint =>
  () =>
    hint;

/** Longer values are not repeated. */
const quotedLengthMax = 60;
const short = (text: string): string => (text.length > quotedLengthMax ? '…' : text);

/** What other tools say for what happens after a failure. */
const onErrorWords: Record<string, string> = {
  ignore: 'continue',
  skip: 'continue',
  resume: 'continue',
  continueRegularOutput: 'continue',
  true: 'continue',
  stop: 'fail',
  abort: 'fail',
  throw: 'fail',
  stopWorkflow: 'fail',
};

function authHint(value: unknown): string {
  if (isText(value) && providers.some(({ name }) => name === value)) return `Write \`provider: ${value}\`.`;
  return 'How a sender proves itself is its provider: `provider: basic`, `bearer`, `hmac`, ….';
}

/** By place and name: fields of flows and steps by their name alone. */
const hints: Record<string, Hint> = {
  retry: (value) =>
    typeof value === 'number' ? `Write \`retry: { max_attempts: ${value} }\`, the first try included.` : undefined,
  backoff: forText(() => 'It is a factor: `backoff: 2` doubles the delay after each try.'),
  on_error(value) {
    const word = Object.hasOwn(onErrorWords, String(value)) ? onErrorWords[String(value)] : undefined;
    if (word !== undefined) return `Write \`${word}\`.`;
    return isText(value) ? undefined : 'Steps for a failure stand in `catch`: `try: [ the step ]`, `catch: [ … ]`.';
  },
  fail: forText((text) => `Write \`fail: { code: my_code, message: "${short(text)}" }\`.`),
  respond: (value) =>
    typeof value === 'number' ? `Write \`respond: { status: ${value} }\`.` : 'Write `respond: { body: … }`.',
  emit: forMap('Write `emit: TYPE`, and `body` beside it.'),
  wait_for: forMap('Write `wait_for: TYPE`, with `where`, `match`, `timeout` and `source` beside it.'),
  where: forText(() => 'Write `where: { body.order_id: "${{ event.body.id }}" }`; a condition stands in `match`.'),
  on_timeout: forText(() => 'Write a list of steps, such as `on_timeout: [{ fail: { code: too_late, message: … } }]`.'),
  call: forMap('Write `call: FLOW`, and `input` beside it.'),
  switch: always('Write a list of cases, each with its condition: `switch: [{ when: …, steps: [ … ] }]`.'),
  parallel: (value) =>
    Array.isArray(value) ? 'Name the branches: `parallel: { one: [ … ], two: [ … ] }`.' : undefined,
  set: always('Write `set: { NAME: value }`.'),
  foreach: forMap('Write `foreach: LIST`, with `as`, `steps` and `max_parallel` beside it.'),
  while: forMap('Write `while: CONDITION`, with `steps` beside it.'),
  repeat: (value) =>
    typeof value === 'number'
      ? `Write \`repeat: { max_iterations: ${value}, steps: [ … ] }\`.`
      : 'Write `repeat: { steps: [ … ], until: CONDITION, every: 30s }`.',
  'trigger.webhook': (value) => {
    if (!isText(value)) return 'Write `webhook: PATH`, with `provider`, `secret` and the rest beside it.';
    const path = value
      .replace(/^https?:\/\/[^/]+/, '')
      .replace(/^\/?(?:hooks\/)?/, '')
      .toLowerCase()
      .replaceAll('_', '-');
    return /^[a-z0-9/-]+$/.test(path) ? `Write \`webhook: ${path}\`; its URL is \`/hooks/${path}\`.` : undefined;
  },
  'trigger.manual': always('Write `manual: true`.'),
  'trigger.triggers': forText((text) =>
    text === 'manual' ? 'Write `- manual: true`.' : `Write \`- ${short(text)}: …\`.`,
  ),
  connection: forMap('Write the name of a `connection:` document; its settings stand there.'),
  'trigger.auth': authHint,
  'trigger.respond': always('Write `immediately`, or `result` for an answer by the flow.'),
  'shared.auth': authHint,
  'shared.connector': forText((text) => (/smtp|mail/i.test(text) ? 'Write `connector: email`.' : undefined)),
  concurrency: (value) => (typeof value === 'number' ? `Write \`concurrency: { limit: ${value} }\`.` : undefined),
  rate: forText((text) => {
    const [, count, unit] = /^(\d+)\s*(?:\/|per )\s*([smhd])/i.exec(text) ?? [];
    return `Write \`rate: { limit: ${count ?? 10}, per: 1${unit?.toLowerCase() ?? 'm'} }\`.`;
  }),
  debounce: forText((text) => `Write \`debounce: { period: ${short(text)} }\`.`),
  batch: (value) => (typeof value === 'number' ? `Write \`batch: { size: ${value}, period: 1m }\`.` : undefined),
};

/** Where a field stands: in a flow or one of its steps, in a trigger, or in a `source:` or `connection:` document. */
export type ValuePlace = 'flow' | 'trigger' | 'shared';

/** What to write instead of `value` in the field `name`; undefined where nothing is known. `isDuration`: the field takes one. */
export function valueHint(place: ValuePlace, name: string, value: unknown, isDuration: boolean): string | undefined {
  if (isDuration) return durationHint(value);
  const key = place === 'flow' ? name : `${place}.${name}`;
  return Object.hasOwn(hints, key) ? hints[key]!(value) : undefined;
}
