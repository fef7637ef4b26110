// What a field of other tools is called here: `event.payload`, `steps.ID.outputs`, `error.statusCode`. Text only, by what owns the field.

const body = ['payload', 'data', 'json', 'content', 'message', 'detail', 'value', 'params', 'request', 'input'];
const output = ['outputs', 'result', 'results', 'response', 'data', 'value', 'return', 'item', 'json', 'payload'];

const eventWords: Record<string, string> = {
  name: 'type',
  event: 'type',
  event_type: 'type',
  eventType: 'type',
  action: 'type',
  timestamp: 'time',
  created_at: 'time',
  created: 'time',
  date: 'time',
  header: 'headers',
  queryStringParameters: 'query',
  url: 'query',
};

const errorWords: Record<string, string> = {
  type: 'code',
  name: 'code',
  statusCode: 'status',
  status_code: 'status',
  httpCode: 'status',
  description: 'message',
  msg: 'message',
  reason: 'message',
  stack: 'message',
  details: 'body',
  response: 'body',
  data: 'body',
  attempts: 'attempt',
  node: 'step',
};

/** Fields of an answer to a call, where the output has `status` and `body`. */
const answerWords: Record<string, string> = {
  data: 'body',
  json: 'body',
  content: 'body',
  text: 'body',
  payload: 'body',
  response: 'body',
  result: 'body',
  statusCode: 'status',
  status_code: 'status',
  code: 'status',
  header: 'headers',
};

const own = (words: Record<string, string>, name: string): string | undefined =>
  Object.hasOwn(words, name) ? words[name] : undefined;

/**
 * What to write instead of `owner.name`. `outputFields`: the fields of the step's output, where they are known and the owner is the
 * step. `known`: the fields that the owner has.
 */
export function propertyHint(
  owner: string,
  name: string,
  known: string[],
  outputFields: string[] = [],
): string | undefined {
  const write = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : `Write \`${owner}.${path}\`.`;
  if (owner === 'event') return write(body.includes(name) ? 'body' : own(eventWords, name));
  if (owner === 'error' || /^steps\.\w+\.error$/.test(owner)) return write(own(errorWords, name));
  if (/^steps\.\w+$/.test(owner)) {
    if (outputFields.includes(name)) return write(`output.${name}`);
    const answer = own(answerWords, name);
    if (output.includes(name)) return write('output');
    if (outputFields.length === 0 && name === 'body') return write('output.body');
    return write(answer !== undefined && outputFields.includes(answer) ? `output.${answer}` : undefined);
  }
  const answer = own(answerWords, name);
  return write(answer !== undefined && known.includes(answer) ? answer : undefined);
}
