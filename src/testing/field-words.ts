// Fields that authors of tests bring from elsewhere, or write one level too high: what to write instead. Reported before the schema
// says that there is no such field.
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { FlowDocument } from '../flow/document.ts';
import type { Path } from '../flow/yaml-node.ts';

const inEvent = 'Write it in the event: `event: { type, body }`.';
const inWith = 'Write it in `with`.';
const status = 'Write `status` and `body`.';
const output = 'Write `output`.';
const failing = 'Write `error: network`, or `status: 500`.';
const starting = 'What starts the run is an `event`, a `delivery` or an `input`.';
const expecting = 'What is expected stands in `expect`.';
const answering = 'What services answer stands in `mocks`.';

/** By the title that the schema gives the map. */
const words: Record<string, Record<string, string>> = {
  'a test document': {
    flow: 'Write `test: FLOW`.',
    name: 'Write `test: FLOW`; each case has a `name`.',
    tests: 'Write `cases`.',
    steps: answering,
    expect: 'What is expected stands in each case.',
  },
  'a test case': {
    given: starting,
    when: starting,
    trigger: starting,
    webhook: starting,
    body: 'Write `event: { body: … }`.',
    inputs: 'Write `input`.',
    // oxlint-disable-next-line no-thenable -- a field of a test; the value is never awaited
    then: expecting,
    expected: expecting,
    assert: expecting,
    asserts: expecting,
    output: 'Write `expect: { output: … }`.',
    calls: 'Write `expect: { calls: … }`.',
    steps: answering,
    mock: 'Write `mocks`.',
    stubs: answering,
    events: 'What starts the run is `event`; what comes later stands in `arrives`.',
    now: 'Write `time`.',
    env: 'Write `config`, and `secrets`.',
    vars: 'Variables have the values of the flow; what they are in the end is `expect: { vars: … }`.',
    cancel: 'Write `cancel_after: 1h`.',
    skip: 'Write the case as a comment; `--filter` chooses cases.',
    only: '`hookline test --filter NAME` chooses cases.',
    description: 'Write it into `name`.',
  },
  'an event that arrives': {
    at: 'Write `after: 2h`, or `time: 2026-01-05T12:00:00Z`.',
    in: 'Write `after: 2h`.',
    delay: 'Write `after: 2h`.',
    when: 'Write `waiting: STEP`.',
    step: 'Write `waiting: STEP`.',
    for: 'Write `waiting: STEP`.',
    taken: 'Write `ignored: true` for an event that the run is not to take.',
    type: inEvent,
    source: inEvent,
    body: inEvent,
    headers: inEvent,
    query: inEvent,
    id: inEvent,
    file: 'Write `event: FILE`.',
  },
  'a mocked answer': {
    response: status,
    statusCode: status,
    status_code: status,
    code: 'Write `error: CODE`, or `status: 500`.',
    fail: failing,
    fails: failing,
    throws: failing,
    return: output,
    returns: output,
    result: output,
    input: 'Write `with`.',
    delay: 'Write `takes`.',
    after: 'Write `takes`.',
    repeat: 'Write `times`.',
    count: 'Write `times`.',
  },
  'the run of a called flow': {
    with: 'Write `input`.',
    return: output,
    returns: output,
    result: output,
    status: 'Write `output`, `error` or `cancelled: true`.',
    mocks: 'Write `runs: true`, and in the `mocks` of the case what its steps meet: `FLOW/ID`.',
    real: 'Write `runs: true`.',
    after: 'Write `takes`.',
    delay: 'Write `takes`.',
  },
  'a decision': {
    approved: 'Write `decision: approved`.',
    rejected: 'Write `decision: rejected`.',
    who: 'Write `by`.',
    user: 'Write `by`.',
    at: 'Write `after: 2h`.',
    delay: 'Write `after: 2h`.',
    input: 'Write `form`.',
  },
  'an expected call': {
    connector: 'Write `uses`.',
    id: 'Write `step`.',
    call: 'Write `flow`.',
    method: inWith,
    url: inWith,
    body: inWith,
    to: inWith,
    args: 'Write `with`.',
    times: 'Write an entry for each call; `attempts` counts the tries of one.',
    count: 'Write an entry for each call; `attempts` counts the tries of one.',
    after: 'Write `at`.',
  },
  'an expected event': {
    event: 'Write `type`.',
    emit: 'Write `type`.',
    payload: 'Write `body`.',
    after: 'Write `at`.',
  },
  '`expect`': {
    status: 'Write `response: { status }`, or `steps: { ID: completed }`.',
    body: 'Write `response: { body }`, or `output`.',
    result: output,
    outputs: output,
    fails: 'Write `error: CODE`.',
    failed: 'Write `error: CODE`.',
    failure: 'Write `error: CODE`.',
    completed: 'Leave it out: a case passes only when the run completes.',
    events: 'Write `emits`.',
    emitted: 'Write `emits`.',
    approvals: 'Write `asked`.',
    mocks: 'It stands beside `expect`.',
    called: 'Write `calls`.',
    not_called: 'Write `calls` with all calls that there are; `[]` for none.',
    branches: 'Write `taken`.',
    variables: 'Write `vars`.',
    duration: 'Write `took`.',
    timers: 'Write `waits`.',
    skipped: 'Write `steps: { ID: skipped }`.',
  },
};

/** Reports the fields that are known from elsewhere, among ajv's errors (made with `verbose`). */
export function reportForeignFields(document: FlowDocument, errors: ErrorObject[]): void {
  for (const { keyword, parentSchema, params, instancePath } of errors) {
    if (keyword !== 'additionalProperties') continue;
    const title = String(parentSchema?.['title']);
    const key = String(params['additionalProperty']);
    const hints = Object.hasOwn(words, title) ? words[title]! : {};
    if (!Object.hasOwn(hints, key)) continue;
    const place = document.keyPlace([...pathOf(instancePath), key]);
    document.report.add('unknown_field', place, `\`${key}\` is not a field of ${title}`, hints[key]);
  }
}

function pathOf(pointer: string): Path {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
}
