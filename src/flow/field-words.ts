// Fields that authors bring from other tools into one kind of map, by the title that the schema gives the map: word → what to write.
// Words that are wrong in every step stand in words.ts. Text only.

const eventBody = 'What an event says stands in `body`.';
const responseStatus = 'Write `status`.';
const place = 'It stands beside `triggers`, not in a trigger: indent it by two spaces less.';
const schedule = 'Write `schedule: { cron: "0 9 * * *", timezone: Europe/Berlin }`: it stands in the map.';
const condition = 'Write `when`.';
const caseSteps = 'Write `steps`, a list.';
const until = 'Write `timeout`, and the steps that follow it in `on_timeout`.';

/** By the title of a map: fields of other tools, and what to write. */
export const foreignFields: Record<string, Record<string, string>> = {
  'an `emit` step': { data: eventBody, payload: eventBody, with: eventBody, input: eventBody },
  'a `call` step': { with: 'Write `input`.', inputs: 'Write `input`.', body: 'Write `input`.', args: 'Write `input`.' },
  'a `wait_for` step': { until, expires: until, event: 'Write `wait_for: TYPE`.', filter: 'Write `match`.' },
  'a `uses` step': {
    catch: 'Put the step into `try: [ … ]`, with `catch` beside it.',
    // oxlint-disable-next-line no-thenable -- a field of a flow; the value is never awaited
    then: 'Write it as the next step; steps run one after the other.',
    else: 'Write an `if` step with `then` and `else`.',
    output: 'What a step gives is `steps.ID.output`.',
  },
  'a `foreach` step': {
    item: 'Write `as`.',
    index: '`index` is there in every loop.',
    parallel: 'Write `max_parallel`.',
  },
  'a `parallel` step': {
    max_parallel: 'All branches run at the same time; `max_parallel` is of `foreach`.',
    steps: 'Steps stand in branches: `parallel: { one: [ … ], two: [ … ] }`.',
  },
  'a `repeat` step': {
    steps: 'Put it into `repeat`: `repeat: { steps: [ … ] }`.',
    until: 'Put it into `repeat`: `repeat: { until: … }`.',
    every: 'Put it into `repeat`: `repeat: { every: … }`.',
    max_iterations: 'Put it into `repeat`: `repeat: { max_iterations: … }`.',
  },
  '`repeat`': {
    times: 'Write `max_iterations`.',
    count: 'Write `max_iterations`.',
    max_attempts: 'Write `max_iterations`.',
    while: 'Write `until`, with the opposite condition, or a `while` step.',
    delay: 'Write `every`.',
    interval: 'Write `every`.',
    timeout: 'It stands beside `repeat`, not in it.',
  },
  '`fail`': {
    status: 'What the sender gets is said by `respond`, before it.',
    error: 'Write `message`.',
    type: 'Write `code`.',
  },
  '`respond`': {
    statusCode: responseStatus,
    status_code: responseStatus,
    code: responseStatus,
    json: 'Write `body`.',
    data: 'Write `body`.',
  },
  'a case': {
    case: condition,
    if: condition,
    condition,
    value: 'Write `when`, with the whole condition: `when: event.type == "a"`.',
    // oxlint-disable-next-line no-thenable -- a field of a flow; the value is never awaited
    then: caseSteps,
    do: caseSteps,
  },
  '`schedule`': {
    tz: 'Write `timezone`.',
    time_zone: 'Write `timezone`.',
    timeZone: 'Write `timezone`.',
    interval: 'Write `every`.',
    expression: 'Write `cron`.',
    at: 'Write `cron: "0 9 * * *"` for 9:00 every day.',
    concurrency: 'Write `overlap`.',
  },
  '`approve`': {
    timeout: 'It stands beside `approve`, not in it.',
    on_timeout: 'It stands beside `approve`, not in it.',
    expires_in: 'Write `expires`.',
    message: 'Write `title`; how people are told stands in `notify`.',
    question: 'Write `title`.',
    approvers: 'Write `who`.',
    users: 'Write `who`.',
    to: 'Write `who`; how they are told stands in `notify`.',
    channel: 'How people are told stands in `notify`, a list of steps.',
    fields: 'Write `form`, a JSON Schema.',
  },
  '`concurrency`': {
    group: 'Write `key`.',
    'cancel-in-progress': 'Write `on_limit: cancel_running`.',
    cancel_in_progress: 'Write `on_limit: cancel_running`.',
    max: 'Write `limit`.',
    strategy: 'Write `on_limit`.',
  },
  '`rate`': { period: 'Write `per`.', window: 'Write `per`.', max: 'Write `limit`.', count: 'Write `limit`.' },
  '`debounce`': {
    window: 'Write `period`.',
    delay: 'Write `period`.',
    wait: 'Write `period`.',
    timeout: 'Write `max`.',
  },
  '`batch`': {
    max_size: 'Write `size`.',
    limit: 'Write `size`.',
    timeout: 'Write `period`.',
    window: 'Write `period`.',
    max: 'Write `period`.',
  },
  'a `schedule` trigger': {
    timezone: schedule,
    overlap: schedule,
    jitter: schedule,
    input: schedule,
    cron: schedule,
    every: schedule,
  },
  '`with` of an http connection': {
    url: 'Write `base_url`.',
    token: 'Write `auth: { bearer: "${{ secrets.NAME }}" }`.',
    api_key: 'Write it as a header: `headers: { x-api-key: "${{ secrets.NAME }}" }`.',
  },
  '`with` of http.request': {
    json: 'Write `body`: a map is sent as JSON.',
    data: 'Write `body`: a map is sent as JSON.',
    payload: 'Write `body`: a map is sent as JSON.',
    params: 'Write `query`.',
    qs: 'Write `query`.',
    auth: 'Credentials stand in a connection: `connection: NAME`.',
    formData: 'Write `form`.',
    timeout: 'Write `attempt_timeout` beside `with`.',
    responseType: 'Leave it out: the content type of the answer says it.',
  },
  '`with` of email.send': {
    body: 'Write `text`, or `html`.',
    content: 'Write `text`, or `html`.',
    message: 'Write `text`, or `html`.',
  },
  '`with` of slack.post_message': { message: 'Write `text`.', body: 'Write `text`.', content: 'Write `text`.' },
  '`with` of log.write': { text: 'Write `message`.', msg: 'Write `message`.' },
};

/** Fields of steps in other tools, whatever the step does. */
const stepWords: Record<string, string> = {
  description: 'Write `name`, or a comment (`# …`).',
  comment: 'Write a comment (`# …`).',
  notes: 'Write a comment (`# …`).',
  label: 'Write `name`.',
  title: 'Write `name`.',
  enabled: 'Write `if: false` to skip a step.',
  disabled: 'Write `if: false` to skip a step.',
  next: 'Steps run one after the other; leave it out.',
  position: 'Leave it out: steps have no place on a canvas.',
  register: 'What a step gives is `steps.ID.output`; give it an `id`.',
  as: 'What a step gives is `steps.ID.output`; give it an `id`.',
};

/** Words that stand in a trigger when they were indented too far. */
const flowWords = ['steps', 'vars', 'catch', 'finally', 'output', 'input'];
/** Settings of signatures, as others call them. */
const signatureWords: Record<string, string> = {
  algorithm: 'Write `hash`.',
  algo: 'Write `hash`.',
  signature_header: 'Write `header`.',
};

/** What to write instead of the field `key` of the map with this title; undefined where nothing is known. */
export function fieldHintElsewhere(title: string, key: string): string | undefined {
  const own = Object.hasOwn(foreignFields, title) ? foreignFields[title]! : {};
  if (Object.hasOwn(own, key)) return own[key];
  if (title.endsWith(' step') && Object.hasOwn(stepWords, key)) return stepWords[key];
  const isTrigger = title.includes(' trigger');
  if (!isTrigger && !title.startsWith('a source')) return undefined;
  if (flowWords.includes(key) && isTrigger) return place;
  return Object.hasOwn(signatureWords, key) ? signatureWords[key] : undefined;
}
